// A demo from a shop's name and two sentences.
const { kit, say, show } = window.demoDesk.views;
const { usePanel, useKept, Said, Field, Form } = kit(React);

export default show("NewDemo", () => function NewDemo() {
  const { data, error, notice, busy } = usePanel("new");
  const [title, setTitle] = useKept("new.title", "");
  const [about, setAbout] = useKept("new.about", "");
  const [wrong, setWrong] = React.useState("");
  const submit = () => {
    const missing = !title.trim() || !about.trim();
    setWrong(missing ? say("new.missing") : "");
    if (!missing) window.demoDesk.command(["new", "--", title.trim(), about.trim()]);
  };
  return (
    <div className="dk-view">
      <p className="dk-quiet">{say("new.intro")}</p>
      <Form submit={submit} label={say("new.submit")} pending={say("new.pending")} working={busy("new")}>
        <Field label={say("new.title")} value={title} change={setTitle} placeholder={say("new.title_example")} name="title" />
        <Field
          label={say("new.about")} value={about} change={setAbout} placeholder={say("new.about_example")} name="about" multiline rows={4}
        />
        {data && !data.has_model && <p className="dk-note">{say("new.template")}</p>}
        <Said error={wrong || error} notice={notice} />
      </Form>
    </div>
  );
});
