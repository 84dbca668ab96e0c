// What a reply should have said.
const { kit, say, show, number } = window.demoDesk.views;
const { usePanel, useKept, Said, Field, Form } = kit(React);
const { useState } = React;

export default show("FixAnswer", () => function FixAnswer() {
  const { data, error, notice, busy } = usePanel("fix");
  const [kept, setKept] = useKept("fix", { of: "", answer: "" });
  const [wrong, setWrong] = useState("");
  // Another reply: begin with what it said, since most answers are nearly right.
  const of = JSON.stringify([data?.question, data?.answer]);
  const answer = kept.of === of ? kept.answer : (data?.answer ?? "");
  const setAnswer = (now) => setKept({ of, answer: now });
  if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
  const submit = () => {
    setWrong(answer.trim() ? "" : say("fix.missing"));
    if (answer.trim()) window.demoDesk.stage.command(["fix", "--", data.demo, data.question, answer.trim()]);
  };
  const saved = data.saved ? say("fix.saved", { n: number(data.saved.version) }) : "";
  return (
    <div className="dk-view">
      <p className="dk-quiet">{say("fix.intro")}</p>
      <Form submit={submit} label={say("fix.submit")} pending={say("fix.pending")} working={busy("fix")}>
        <div className="dk-field">
          <span className="dk-label">{say("fix.question")}</span>
          <p className="dk-quote">{data.question}</p>
        </div>
        <Field label={say("fix.answer")} value={answer} change={setAnswer} multiline rows={7} name="answer" />
        <Said error={wrong || error} notice={notice || saved} />
      </Form>
    </div>
  );
});
