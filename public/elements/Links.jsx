// All links: what became of each, and what can be done with it.
const { kit, say, show, number, money, spent, decimal, when, copyText } = window.demoDesk.views;
const { usePanel, useFlash, Said, Field, Form, Press, Flash, Sure } = kit(React);
const { useEffect, useRef, useState } = React;

// Beyond so many a field to search in.
const MANY = 5;

export default show("Links", () => {
  const STATES = ["open", "paused", "revoked", "expired", "not_started"];

  // Made for the desk's own window: nobody was sent it.
  const isStage = (row) => row.note === "stage" && !row.customer;
  const nameOf = (row) => row.customer || say(isStage(row) ? "links.stage" : "common.nobody");

  function Extend({ row, done }) {
    const [expires, setExpires] = useState("7d");
    const [budget, setBudget] = useState("");
    const [messages, setMessages] = useState("");
    const had = (row.origins ?? []).join("\n");
    const [origins, setOrigins] = useState(had);
    const place = useRef(null);
    useEffect(() => {
      place.current.scrollIntoView({ block: "nearest" });
      place.current.querySelector("select").focus({ preventScroll: true });
    }, []);
    const submit = () => {
      const terms = [["--expires", expires], ["--budget", decimal(budget)], ["--messages", messages]];
      const said = terms.filter(([, value]) => value.trim()).map(([name, value]) => `${name}=${value.trim()}`);
      if (origins !== had) said.push(...origins.split(/\s+/).filter(Boolean).map((origin) => `--origin=${origin}`));
      if (window.demoDesk.command(["extend", ...said, "--", row.link])) done();
    };
    const times = ["1d", "3d", "7d", "14d", "30d"].map((time) => ({ value: time, label: say(`publish.expires_${time}`) }));
    return (
      <div ref={place}><Form submit={submit} label={say("links.extend_submit")} pending={say("common.working")}>
        <Field label={say("links.extend_expires")} value={expires} change={setExpires} options={times} />
        <div className="dk-three">
          <Field label={say("links.extend_budget")} value={budget} change={setBudget} placeholder={row.budget_usd ?? ""} inputMode="decimal" />
          <Field label={say("links.extend_messages")} value={messages} change={setMessages} placeholder={String(row.messages ?? "")} inputMode="numeric" />
        </div>
        <Field label={say("publish.origins")} value={origins} change={setOrigins} placeholder={say("publish.origins_example")} multiline rows={2} />
      </Form></div>
    );
  }

  function Row({ row, busy }) {
    const [extending, setExtending] = useState(false);
    const extend = useRef(null);
    const [said, flash] = useFlash();
    const who = nameOf(row);
    const state = STATES.includes(row.state) ? say(`links.${row.state}`) : row.state;
    const run = (...words) => (event) => window.demoDesk.command(words, event?.currentTarget ?? null);
    const copy = async () => {
      if (await copyText(row.url, null)) flash(say("common.copied"));
      else window.demoDesk.notice(say("links.copy_by_hand", { url: row.url }));
    };
    const onStage = (event) => window.demoDesk.stage.command(["stage", row.link], event.currentTarget);
    const turn = { open: "pause", paused: "resume" }[row.state];
    const most = row.messages === null || row.messages === undefined ? say("common.unlimited") : number(row.messages);
    const budget = row.budget_usd === null || row.budget_usd === undefined ? say("common.unlimited") : money(row.budget_usd);
    return (
      <li className="dk-card" data-link={row.link}>
        <div className="dk-head">
          <h3>{who}</h3>
          <span className={`dk-state dk-${row.state}`}>{state}</span>
        </div>
        <p className="dk-quiet">{row.title ?? row.demo} · {row.link}</p>
        <dl className="dk-figures">
          <div><dt>{say("links.visitors")}</dt><dd>{number(row.visitors)}</dd></div>
          <div><dt>{say("links.messages")}</dt><dd>{say("links.of", { used: number(row.used), most })}</dd></div>
          <div><dt>{say("links.spent")}</dt><dd>{say("links.of", { used: spent(row.spent_usd, row.cost_bound), most: budget })}</dd></div>
          <div><dt>{say("links.last_seen")}</dt><dd>{when(row.last_seen)}</dd></div>
          {row.expires_at && <div><dt>{say("links.expires")}</dt><dd>{when(row.expires_at)}</dd></div>}
        </dl>
        <div className="dk-buttons" role="group" aria-label={say("links.actions_for", { who })}>
          <Flash press={copy} said={said} label={say("links.copy")} />
          <Press press={run("activity", row.link)}>{say("links.activity")}</Press>
          <Press press={run("watch", row.link)}>{say("links.watch")}</Press>
          {row.state === "open" && <Press press={onStage}>{say("links.stage")}</Press>}
          {turn && <Press press={run(turn, row.link)} busy={busy}>{say(`links.${turn}`)}</Press>}
          {row.state !== "revoked" && <Press press={() => setExtending(!extending)} aria-expanded={extending} hold={extend}>{say("links.extend")}</Press>}
          {row.state !== "revoked" && (
            <Sure label={say("links.revoke")} ask={say("links.revoke_ask")} yes={say("links.revoke_yes")} act={run("revoke", row.link)} busy={busy} />
          )}
        </div>
        {extending && <Extend row={row} done={() => (setExtending(false), extend.current.focus())} />}
      </li>
    );
  }

  return function Links() {
    const { data, error, notice, busy } = usePanel("links");
    const [find, setFind] = useState("");
    if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
    const { rows } = data;
    const wanted = find.trim().toLowerCase();
    const some = (rows) => <ul className="dk-list">{rows.map((row) => <Row key={row.link} row={row} busy={busy()} />)}</ul>;
    const found = rows.filter((row) => `${row.customer ?? ""} ${row.demo} ${row.title ?? ""} ${row.link}`.toLowerCase().includes(wanted));
    return (
      <div className="dk-view">
        <Said error={error} notice={notice} />
        {rows.length > MANY && <Field label={say("links.find")} value={find} change={setFind} type="search" />}
        <p className="dk-quiet" role="status">
          {rows.length ? (found.length ? say("links.count", { n: number(found.length) }) : say("links.none_found")) : say("links.empty")}
        </p>
        {some(found.filter((row) => !isStage(row)))}
        {found.some(isStage) && (
          <details className="dk-more">
            <summary>{say("links.stages")}</summary>
            {some(found.filter(isStage))}
          </details>
        )}
      </div>
    );
  };
});
