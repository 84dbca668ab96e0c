// Each starter asked once, before the call.
const { kit, say, show, money, seconds } = window.demoDesk.views;
const { usePanel, Said, Press } = kit(React);

export default show("Preflight", () => {
  const SIGNS = { waiting: "○", asking: "◔", ok: "✓", failed: "✕" };
  const figures = (row) => say("preflight.figures", { ttft: seconds(row.ttft_ms), latency: seconds(row.latency_ms), cost: money(row.cost_usd) });

  return function Preflight() {
    const { data, error, notice, busy } = usePanel("preflight");
    if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
    const { demo, title, rows, ready } = data;
    // Without a key an answer is a sample; nobody was asked, and nothing is known of the call.
    const rehearsal = data.rehearsal ?? document.getElementById("desk-banner")?.hidden === false;
    const done = ready ? (rehearsal ? "rehearsed" : "ready") : "not_ready";
    const verdict = ready === null || ready === undefined ? "running" : done;
    return (
      <div className="dk-view">
        <h3>{title}</h3>
        <p className={`dk-verdict dk-${verdict}`} role="status">{say(`preflight.${verdict}`)}</p>
        <Said error={error} notice={notice} />
        <ol className="dk-list">
          {rows.map((row, place) => (
            <li key={place} className="dk-card">
              <div className="dk-head">
                <h4>{row.label}</h4>
                <span className={`dk-state dk-${row.state}`}><span aria-hidden="true">{SIGNS[row.state]} </span>{say(`preflight.${row.state}`)}</span>
              </div>
              <p className="dk-quiet">{row.question}</p>
              {row.state === "ok" && <p className="dk-quiet">{figures(row)}</p>}
              {row.error && <p className="dk-error">{row.error}</p>}
              {row.answer && (
                <details className="dk-more">
                  <summary>{say("preflight.answer")}</summary>
                  <p className="dk-text">{row.answer}</p>
                </details>
              )}
            </li>
          ))}
        </ol>
        <p className="dk-quiet">{say(rehearsal ? "preflight.intro_rehearsal" : "preflight.intro")}</p>
        <div className="dk-buttons">
          <Press press={() => window.demoDesk.command(["preflight", demo, "--again"])} busy={verdict === "running" || busy("preflight")}>{say("preflight.start")}</Press>
        </div>
      </div>
    );
  };
});
