// What a reply should have said.
const { kit, say, show, number } = window.demoDesk.views;
const { usePanel, Said, Field, Form } = kit(React);
const { useEffect, useState } = React;

export default show("FixAnswer", () => function FixAnswer() {
  const { data, error, notice, asked } = usePanel("fix");
  const [answer, setAnswer] = useState("");
  const [wrong, setWrong] = useState("");
  // Another reply: begin with what it said, since most answers are nearly right.
  useEffect(() => setAnswer(data?.answer ?? ""), [data?.question, data?.answer]);
  if (!data) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
  const submit = () => {
    setWrong(answer.trim() ? "" : say("fix.missing"));
    if (!answer.trim()) return;
    window.demoDesk.stage.prepare();
    if (!window.demoDesk.command(["fix", "--", data.demo, data.question, answer.trim()])) window.demoDesk.stage.drop();
  };
  const saved = data.saved ? say("fix.saved", { n: number(data.saved.version) }) : "";
  return (
    <div className="dk-view">
      <p className="dk-quiet">{say("fix.intro")}</p>
      <Form submit={submit} label={say("fix.submit")} pending={say("fix.pending")} working={asked?.[0] === "fix"}>
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
