// A demo's versions: what changed, and the way back.
const { kit, say, show, number, when } = window.demoDesk.views;
const { usePanel, Said, Press, Sure } = kit(React);
const { useEffect, useRef, useState } = React;

export default show("Versions", () => {
  const authors = { operator: "versions.operator", file: "versions.file" };
  const FIELDS = [
    "title", "persona", "greeting", "starters", "facts", "hotline", "default_model", "stand_in", "temperature", "max_tokens", "language", "branding", "color",
    "color_dark", "theme", "footer", "logo", "shown", "limits", "messages", "budget_usd", "message_length", "per_minute", "retention_days", "label",
    "message", "content", "vi", "en"
  ];
  const name = (key) => key.split(".").map((part) => (FIELDS.includes(part) ? say(`fields.${part}`) : part)).join(" · ");

  // The demo's file as people read it: its fields by their names, texts without their quotes.
  const readable = (text) => {
    const bare = text.trim();
    if (bare === '"""' || bare.startsWith("#")) return null;
    const table = bare.match(/^\[+([\w.-]+)\]+$/);
    if (table) return { name: name(table[1]) };
    const [, key, value] = bare.match(/^([\w.-]+) = (.*)$/) ?? [];
    if (!key || !FIELDS.includes(key.split(".").at(-1))) return { text: bare.replace(/"""$/, "") };
    if (value.startsWith('"""')) return { name: name(key), text: value.slice(3).replace(/"""$/, "") };
    try {
      return { name: name(key), text: String(JSON.parse(value)) };
    } catch {
      return { name: name(key), text: value };
    }
  };

  // A unified diff without its heads: what was taken out, what came in, and the lines around them.
  function Difference({ diff, hide }) {
    const heading = useRef(null);
    useEffect(() => heading.current?.focus(), [diff]);
    const lines = diff.diff.filter((line) => !line.startsWith("---") && !line.startsWith("+++"));
    const kind = (line) => ({ "+": "added", "-": "removed", "@": "place" })[line[0]] ?? "same";
    return (
      <section className="dk-card" aria-label={say("versions.diff", { before: number(diff.before), after: number(diff.after) })}>
        <div className="dk-head">
          <h3 tabIndex={-1} ref={heading}>{say("versions.diff", { before: number(diff.before), after: number(diff.after) })}</h3>
          <Press press={hide}>{say("versions.hide")}</Press>
        </div>
        {lines.length === 0 && <p className="dk-note">{say("versions.same")}</p>}
        <div className="dk-diff" tabIndex={0} role="group" aria-label={say("versions.compare")}>
          {lines.map((line, place) => {
            const what = kind(line);
            if (what === "place") return place ? <hr key={place} /> : null;
            const now = readable(line.slice(1));
            if (!now || (!now.name && !now.text)) return null;
            return (
              <p key={place} className={`dk-${what}`}>
                {what !== "same" && <span className="desk-hidden">{say(`versions.${what}`)} </span>}
                <span aria-hidden="true">{what === "added" ? "+ " : what === "removed" ? "− " : "  "}</span>
                {now.name && <b>{now.name}{now.text ? ": " : ""}</b>}
                {now.text}
              </p>
            );
          })}
        </div>
      </section>
    );
  }

  return function Versions() {
    const { data, error, notice, busy } = usePanel("versions");
    const [hidden, setHidden] = useState(null);
    if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
    const { demo, title, rows, diff } = data;
    const newest = rows[0]?.version;
    const run = (...words) => window.demoDesk.command(words);
    return (
      <div className="dk-view">
        <p className="dk-quiet">{rows.length ? say("versions.intro") : say("versions.empty")}</p>
        <h3>{title}</h3>
        <Said error={error} notice={notice} />
        {diff && diff !== hidden && <Difference diff={diff} hide={() => setHidden(diff)} />}
        <ol className="dk-list">
          {rows.map((row) => (
            <li key={row.version} className="dk-card" data-version={row.version}>
              <div className="dk-head">
                <h4>{say("versions.version", { n: number(row.version) })}</h4>
                {row.version === newest && <span className="dk-state dk-open">{say("versions.now")}</span>}
              </div>
              <p className="dk-quiet">{say("versions.by", { who: authors[row.author] ? say(authors[row.author]) : row.author || "–", when: when(row.saved_at) })}</p>
              <p className={row.note ? "dk-text" : "dk-quiet"}>{row.note || say("versions.no_note")}</p>
              {row.version !== newest && (
                <div className="dk-buttons">
                  <Press press={() => run("compare", demo, String(row.version), String(newest))}>{say("versions.compare")}</Press>
                  <Sure
                    label={say("versions.rollback")} ask={say("versions.rollback_ask", { n: number(row.version) })} yes={say("versions.rollback_yes")}
                    act={() => run("rollback", demo, String(row.version))} busy={busy()}
                  />
                </div>
              )}
            </li>
          ))}
        </ol>
      </div>
    );
  };
});
