// How the providers are: keys, breakers, errors, times, and where the rollout stands.
const { kit, say, show, number, seconds, when } = window.demoDesk.views;
const { usePanel, Said } = kit(React);

export default show("Status", () => {
  const STATES = { ready: "ok", resting: "resting", out: "failed" };

  function Key({ one }) {
    const until = one.until ? say("status.until", { when: when(one.until) }) : "";
    const used = say("status.tokens", { used: number(one.tokens), most: number(one.limit) });
    const flight = one.in_flight_tokens ? say("status.in_flight", { n: number(one.in_flight_tokens) }) : "";
    return (
      <li className="dk-key">
        <div className="dk-head">
          <code>{one.fingerprint || say("status.no_fingerprint")}</code>
          <span className={`dk-state dk-${STATES[one.state]}`}>{say(`status.${one.state}`)}</span>
        </div>
        {one.state !== "ready" && <p>{[one.why, until].filter(Boolean).join(", ")}</p>}
        <p className="dk-quiet">{[used, flight].filter(Boolean).join(" · ")}</p>
      </li>
    );
  }

  function Recent({ recent }) {
    const times = (both) => (both ? `${seconds(both.p50)} / ${seconds(both.p95)}` : "–");
    const figures = [
      ["attempts", number(recent.attempts)],
      ["ttft", times(recent.ttft_ms)],
      ["latency", times(recent.latency_ms)]
    ];
    const most = Math.max(1, ...recent.errors.map(({ n }) => n));
    return (
      <section>
        <h4>{say("status.recent", { n: number(recent.minutes) })}</h4>
        <dl className="dk-figures">
          {figures.map(([key, value]) => <div key={key}><dt>{say(`status.${key}`)}</dt><dd>{value}</dd></div>)}
        </dl>
        {recent.errors.length > 0 && (
          <dl className="dk-bars">
            {recent.errors.map(({ why, n }) => (
              <div key={why}>
                <dt>{why}</dt>
                <dd><span style={{ width: `${(n / most) * 100}%` }} aria-hidden="true" />{number(n)}</dd>
              </div>
            ))}
          </dl>
        )}
      </section>
    );
  }

  function Provider({ one, state }) {
    const skew = one.clock_skew_s;
    return (
      <li className="dk-card" data-provider={one.name}>
        <div className="dk-head">
          <h3>{one.name}</h3>
          <span className={`dk-state dk-${one.available ? "open" : "failed"}`}>{state}</span>
        </div>
        <p className="dk-quiet">{one.base_url}</p>
        {skew !== null && <p className="dk-error" role="alert">{say(skew > 0 ? "status.clock_behind" : "status.clock_ahead", { n: number(Math.abs(skew)) })}</p>}
        {one.models.map(({ model, breaker, until }) => (
          <p key={model} className="dk-note">
            {say(breaker === "half_open" ? "status.half_open" : "status.open", { model })}{breaker === "open" && until ? ` ${say("status.until", { when: when(until) })}` : ""}
          </p>
        ))}
        <ul className="dk-keys" aria-label={say("status.keys")}>{one.keys.map((key) => <Key key={key.fingerprint} one={key} />)}</ul>
        <Recent recent={one.recent} />
        <p className="dk-quiet">{say("status.repeats", { n: number(Math.floor(one.repeats_left)) })}</p>
      </li>
    );
  }

  const asked = (one, first) => say(`status.${!one.available ? "unavailable" : one.name === first ? "first" : "available"}`);

  // Nothing in it can be pressed: it takes the focus itself, so that keys scroll it and Escape closes it.
  return function Status() {
    const { data, error, notice } = usePanel("status");
    if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
    return (
      <div className="dk-view" role="region" aria-label={say("tools.status")} tabIndex={0}>
        {data.providers.length > 0 && <p className={`dk-verdict dk-${data.well ? "ready" : "rehearsed"}`} role="status">{say(data.well ? "status.well" : "status.unwell")}</p>}
        <Said error={error} notice={notice} />
        {!data.providers.length && <p className="dk-note">{say("status.nobody")}</p>}
        {data.rollout.length > 0 && (
          <section aria-label={say("status.rollout")}>
            {data.rollout.map((line, place) => <p key={place}>{line}</p>)}
          </section>
        )}
        <ul className="dk-list">
          {data.providers.map((one) => <Provider key={one.name} one={one} state={asked(one, data.first)} />)}
        </ul>
        <p className="dk-quiet">{say("status.intro")}</p>
      </div>
    );
  };
});
