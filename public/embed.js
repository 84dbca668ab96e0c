// The bubble on a shop's page: a button, and behind it the chat in a frame, which is asked for at the first press.
//
// One expression, which web/embed.py calls with what it knows of the link. The page is not ours: it may forbid styles
// and markup made of text, so all is made of nodes and a constructed style sheet; what goes wrong here leaves it alone.
((link) => {
  const NAME = "demo-desk-bubble";
  // Some shops run a page's scripts again instead of loading the next page.
  if (document.querySelector(NAME)) return;
  const SOURCE = "demo-desk";
  // After so long words take the place of a chat that has not come; it may still come after them.
  const PATIENCE_MS = 8000;
  // A page of ours answers within this time; a browser's own, of a server that is away, never does.
  const ANSWER_MS = 2500;

  const { dataset = {}, src } = document.currentScript ?? {};

  // Where the script came from is where the chat is, whatever name the reader knows us by.
  const home = (() => {
    const known = new URL(`${link.address}/`);
    const here = new URL(".", src || known);
    if (here.pathname !== known.pathname) return known;
    if (here.host === known.host) here.protocol = known.protocol; // http that will be redirected
    return here;
  })();

  const language = (navigator.languages ?? []).map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => link.texts[tag]);
  const texts = link.texts[language ?? "en"];

  // As the browser will judge by frame-ancestors: scheme, host or any below it, and port.
  const parts = (origin) => /^(https?):\/\/(\*\.)?([^/:]+):?(\d*)$/.exec(origin) ?? [];
  const allows = (pattern, origin) => {
    const [, scheme, below, host, port] = parts(pattern);
    const [, own, , name = "", at] = parts(origin);
    const usual = own === "https" ? "443" : "80";
    const [real, wanted] = [at || usual, port || usual];
    return (
      (scheme === own || (scheme === "http" && own === "https")) &&
      (below ? name.endsWith(`.${host}`) : name === host) &&
      (real === wanted || (wanted === "80" && real === "443" && own === "https"))
    );
  };
  const stranger = [location.origin, ...(location.ancestorOrigins ?? [])].find(
    (origin) => !link.origins.some((pattern) => allows(pattern, origin))
  );
  if (stranger) {
    const all = [...link.origins, stranger].map((origin) => ` --origin ${origin}`).join("");
    console.warn(`Demo Desk: ${texts.stranger.replace("{origin}", stranger)}\npython -m demos extend ${link.link}${all}`);
    return;
  }

  const hex = (color) => (/^#[0-9a-f]{6}$/i.test(color ?? "") ? color : "");
  const own = hex(dataset.color);
  if (dataset.color && !own) console.warn(`Demo Desk: data-color: ${dataset.color}: #rrggbb`);

  // White or near black, whichever reads better (WCAG 2.2, relative luminance).
  const ink = (color) => {
    const [red, green, blue] = [1, 3, 5]
      .map((place) => parseInt(color.slice(place, place + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    return 1.05 / light >= light / 0.056 ? "#ffffff" : "#101414";
  };
  const paint = (color) => `--color: ${color}; --ink: ${ink(color)};`;
  const side = dataset.side === "left" ? "left" : "right";

  const STYLE = `
    :host { all: initial !important; position: fixed !important; z-index: 2147483000 !important;
      color-scheme: light dark !important; ${paint(own || link.color)}
      --low: calc(20px + env(safe-area-inset-bottom, 0px)) }
    * { box-sizing: border-box }
    button { position: fixed; ${side}: 20px; bottom: var(--low); width: 60px; height: 60px; margin: 0; padding: 0;
      display: grid; place-items: center; border: 2px solid transparent; border-radius: 50%; cursor: pointer;
      background: var(--color); color: var(--ink); box-shadow: 0 4px 16px #0005; -webkit-tap-highlight-color: transparent;
      transition: transform .15s }
    button:hover { transform: scale(1.05) }
    button:focus-visible { outline: 3px solid #fff; outline-offset: 1px; box-shadow: 0 0 0 7px #101414 }
    svg { grid-area: 1 / 1; width: 30px; height: 30px; fill: none; stroke: currentColor; stroke-width: 2;
      stroke-linecap: round; stroke-linejoin: round }
    button[aria-expanded=true] .chat, button[aria-expanded=false] .cross { display: none }
    button[aria-busy=true]::after { content: ""; position: absolute; inset: 3px; border: 3px solid;
      border-color: currentColor transparent; border-radius: 50%; animation: turn 1.2s linear infinite }
    @keyframes turn { to { transform: rotate(1turn) } }
    #panel { position: fixed; ${side}: 20px; bottom: calc(var(--low) + 76px); width: min(400px, 100vw - 40px);
      height: min(660px, 100vh - 120px); height: min(660px, 100dvh - 120px); border-radius: 16px; overflow: hidden;
      box-shadow: 0 0 0 1px #8884, 0 8px 40px #0006; opacity: 0; pointer-events: none; transform: translateY(12px);
      transition: opacity .18s, transform .18s }
    #panel.open { opacity: 1; pointer-events: auto; transform: none }
    #panel.closed { visibility: hidden }
    iframe { display: block; width: 100%; height: 100%; border: 0 }
    #note { position: fixed; ${side}: 20px; bottom: calc(var(--low) + 76px); width: min(320px, 100vw - 40px);
      padding: 14px 16px; border: 1px solid #8888; border-radius: 12px; box-shadow: 0 4px 20px #0004;
      background: Canvas; color: CanvasText; font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
    #note.quiet { width: 1px; height: 1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%) }
    #note a { display: block; margin-top: 8px; color: LinkText; font-weight: 600 }
    #note a:focus-visible { outline: 3px solid; outline-offset: 2px }
    @media (prefers-color-scheme: dark) { :host { ${paint(own || link.color_dark)} } }
    @media (max-width: 480px), (max-height: 480px) {
      #panel { top: var(--top, 0); left: 0; right: 0; bottom: auto; width: 100%; height: var(--height, 100dvh);
        border-radius: 0 }
    }
    @media (prefers-reduced-motion: reduce) { button, #panel { transition: none }
      button:hover, #panel { transform: none } button[aria-busy=true]::after { animation: none } }
    @media (forced-colors: active) { button { border-color: ButtonText } }
    @media print { :host { display: none !important } }`;

  const make = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const icon = (name, path) => {
    const [picture, line] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    Object.entries({ class: name, viewBox: "0 0 24 24", "aria-hidden": "true" }).forEach((all) => picture.setAttribute(...all));
    line.setAttribute("d", path);
    picture.append(line);
    return picture;
  };

  const button = make("button", { type: "button" });
  button.append(
    icon("chat", "M4 5.5h16v11h-8.5L7 20v-3.5H4zM8.5 10h7M8.5 13h4"),
    icon("cross", "M6 6l12 12M18 6L6 18")
  );
  const panel = make("div", { id: "panel", role: "dialog", "aria-label": texts.frame });
  const note = make("div", { id: "note", role: "status" });
  const host = document.createElement(NAME);
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(button, note, panel);

  let frame = null;
  let wanted = false;
  let ready = false;
  let timer = 0;

  // Until the frame is ready, and while it is not wanted, nothing of it can be seen, pressed or tabbed into.
  const show = (trouble = false) => {
    const open = wanted && ready;
    panel.className = open ? "open" : wanted ? "" : "closed";
    panel.inert = !open;
    button.setAttribute("aria-expanded", wanted);
    button.setAttribute("aria-busy", wanted && !ready && !trouble);
    button.setAttribute("aria-label", wanted ? texts.close : texts.open);
    note.className = trouble ? "" : "quiet";
    note.replaceChildren(...(trouble ? [texts.trouble, newTab()] : wanted && !ready ? [texts.wait] : []));
  };
  const newTab = () => make("a", { href: home.href, target: "_blank", rel: "noopener" }, texts.tab);

  const tell = (event, origin = home.origin) => frame.contentWindow.postMessage({ source: SOURCE, event }, origin);
  const expect = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (shadow.activeElement === frame) button.focus();
      ready = false;
      if (!wanted) drop();
      show(wanted);
    }, ms);
  };
  // The next press asks anew.
  const drop = () => {
    clearTimeout(timer);
    frame.remove();
    frame = null;
  };
  const reveal = () => {
    show();
    frame.focus();
    tell("open");
  };
  const onReady = () => {
    clearTimeout(timer);
    ready = true;
    if (wanted) reveal(); // also where the frame has gone on to another page of ours
  };

  // Its word that it is ready may have been the one before.
  const onAnswer = (isReady) => {
    if (ready) clearTimeout(timer);
    else if (isReady) onReady();
    else expect(PATIENCE_MS);
  };

  const load = () => {
    frame = make("iframe", {
      title: texts.frame,
      src: `${home.href}?in=frame`,
      allow: "clipboard-write",
      referrerpolicy: "strict-origin"
    });
    frame.addEventListener("load", () => {
      expect(ANSWER_MS);
      tell("hello", "*"); // says nothing, and to a page that may be the browser's own: it has no origin to pin
    });
    panel.append(frame);
    expect(PATIENCE_MS);
  };
  const open = () => {
    wanted = true;
    if (!frame) load();
    if (ready) reveal();
    else show();
  };
  const close = () => {
    wanted = false;
    if (ready) tell("close");
    else drop();
    button.focus({ preventScroll: true });
    show();
  };

  button.addEventListener("click", () => (wanted ? close() : open()));
  host.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !wanted) return;
    event.stopPropagation();
    close();
  });
  const onMessage = ({ origin, source, data }) => {
    if (!frame || source !== frame.contentWindow || origin !== home.origin || data?.source !== SOURCE) return;
    if (data.event === "here") onAnswer(data.ready);
    if (data.event === "ready") onReady();
    if (data.event === "close" && data.asked && wanted) close();
  };
  // The keyboard of a phone lies over the page on iOS: a chat of full height keeps to what can be seen.
  const { visualViewport } = window;
  const fit = () => {
    if (visualViewport.scale > 1.01) return; // a pinch, no keyboard
    panel.style.setProperty("--top", `${visualViewport.offsetTop}px`);
    panel.style.setProperty("--height", `${visualViewport.height}px`);
  };

  show();
  // Beside the body: whatever is done to that, a fixed place stays fixed, and pages that swap it keep the chat.
  const mount = () => {
    if (document.querySelector(NAME)) return;
    document.documentElement.append(host);
    window.addEventListener("message", onMessage);
    ["resize", "scroll"].forEach((event) => visualViewport?.addEventListener(event, fit));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
  else mount();
})
