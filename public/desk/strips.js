// What stands around the chat: banner, totals, waiting messages, the status line, and words for screen readers.
(() => {
  const desk = window.demoDesk;
  desk.texts = {};
  let queued = [];
  let status = { text: "" };
  let offline = false;
  let late = false;
  let trouble = "";
  let told = false;
  let earlier = 0;
  let closed = "";

  // A page of this height has no room for what is not needed to write.
  const LOW_PX = 480;

  const byId = (id) => document.getElementById(id);

  const say = (text) => {
    byId("desk-live").textContent = text;
  };

  // Before the composer's frame, not in it: a frame that grows upwards jumps.
  const above = document.createElement("div");
  above.id = "desk-above";

  const place = (id, role) => {
    let node = above.querySelector(`#${id}`) ?? byId(id); // above is nowhere while React swaps the composer
    const composer = byId("message-composer");
    if (!composer) return node;
    const frame = composer.parentElement.id === "welcome-screen" ? composer : composer.parentElement.parentElement;
    if (above.nextElementSibling !== frame) frame.before(above);
    if (!node) {
      node = document.createElement("div");
      node.id = id;
      node.setAttribute("role", role);
    }
    if (node.parentElement !== above) above.append(node);
    return node;
  };

  // A long conversation is shown from its end; the rest is there for the asking.
  const showEarlier = () => {
    let button = byId("desk-earlier");
    const column = document.querySelector("#root .step")?.parentElement;
    if (!earlier || !column) return button?.remove();
    if (!button) {
      button = document.createElement("button");
      button.id = "desk-earlier";
      button.type = "button";
      button.addEventListener("click", () => desk.emit("show_earlier"));
    }
    button.textContent = desk.texts.earlier.replace("{n}", earlier);
    if (button.parentElement !== column) column.prepend(button);
  };

  const bubble = ({ text }, reason) => {
    const node = document.createElement("div");
    node.className = "waiting";
    node.setAttribute("role", "listitem");
    node.title = reason;
    node.textContent = text;
    return node;
  };

  // Queued: the server has it, and answers it after the reply under way. Waiting: not sent yet.
  const showWaiting = () => {
    const strip = place("desk-waiting", "list");
    if (!strip) return;
    const unsent = desk.ready && !late ? [] : desk.outbox.filter((item) => !item.shown);
    const nodes = queued.map((item) => bubble(item, desk.texts.queued));
    nodes.forEach((node) => (node.dataset.deskQueued = desk.texts.queued));
    strip.replaceChildren(...nodes, ...unsent.map((item) => bubble(item, desk.texts.waiting)));
  };

  const showStatus = () => {
    const line = place("desk-status", "status");
    if (!line) return;
    line.ariaLive = status.again ? "off" : "polite";
    line.textContent = offline ? desk.texts.offline : status.text;
  };

  // The link was closed: what was said stays, nothing more can be sent.
  const showClosed = () => {
    document.documentElement.toggleAttribute("data-desk-closed", closed !== "");
    const line = place("desk-closed", "alert");
    if (line && line.textContent !== closed) line.textContent = closed;
  };

  const show = () => {
    showClosed();
    showWaiting();
    showStatus();
    showEarlier();
    byId("desk-clear").disabled = !desk.ready;
  };
  desk.on("drawn", show);

  // A reply that broke off, while another one is asked for in its place. React would drop a class; and it has drawn the new
  // words a frame or two after they came: the old ones must not light up before.
  const dim = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, dim];
  let dimmed = null;
  const setDimmed = (id) => {
    dimmed = id;
    if (id) dim.replaceSync(`#root #step-${CSS.escape(id)} .message-content { animation: var(--desk-dim) }`);
    else requestAnimationFrame(() => requestAnimationFrame(() => dimmed ?? dim.replaceSync("")));
  };

  const setLanguage = (language) => {
    const age = language === "auto" ? 0 : 365 * 24 * 3600;
    document.cookie = `desk_language=${language}; path=${desk.root}/; max-age=${age}; samesite=lax`;
    // Where no cookie is kept, as in a frame of another site, the address says it for as long as the page stands.
    const url = new URL(window.location.href);
    url.searchParams.delete("page_language");
    const kept = language === "auto" || document.cookie.includes(`desk_language=${language}`);
    if (!kept) url.searchParams.set("page_language", language);
    if (url.href === window.location.href) window.location.reload();
    else window.location.replace(url);
  };

  desk.on("desk", (news) => {
    if ("totals" in news) byId("desk-totals").textContent = news.totals;
    if ("rehearsal" in news) byId("desk-banner").hidden = !news.rehearsal;
    if ("queued" in news) queued = news.queued;
    if ("busy" in news) setBusy(news.busy);
    if ("earlier" in news) earlier = news.earlier;
    if ("dimmed" in news) setDimmed(news.dimmed);
    if ("closed" in news) closed = news.closed;
    if (news.page_language) setLanguage(news.page_language);
    requestAnimationFrame(show);
  });
  desk.on("status", (now) => {
    status = now;
    requestAnimationFrame(showStatus);
  });
  // A message that the server shows at once should not flash by as waiting.
  desk.on("outbox", () => {
    late = false;
    if (desk.outbox.length) setTimeout(() => ((late = true), showWaiting()), 250);
    showWaiting();
  });
  // A new chat, or a blink of the line, is over before anybody need read of it.
  let offlineSoon = 0;
  const setOffline = (now) => {
    offline = now;
    show();
  };
  desk.on("offline", () => {
    clearTimeout(offlineSoon);
    offlineSoon = setTimeout(() => setOffline(true), 600);
  });
  desk.on("online", () => {
    clearTimeout(offlineSoon);
    setOffline(false);
  });
  // Chainlit sends the buttons below messages by HTTP, which may come to another server than the one that shows them; ours go
  // over the line. A click in the blink of a reload is made up for when the line and the button are there; after longer nobody
  // expects it to count.
  const BLINK_MS = 4000;
  const PRESSABLE = ".message-content ~ .flex-wrap > button[id], #desk-stop";
  const below = new Set(); // the ids of ours
  desk.on("action", ({ id, name }) => name !== "starter" && below.add(id));
  let pressed = null;
  const defer = (event) => {
    const button = event.target instanceof Element && event.target.closest(PRESSABLE);
    if (!button) return;
    pressed = desk.ready ? null : { id: button.id, at: performance.now() };
    if (desk.ready && !below.has(button.id)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (desk.ready) desk.emit("press", button.id);
  };
  const makeUp = () => {
    if (pressed && performance.now() - pressed.at > BLINK_MS) pressed = null;
    const button = pressed && desk.ready && byId(pressed.id);
    if (button) button.click();
  };
  document.addEventListener("click", defer, true);
  desk.on("drawn", makeUp);
  const setBusy = (now) => {
    if (now === desk.busy) return;
    const ended = desk.busy === true;
    desk.busy = now;
    document.documentElement.toggleAttribute("data-desk-busy", now);
    // Its receipt says that a reply has ended, if the page is shown one.
    if (now) say(desk.texts.replyStarted);
    else if (ended && !told) say(trouble || `${desk.texts.replyEnded}.`);
    trouble = "";
    told = false;
    desk.tell("busy");
  };
  desk.on("new_message", (step) => {
    if (step.isError) say((trouble = step.output));
    if (step.type !== "llm") return;
    told = true;
    say(`${trouble || `${desk.texts.replyEnded}.`} ${step.name}`);
  });

  desk.parsed(() => {
    Object.assign(desk.texts, byId("desk-bar").dataset);
    byId("desk-clear").addEventListener("click", () => desk.emit("clear_history"));
    if (!desk.durable) byId("desk-totals").title = desk.texts.noStorage;
    const { documentElement } = document;
    const { visualViewport } = window;
    const measure = () => {
      const height = visualViewport?.height ?? window.innerHeight;
      documentElement.toggleAttribute("data-desk-low", height <= LOW_PX);
      return height;
    };
    // iOS lays its keyboard over the page rather than shrinking it.
    const fit = () => {
      if (visualViewport.scale > 1.01) return; // a pinch, no keyboard
      documentElement.style.setProperty("--desk-height", `${measure()}px`);
      window.scrollTo(0, 0);
    };
    measure();
    visualViewport?.addEventListener("resize", fit);
  });
})();
