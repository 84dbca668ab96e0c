// A link for one prospect: made here, and taken along as address, QR code or embed snippet.
const { kit, say, show, decimal, when, copyText } = window.demoDesk.views;
const { usePanel, useKept, useFlash, Said, Field, Form, Press, Flash, Copy } = kit(React);
const { useEffect, useId, useRef, useState } = React;

// A logo's kinds, and its size at most.
const PICTURES = ["image/png", "image/jpeg", "image/webp", "image/svg+xml"];
const LARGEST = 200_000;
const TIMES = ["1d", "3d", "7d", "14d", "30d"];

export default show("Publish", () => {
  // As a picture: what messengers and slides take. The code itself is drawn, so that it is sharp at any size.
  const asPng = (qr) =>
    new Promise((done, failed) => {
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = 720;
        const pen = canvas.getContext("2d");
        pen.imageSmoothingEnabled = false;
        pen.fillStyle = "white";
        pen.fillRect(0, 0, 720, 720);
        pen.drawImage(image, 0, 0, 720, 720);
        canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png");
      };
      image.onerror = failed;
      image.src = qr;
    });

  function Code({ link }) {
    const [said, flash] = useFlash();
    const name = `${link.demo}-${link.link}`;
    const copy = async () => {
      try {
        await navigator.clipboard.write([new ClipboardItem({ "image/png": asPng(link.qr) })]);
        flash(say("common.copied"));
      } catch {
        if (await copyText(link.url, null)) flash(say("common.copied"));
        else window.demoDesk.notice(say("links.copy_by_hand", { url: link.url }));
      }
    };
    const download = async () => {
      const address = URL.createObjectURL(await asPng(link.qr));
      const anchor = Object.assign(document.createElement("a"), { href: address, download: `${name}.png` });
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(address), 10000);
    };
    return (
      <div className="dk-code">
        <img src={link.qr} alt={say("publish.qr_alt")} width="168" height="168" />
        <div>
          <span className="dk-label">{say("publish.qr")}</span>
          <Flash press={copy} said={said} label={say("publish.qr_copy")} />
          <Press press={download}>{say("publish.qr_download")}</Press>
        </div>
      </div>
    );
  }

  function Made({ link, again }) {
    const onStage = (event) => window.demoDesk.stage.command(["stage", link.link], event.currentTarget);
    const heading = useRef(null);
    useEffect(() => heading.current.focus(), [link.link]);
    return (
      <section className="dk-card dk-made" aria-label={say("publish.done")}>
        <h3 tabIndex={-1} ref={heading}>{say("publish.done")}{link.customer ? `: ${link.customer}` : ""}</h3>
        {link.expires_at && <p className="dk-quiet">{say("publish.until", { when: when(link.expires_at) })}</p>}
        {link.public === false && <p className="dk-note">{say("publish.local", { address: new URL(link.url).origin })}</p>}
        <Copy label={say("publish.link")} text={link.url} lines={2} />
        {link.qr && <Code link={link} />}
        {!link.origins?.length && <p className="dk-note">{say("publish.no_origins")}</p>}
        {link.embed && <Copy label={say("publish.embed")} text={link.embed} lines={3} />}
        {link.iframe && <Copy label={say("publish.iframe")} text={link.iframe} lines={3} />}
        <div className="dk-buttons">
          <Press press={onStage}>{say("publish.stage")}</Press>
          <a className="dk-button" href={link.url} target="_blank" rel="noopener noreferrer">{say("publish.open")}</a>
          <Press press={again}>{say("publish.another")}</Press>
        </div>
      </section>
    );
  }

  // Read here and sent as it is: the server opens no file for a page.
  function Logo({ logo, change }) {
    const [wrong, setWrong] = useState("");
    const id = useId();
    const read = async ({ target }) => {
      const [file] = target.files;
      if (!file) return;
      const why = !PICTURES.includes(file.type) ? "publish.logo_kind" : file.size > LARGEST ? "publish.logo_size" : "";
      setWrong(why && say(why));
      const reader = new FileReader();
      reader.onload = () => change(reader.result);
      reader.onerror = () => setWrong(say("publish.logo_kind"));
      if (!why) reader.readAsDataURL(file);
      else target.value = "";
    };
    return (
      <div className="dk-field">
        <label htmlFor={id}>{say("publish.logo")}</label>
        <input id={id} type="file" accept={PICTURES.join()} onChange={read} aria-describedby={`${id}h`} />
        <p id={`${id}h`} className="dk-quiet">{say("publish.logo_about")}</p>
        {wrong && <p className="dk-error" role="alert">{wrong}</p>}
        {logo && (
          <div className="dk-logo">
            <img src={logo} alt={say("publish.logo_alt")} />
            <Press press={() => change("")}>{say("publish.logo_remove")}</Press>
          </div>
        )}
      </div>
    );
  }

  const asked_for = (data) => ({
    of: data.demo,
    demo: data.demo,
    customer: data.customer ?? "",
    expires: data.expires ?? "7d",
    budget: data.budget ?? "",
    messages: String(data.messages ?? ""),
    passcode: "",
    origins: "",
    title: "",
    greeting: "",
    color: "",
    logo: ""
  });

  const words = (terms) => {
    const said = ["publish"];
    const add = (option, value) => value.trim() && said.push(`${option}=${value.trim()}`);
    add("--for", terms.customer);
    add("--expires", terms.expires);
    add("--budget", decimal(terms.budget));
    add("--messages", terms.messages);
    add("--passcode", terms.passcode);
    for (const origin of terms.origins.split(/\s+/)) add("--origin", origin);
    add("--title", terms.title);
    add("--greeting", terms.greeting);
    add("--color", terms.color);
    add("--logo", terms.logo ?? "");
    return [...said, "--", terms.demo];
  };

  return function Publish() {
    const { data, error, notice, busy } = usePanel("publish");
    const [terms, setTerms] = useKept("publish", null);
    const [made, setMade] = useState(null);
    // Opened for another demo than before: begin with its own terms.
    useEffect(() => {
      if (data && data.demo !== terms?.of && !data.published) setTerms(asked_for(data));
    }, [data]);
    useEffect(() => {
      setMade(data?.published ?? null);
      if (data?.published) setTerms({ ...asked_for(data), customer: "" }); // the next one is for somebody else
    }, [data?.published?.link]);
    if (!data || !terms) return <div className="dk-view" aria-busy="true"><Said error={error} />{!error && say("common.working")}</div>;
    if (made) return <div className="dk-view"><Said error={error} notice={notice} /><Made link={made} again={() => setMade(null)} /></div>;
    const set = (name) => (value) => setTerms({ ...terms, [name]: value });
    const times = TIMES.includes(terms.expires) ? TIMES : [terms.expires, ...TIMES];
    return (
      <div className="dk-view">
        <p className="dk-quiet">{say("publish.intro")}</p>
        <Form
          submit={() => window.demoDesk.command(words(terms))} label={say("publish.submit")} pending={say("publish.pending")}
          working={busy("publish")}
        >
          <Field label={say("publish.customer")} value={terms.customer} change={set("customer")} placeholder={say("publish.customer_example")} name="customer" />
          <Field
            label={say("publish.demo")} value={terms.demo} change={set("demo")} name="demo"
            options={(data.demos ?? []).map(({ demo, title }) => ({ value: demo, label: title }))}
          />
          <div className="dk-three">
            <Field
              label={say("publish.expires")} value={terms.expires} change={set("expires")} name="expires"
              options={times.map((time) => ({ value: time, label: TIMES.includes(time) ? say(`publish.expires_${time}`) : time }))}
            />
            <Field label={say("publish.budget")} value={terms.budget} change={set("budget")} inputMode="decimal" name="budget" />
            <Field label={say("publish.messages")} value={terms.messages} change={set("messages")} inputMode="numeric" name="messages" />
          </div>
          <details className="dk-more">
            <summary>{say("publish.more")}</summary>
            <Field label={say("publish.origins")} value={terms.origins} change={set("origins")} placeholder={say("publish.origins_example")} multiline rows={2} name="origins" />
            <Field label={say("publish.passcode")} value={terms.passcode} change={set("passcode")} name="passcode" />
            <Field label={say("publish.shop_title")} value={terms.title} change={set("title")} name="shop-title" />
            <Field label={say("publish.greeting")} value={terms.greeting} change={set("greeting")} multiline rows={2} name="greeting" />
            <Field label={say("publish.color")} value={terms.color} change={set("color")} placeholder="#0f766e" name="color" />
            <Logo logo={terms.logo} change={set("logo")} />
          </details>
          <Said error={error} notice={notice} />
        </Form>
      </div>
    );
  };
});
