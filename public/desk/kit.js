// What the views of the side panel (public/elements/*.jsx) share. React comes from Chainlit, with the first view.
(() => {
  const desk = window.demoDesk;
  const { views } = desk;
  const say = desk.word;
  let React = null;
  let kit = null;
  const kept = {};

  const language = () => document.documentElement.lang;
  const number = (value, places = 0) =>
    new Intl.NumberFormat(language(), { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);
  // Money comes as text, and stays what it is.
  const money = (usd) => (usd === null || usd === undefined ? say("common.unknown") : `$${usd}`);
  // At least so much, where the cost of a reply is not known.
  const spent = (usd, bound) => (bound === "at_least" ? say("common.at_least", { usd: money(usd) }) : money(usd));
  // As it is typed in Vietnamese: a comma before the cents.
  const decimal = (text) => (/^\s*\d+,\d+\s*$/.test(text) ? text.trim().replace(",", ".") : text);
  const seconds = (ms) =>
    ms === null || ms === undefined ? "–" : say("common.seconds", { n: number(ms / 1000, 2) });
  const when = (iso) => {
    if (!iso) return say("common.never");
    const date = new Date(iso);
    const clock = { hour: "2-digit", minute: "2-digit" };
    const today = date.toDateString() === new Date().toDateString();
    const day = { day: "numeric", month: "short", ...(date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" }) };
    return new Intl.DateTimeFormat(language(), today ? clock : { ...day, ...clock }).format(date);
  };

  // Where there is no clipboard (plain http), the old way.
  const copyText = async (text, field) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      field?.focus();
      field?.select?.();
      return field ? document.execCommand("copy") : false;
    }
  };

  const make = () => {
    const h = React.createElement;
    const { useEffect, useId, useReducer, useRef, useState } = React;

    // The panel's data as they now stand; busy: whether a command is on its way, or one of that word.
    const usePanel = (view) => {
      const [, again] = useReducer((n) => n + 1, 0);
      useEffect(() => views.follow(again), []);
      const { data = null, error = null, notice = null } = views.panel(view) ?? {};
      return { data, error, notice, busy: views.busy };
    };

    // What is typed in a form outlives the panel: closed by mistake or by a lost line, it stands there again.
    const useKept = (key, initial) => {
      const [value, setValue] = useState(kept[key] ?? initial);
      return [value, (now) => setValue((kept[key] = now))];
    };

    const Said = ({ error, notice }) =>
      h(
        "div",
        { "aria-live": "polite", className: "dk-said" },
        error && h("p", { className: "dk-error", role: "alert" }, error),
        notice && h("p", { className: "dk-good" }, notice)
      );

    // A label and its field. multiline, options ({value, label}): another kind of field.
    const Field = ({ label, hint, value, change, multiline, options, ...rest }) => {
      const id = useId();
      const common = { id, value, onChange: (event) => change(event.target.value), "aria-describedby": hint ? `${id}h` : undefined, ...rest };
      const field = options
        ? h("select", common, options.map((one) => h("option", { key: one.value, value: one.value }, one.label)))
        : h(multiline ? "textarea" : "input", { autoComplete: "off", ...common });
      return h(
        "div",
        { className: "dk-field" },
        h("label", { htmlFor: id }, label),
        field,
        hint && h("p", { id: `${id}h`, className: "dk-quiet" }, hint)
      );
    };

    // A form that runs a command: one at a time, and what was typed stays when it fails.
    const Form = ({ submit, label, pending, working, children }) =>
      h(
        "form",
        {
          noValidate: true,
          className: "dk-form",
          onSubmit: (event) => {
            event.preventDefault();
            if (!working) submit();
          }
        },
        children,
        h("button", { type: "submit", className: "dk-main", "aria-disabled": working }, working ? pending : label)
      );

    // busy: not now; it keeps the focus. hold: a ref to the button.
    const Press = ({ press, hold, busy = false, className = "", children, ...rest }) =>
      h("button", { type: "button", ref: hold, className: `dk-button ${className}`, "aria-disabled": busy, onClick: (event) => busy || press(event), ...rest }, children);

    const useFlash = () => {
      const [text, setText] = useState("");
      const timer = useRef(0);
      useEffect(() => () => clearTimeout(timer.current), []);
      return [
        text,
        (now) => {
          setText(now);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setText(""), 2500);
        }
      ];
    };

    // A button that says for a moment what it did. Both texts have their room, so that nothing moves.
    const Flash = ({ label, said, press, ...rest }) =>
      h(
        Press,
        { press, className: "dk-flash", ...rest },
        h("span", { "data-off": said ? "" : undefined }, label),
        h("span", { "data-off": said ? undefined : "", role: "status" }, said || say("common.copied"))
      );

    // A text to take along, with its copy button.
    const Copy = ({ label, text, lines = 1 }) => {
      const field = useRef(null);
      const [said, flash] = useFlash();
      const id = useId();
      const [failed, setFailed] = useState(false);
      const copy = async () => {
        const copied = await copyText(text, field.current);
        setFailed(!copied);
        if (copied) flash(say("common.copied"));
      };
      return h(
        "div",
        { className: "dk-copy" },
        h("label", { htmlFor: id }, label),
        h(
          "div",
          { className: "dk-row" },
          h("textarea", { id, ref: field, readOnly: true, rows: lines, value: text, spellCheck: false, onFocus: (event) => event.target.select() }),
          h(Flash, { press: copy, said, label: say("common.copy"), "aria-label": say("common.copy_what", { what: label }) })
        ),
        failed && h("p", { className: "dk-quiet", role: "alert" }, say("common.copy_failed"))
      );
    };

    // Asks once before it does what cannot be taken back.
    const Sure = ({ label, ask, yes, act, busy }) => {
      const [asking, setAsking] = useState(false);
      const button = useRef(null);
      const no = useRef(null);
      const stop = () => {
        setAsking(false);
        setTimeout(() => button.current?.focus(), 0);
      };
      useEffect(() => {
        if (asking) no.current?.focus();
      }, [asking]);
      if (!asking) {
        const begin = () => busy || setAsking(true);
        return h("button", { type: "button", ref: button, className: "dk-button dk-grave", "aria-disabled": busy, onClick: begin }, label);
      }
      const keys = (event) => {
        if (event.key !== "Escape") return;
        event.preventDefault(); // the panel stays
        stop();
      };
      return h(
        "div",
        { className: "dk-sure", role: "group", "aria-label": ask, onKeyDown: keys },
        h("p", null, ask),
        h("button", { type: "button", className: "dk-button dk-grave", onClick: () => (stop(), act()) }, yes),
        h("button", { type: "button", ref: no, className: "dk-button", onClick: stop }, say("common.no"))
      );
    };

    return { usePanel, useKept, useFlash, Said, Field, Form, Press, Flash, Copy, Sure };
  };

  // Chainlit runs a view's file again and again; its parts are made once, so that React keeps what was typed in them.
  const made = {};
  Object.assign(desk.views, {
    kit: (given) => {
      React = given;
      return (kit ??= make());
    },
    show: (name, define) => {
      made[name] ??= define();
      return React.createElement("div", { className: "dk-frame", "data-view": name }, React.createElement(made[name]));
    },
    say,
    number,
    money,
    spent,
    decimal,
    seconds,
    when,
    copyText
  });
})();
