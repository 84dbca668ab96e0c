// A prospect's conversation, read while it happens.
import { Markdown } from "@/components/markdown";
const { kit, say, show, when } = window.demoDesk.views;
const { usePanel, Said, Field, Form, Press } = kit(React);
const { useEffect, useRef, useState } = React;

export default show("Watch", () => {
  const DEVICES = ["phone", "tablet", "desktop", "other"];
  const described = (one) =>
    [one.demo, DEVICES.includes(one.device) && say(`activity.${one.device}`), say("watch.last_seen", { when: when(one.last_seen) })]
      .filter(Boolean)
      .join(" · ");

  // What a reply should have said, written where it was read.
  function Mend({ message, done }) {
    const [answer, setAnswer] = useState(message.text);
    const place = useRef(null);
    useEffect(() => {
      place.current.scrollIntoView({ block: "nearest" });
      place.current.querySelector("textarea").focus({ preventScroll: true });
    }, []);
    const submit = () => {
      const said = answer.trim();
      if (said && window.demoDesk.stage.command(["fix", "--", message.demo, message.question, said])) done();
    };
    return (
      <div ref={place}>
        <Form submit={submit} label={say("fix.submit")} pending={say("fix.pending")}>
          <Field label={say("fix.answer")} hint={say("fix.intro")} value={answer} change={setAnswer} multiline rows={6} name="answer" />
        </Form>
      </div>
    );
  }

  function Line({ message }) {
    const [mending, setMending] = useState(false);
    const fixable = message.who === "assistant" && message.demo && message.question;
    return (
      <li className={`dk-line dk-${message.who}`} data-message={message.id}>
        <p className="dk-who">{say(message.who === "assistant" ? "watch.assistant" : "watch.visitor")}{message.at ? `, ${when(message.at)}` : ""}</p>
        {message.who === "assistant" ? (
          <div className="dk-reply"><Markdown allowHtml={false} latex={false}>{message.text}</Markdown></div>
        ) : (
          <p className="dk-text">{message.text}</p>
        )}
        {message.receipt && <p className="dk-quiet">{message.receipt}</p>}
        {fixable && <Press press={() => setMending(!mending)} aria-expanded={mending}>{say("tools.fix")}</Press>}
        {mending && <Mend message={message} done={() => setMending(false)} />}
      </li>
    );
  }

  function Followed({ conversation, messages }) {
    const log = useRef(null);
    const heading = useRef(null);
    useEffect(() => heading.current.focus({ preventScroll: true }), [conversation?.conversation]);
    // At the newest line, and along with what is written, unless somebody has scrolled up to read.
    useEffect(() => {
      let scroller = log.current.parentElement;
      while (scroller.parentElement && !/auto|scroll/.test(getComputedStyle(scroller).overflowY)) scroller = scroller.parentElement;
      let following = true;
      const toEnd = () => following && (scroller.scrollTop = scroller.scrollHeight);
      const look = () => (following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60);
      const grown = new ResizeObserver(toEnd);
      grown.observe(log.current);
      grown.observe(scroller);
      scroller.addEventListener("scroll", look);
      return () => {
        grown.disconnect();
        scroller.removeEventListener("scroll", look);
      };
    }, [conversation?.conversation]);
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
