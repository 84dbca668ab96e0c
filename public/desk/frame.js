// In a frame on somebody else's page: tells that page what happens here, and hears whether it shows us.
//
// Of this page and of the plain pages that say why a link does not open; it needs neither Chainlit nor a style sheet.
(() => {
  const SOURCE = "demo-desk";
  const above = window.parent;
  if (above === window) return;
  const { close: closeWord } = document.currentScript.dataset;
  const touch = window.matchMedia("(pointer: coarse)");
  // Whom we may speak to. No browser shows this page in a frame of anybody whom the link does not name
  // (frame-ancestors), so the page above us is one of those: the browser says which, or its first word does.
  let origin = window.location.ancestorOrigins?.[0] ?? "";
  let ready = false;

  const tell = (event, more = {}) => {
    if (origin) above.postMessage({ source: SOURCE, event, ...more }, origin);
  };
  let asked = false;
  const askToClose = () => {
    asked = true;
    tell("close", { asked });
  };

  const beReady = () => {
    ready = true;
    tell("ready");
  };
  // Without an origin nobody was told. In this order: an answer that says the same would open the chat a second time.
  const greet = (first) => {
    if (first && ready) tell("ready");
    tell("here", { ready });
  };

  // Only a page that can close us is offered to.
  const offerClose = () => {
    if (document.getElementById("desk-close")) return;
    const button = document.createElement("button");
    button.id = "desk-close";
    button.type = "button";
    button.ariaLabel = button.title = closeWord;
    const [picture, line] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    picture.setAttribute("viewBox", "0 0 24 24");
    line.setAttribute("d", "M6 6l12 12M18 6L6 18");
    picture.append(line);
    button.append(picture);
    button.addEventListener("click", askToClose);
    const place = Object.assign(document.createElement("div"), { id: "desk-close-place" });
    place.append(button);
    const banner = document.getElementById("desk-banner");
    if (banner) banner.after(place);
    else document.body.prepend(place);
    document.documentElement.toggleAttribute("data-desk-closable", true);
  };

  // A keyboard that slides in would cover the greeting: a finger asks for it by itself.
  const focus = () => {
    window.focus();
    if (!touch.matches) document.querySelector("#desk-first-input, #chat-input, input:not([type=hidden])")?.focus();
  };

  const HEARD = {
    hello: greet,
    open: () => {
      offerClose();
      focus();
      tell("open");
    },
    // Each closing is told once, whoever began it.
    close: () => {
      if (!asked) tell("close");
      asked = false;
    }
  };
  const onMessage = (event) => {
    if (event.source !== above || event.data?.source !== SOURCE) return;
    event.stopImmediatePropagation(); // Chainlit sends every message of a window to the server
    if (origin && event.origin !== origin) return;
    const first = !origin;
    origin = event.origin;
    HEARD[event.data.event]?.(first);
  };
  window.addEventListener("message", onMessage, true);

  // What is open in the page takes its Escape first, and an input method takes its own.
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    askToClose();
  });

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    #desk-close-place { position: fixed; top: env(safe-area-inset-top, 0px); right: 2px; z-index: 60 }
    #desk-banner + #desk-close-place { position: relative; top: 0; right: 0; flex: none; height: 0 }
    #desk-close { position: absolute; top: 0; right: 0; display: grid;
      place-items: center; width: 44px; height: var(--desk-header, 44px); min-height: 44px; margin: 0; padding: 0;
      border: 0; border-radius: 10px; background: transparent; color: inherit; cursor: pointer }
    #desk-close svg { width: 24px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round }
    #desk-close:hover { background: #8883 }
    #desk-close:focus-visible { outline: 3px solid; outline-offset: -3px }
    html[data-desk-closable] :is(#root #header, #desk-first #desk-first-header) { padding-right: 50px }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  // The chat is ready once it can be typed in; a page without a chat, once it is there.
  document.addEventListener("DOMContentLoaded", () => {
    const desk = window.demoDesk;
    if (desk && !desk.painted) desk.on("painted", beReady);
    else beReady();
  });
})();
