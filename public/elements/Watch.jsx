// A prospect's conversation, read while it happens.
import { Markdown } from "@/components/markdown";
const { kit, say, show, when } = window.demoDesk.views;
const { usePanel, Said, Press } = kit(React);
const { useEffect, useRef } = React;

export default show("Watch", () => {
  const DEVICES = ["phone", "tablet", "desktop", "other"];
  const described = (one) =>
    [one.demo, DEVICES.includes(one.device) && say(`activity.${one.device}`), say("watch.last_seen", { when: when(one.last_seen) })]
      .filter(Boolean)
      .join(" · ");

  function Line({ message }) {
    return (
      <li className={`dk-line dk-${message.who}`} data-message={message.id}>
        <p className="dk-who">{say(`watch.${message.who}`)}{message.at ? `, ${when(message.at)}` : ""}</p>
        {message.who === "assistant" ? (
          <div className="dk-reply"><Markdown allowHtml={false} latex={false}>{message.text}</Markdown></div>
        ) : (
          <p className="dk-text">{message.text}</p>
        )}
        {message.receipt && <p className="dk-quiet">{message.receipt}</p>}
      </li>
    );
  }

  function Followed({ conversation, messages }) {
    const end = useRef(null);
    const log = useRef(null);
    const heading = useRef(null);
    useEffect(() => heading.current.focus(), [conversation?.conversation]);
    // Along with what is written, unless somebody has scrolled up to read.
    const last = messages.at(-1);
    useEffect(() => {
      let scroller = log.current;
      while (scroller && !(scroller.scrollHeight > scroller.clientHeight && /auto|scroll/.test(getComputedStyle(scroller).overflowY))) {
        scroller = scroller.parentElement;
      }
      const near = !scroller || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 240;
      if (near) end.current?.scrollIntoView({ block: "nearest" });
    }, [messages.length, last?.text?.length]);
    return (
      <section aria-label={say("watch.messages")}>
        <div className="dk-head">
          <h3 ref={heading} tabIndex={-1}>{conversation?.customer || say("common.nobody")}</h3>
          {conversation?.live && <span className="dk-state dk-open">{say("watch.live")}</span>}
        </div>
        {conversation && <p className="dk-quiet">{described(conversation)}</p>}
        <ol ref={log} className="dk-log" role="log" aria-label={say("watch.messages")}>
          {messages.map((message) => <Line key={message.id} message={message} />)}
        </ol>
        {!messages.length && <p className="dk-note">{say("watch.silent")}</p>}
        <span ref={end} />
      </section>
    );
  }

  return function Watch() {
    const { data, error, notice } = usePanel("watch");
    if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
    const { conversations, watched, messages } = data;
    const follow = (id) => (event) => window.demoDesk.command(["watch", "--conversation", id], event.currentTarget);
    if (watched) {
      return (
        <div className="dk-view">
          <Said error={error} notice={notice} />
          {conversations.length > 1 && <div className="dk-buttons"><Press press={(event) => window.demoDesk.command(["watch"], event.currentTarget)}>← {say("watch.back")}</Press></div>}
          <Followed conversation={conversations.find((one) => one.conversation === watched)} messages={messages ?? []} />
        </div>
      );
    }
    return (
      <div className="dk-view">
        <Said error={error} notice={notice} />
        <p className="dk-quiet">{conversations.length ? say("watch.intro") : say("watch.empty")}</p>
        <ul className="dk-list">
          {conversations.map((one) => (
            <li key={one.conversation} className="dk-card" data-conversation={one.conversation}>
              <div className="dk-head">
                <h3>{one.customer || say("common.nobody")}</h3>
                {one.live && <span className="dk-state dk-open">{say("watch.live")}</span>}
              </div>
              <p className="dk-quiet">{described(one)}</p>
              {one.first_words && <p className="dk-text">{one.first_words}</p>}
              <div className="dk-buttons">
                <Press press={follow(one.conversation)} aria-label={`${say("watch.follow")}: ${one.customer || say("common.nobody")}`}>{say("watch.follow")}</Press>
              </div>
            </li>
          ))}
        </ul>
      </div>
    );
  };
});
