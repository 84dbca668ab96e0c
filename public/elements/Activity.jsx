// What happened on one link.
const { kit, say, show, number, spent, seconds, when } = window.demoDesk.views;
const { usePanel, Said, Press, Copy } = kit(React);

export default show("Activity", () => {
  const DEVICES = ["phone", "tablet", "desktop", "other"];

  // Bars of one number each: their length says it at a glance, the number exactly.
  function Shares({ heading, counts, name }) {
    const rows = Object.entries(counts ?? {}).sort((one, other) => other[1] - one[1]);
    const most = Math.max(1, ...rows.map(([, n]) => n));
    if (!rows.length) return null;
    return (
      <section>
        <h3>{heading}</h3>
        <dl className="dk-bars">
          {rows.map(([key, n]) => (
            <div key={key}>
              <dt>{name(key)}</dt>
              <dd><span style={{ width: `${(n / most) * 100}%` }} aria-hidden="true" />{number(n)}</dd>
            </div>
          ))}
        </dl>
      </section>
    );
  }

  return function Activity() {
    const { data, error, notice } = usePanel("activity");
    if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
    const { link, activity } = data;
    const run = (...words) => (event) => window.demoDesk.command(words, event.currentTarget);
    const device = (key) => (DEVICES.includes(key) ? say(`activity.${key}`) : key);
    const host = (key) => key || say("activity.direct");
    const { ttft_ms: ttft = {}, thumbs = {} } = activity;
    const figures = [
      ["visitors", number(activity.visitors)],
      ["conversations", number(activity.conversations)],
      ["messages", number(activity.messages)],
      ["cost", spent(activity.cost_usd, activity.cost_bound)],
      ["ttft", `${seconds(ttft?.median)} / ${seconds(ttft?.p95)}`],
      ["thumbs", `${number(thumbs.up ?? 0)} / ${number(thumbs.down ?? 0)}`],
      ["first_seen", when(activity.first_seen)],
      ["last_seen", when(activity.last_seen)]
    ];
    return (
      <div className="dk-view">
        <Said error={error} notice={notice} />
        <div className="dk-buttons">
          <Press press={run("links")}>← {say("activity.back")}</Press>
          {link && <Press press={run("watch", link.link)}>{say("activity.watch")}</Press>}
        </div>
        {link && (
          <div>
            <h3>{link.customer || say("common.nobody")}</h3>
            <p className="dk-quiet">{link.title ?? link.demo} · {link.link}</p>
          </div>
        )}
        {!activity.conversations && <p className="dk-note">{say("activity.nothing")}</p>}
        <dl className="dk-figures">
          {figures.map(([key, value]) => <div key={key}><dt>{say(`activity.${key}`)}</dt><dd>{value}</dd></div>)}
        </dl>
        {link?.qr && <div className="dk-code"><img src={link.qr} alt={say("publish.qr_alt")} width="168" height="168" /></div>}
        {link?.embed && <Copy label={say("publish.embed")} text={link.embed} lines={3} />}
        {link?.iframe && <Copy label={say("publish.iframe")} text={link.iframe} lines={3} />}
        <Shares heading={say("activity.devices")} counts={activity.devices} name={device} />
        <Shares heading={say("activity.hosts")} counts={activity.hosts} name={host} />
      </div>
    );
  };
});
