// The page's line to the server: listens in on Chainlit's socket, speaks on it, and keeps what was not yet sent.
//
// Runs before Chainlit's own script. Every sent message stays in the outbox until the server has it on record; after a
// lost connection it is sent again under the same id, and the server takes each id once.
(() => {
  const NativeSocket = window.WebSocket;
  const listeners = {};
  // Each link is a desk of its own, also in the same tab: what waits for one shop is never sent to another.
  const root = document.querySelector('meta[property="og:root_path"]')?.content ?? "";
  const outbox = [];
  let socket = null;

  const storage = (() => {
    const memory = new Map();
    return {
      durable: !window.sessionStorage.standIn,
      get: (key) => memory.get(key) ?? window.sessionStorage.getItem(key + root),
      set: (key, value) => {
        try {
          window.sessionStorage.setItem(key + root, value);
          memory.delete(key);
        } catch {
          memory.set(key, value); // full
        }
      }
    };
  })();

  const on = (event, listener) => (listeners[event] ??= []).push(listener);
  const tell = (event, data) => (listeners[event] ?? []).forEach((listener) => listener(data));

  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // A reload keeps the tab's id, a new tab gets its own: each finds its own conversation.
  const tab = storage.get("desk-tab") ?? newId();
  storage.set("desk-tab", tab);

  // A browser that sends no cookie is known by a secret in the addresses of its requests. Where cookies cannot be counted
  // on the secret is kept here, and one that was kept goes before a new one.
  const visitor = (() => {
    const fresh = document.querySelector('meta[name="desk-visitor"]')?.content ?? "";
    if (!fresh || (window.top === window && navigator.cookieEnabled)) return fresh;
    const key = `desk-visitor${root.split("/k/")[0]}`;
    const kept = window.localStorage.getItem(key);
    try {
      if (!kept) window.localStorage.setItem(key, fresh);
    } catch {
      // full: known for as long as the page is open
    }
    return kept ?? fresh;
  })();
  // Nothing here will tell that this visitor was here before.
  const fleeting = visitor !== "" && window.localStorage.standIn === true && (window.top !== window || !navigator.cookieEnabled);

  const known = (address) => {
    const url = new URL(address, window.location.href);
    const inside = url.host === window.location.host && url.pathname.startsWith(`${root}/`);
    if (!visitor || !inside || url.pathname.startsWith(`${root}/v/`)) return address;
    url.pathname = `${root}/v/${visitor}${url.pathname.slice(root.length)}`;
    return url.href;
  };

  const ask = window.fetch;
  window.fetch = (asked, options) =>
    ask(asked instanceof Request ? new Request(known(asked.url), asked) : known(asked), options);

  // The site that a visitor came from, its name only.
  const from = (() => {
    try {
      const { host, hostname } = new URL(document.referrer);
      return host === window.location.host ? "" : `&from=${encodeURIComponent(hostname)}`;
    } catch {
      return ""; // none is told
    }
  })();

  // How far the visitor's clock is ahead of UTC, so that a time of day can be named.
  const clock = `&clock=${-new Date().getTimezoneOffset()}`;

  // The page's own, where its address and no cookie says it (strips.js).
  const chosen = new URLSearchParams(window.location.search).get("page_language");
  const language = chosen ? `&page_language=${encodeURIComponent(chosen)}` : "";

  // The conversation that this tab shows. Another server finds it by that, whatever the tab has shown there before.
  const shownHere = () => {
    const id = storage.get("desk-shown");
    return id ? `&shown=${encodeURIComponent(id)}` : "";
  };
  const setShown = (id) => storage.set("desk-shown", id);

  const emit = (event, data) => {
    if (!desk.ready) return false;
    socket.send("42" + JSON.stringify(data === undefined ? [event] : [event, data]));
    return true;
  };

  // What is longer is refused all the same, and comes back whole; a socket takes a megabyte at most, or it is closed.
  const LONGEST = 150_000;

  const message = ({ id, text }) => ({
    message: {
      id,
      type: "user_message",
      name: "User",
      output: text.slice(0, LONGEST),
      createdAt: new Date().toISOString(),
      threadId: "",
      metadata: {}
    },
    fileReferences: []
  });

  const keepOutbox = () => {
    storage.set("desk-outbox", JSON.stringify(outbox.map(({ id, text }) => ({ id, text }))));
    tell("outbox", outbox);
  };

  const flush = () => {
    for (const item of outbox) {
      if (item.socket !== socket && emit("client_message", message(item))) item.socket = socket;
    }
  };

  const arrived = (id) => {
    const place = outbox.findIndex((item) => item.id === id);
    if (place >= 0) {
      outbox.splice(place, 1);
      keepOutbox();
    }
  };

  // The words of a message that is not taken, once, though both of the page's sockets tell of it. One that was on record
  // already, as while it stood in line, has left the outbox: its words come along.
  const returned = new Set();
  const giveBack = ({ refused, text }) => {
    if (!refused || returned.has(refused)) return null;
    const words = outbox.find(({ id }) => id === refused)?.text ?? text;
    if (!words) return null;
    returned.add(refused);
    arrived(refused);
    return words;
  };

  // On the screen, if not yet on record.
  const shown = (id) => {
    const item = outbox.find((item) => item.id === id && !item.shown);
    if (item) {
      item.shown = true;
      tell("outbox", outbox);
    }
  };

  const send = (text) => {
    outbox.push({ id: newId(), text });
    keepOutbox();
    flush();
  };

  // Only events that somebody listens to are parsed: a reply's many tokens cost nothing here.
  const hear = (frame) => {
    if (typeof frame !== "string" || !frame.startsWith("42[")) return;
    const event = frame.slice(4, frame.indexOf('"', 4));
    if (listeners[event]) tell(event, JSON.parse(frame.slice(2))[1]);
  };

  // At the address of a conversation Chainlit first connects without it, and a blink later again, for good: what is sent
  // in between could go to another conversation, or to none.
  const PASSING_MS = 2000;
  const passing = ({ thread }) => {
    const named = window.location.pathname.match(/^\/thread\/(.+)/);
    return named !== null && thread === "";
  };

  // The page's own first socket (first.js) stands in until Chainlit's is ready.
  const standsIn = () => desk.ready && socket.standIn;

  const begin = (opened) => {
    if (opened.readyState !== NativeSocket.OPEN) return;
    if (standsIn() && socket !== opened) socket = opened;
    else if (socket !== opened || desk.ready) return;
    desk.ready = true;
    desk.awake = !opened.standIn;
    flush();
    tell("online");
  };

  const watch = (opened) => {
    if (opened.standIn ? !desk.awake : !standsIn()) {
      socket = opened;
      desk.ready = desk.awake = false;
    }
    opened.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && data.startsWith("40")) {
        // After Chainlit's own greeting to the server, which is sent while it handles this same frame.
        setTimeout(() => begin(opened), passing(opened) ? PASSING_MS : 0);
      }
      hear(data);
    });
    opened.addEventListener("close", () => {
      if (socket !== opened) return;
      desk.ready = desk.awake = false;
      tell("offline");
    });
  };

  // Chainlit draws the whole conversation anew for every event it is handed. Events that come together are handed over
  // together, in one task: React then draws once for all of them.
  const together = (opened) => {
    const waiting = [];
    const { port1, port2 } = new MessageChannel(); // no timer: those rest in hidden tabs
    let deliver = null;
    const handOver = () => waiting.splice(0).forEach((event) => deliver?.call(opened, event));
    port1.onmessage = handOver;
    Object.defineProperty(opened, "onmessage", { get: () => deliver, set: (listener) => (deliver = listener) });
    opened.addEventListener("message", (event) => {
      if (waiting.push(event) === 1) port2.postMessage(null);
    });
    opened.addEventListener("close", handOver);
  };

  // Chainlit waits from half a second to seven and a half before it tries again. A server that has gone is replaced by another
  // one at once: for as long as that may take, the next try comes soon. Its timer is set while it hears of the close.
  const HURRY_MS = 20_000;
  const SOON_MS = 1000;
  const setTimer = window.setTimeout;
  let lostAt = 0;
  let hurried = false;
  window.setTimeout = (then, ms, ...rest) =>
    setTimer.call(window, then, hurried && ms > SOON_MS ? SOON_MS * (0.5 + Math.random() / 2) : ms, ...rest);
  const hurry = (opened) => {
    const lost = () => {
      lostAt ||= performance.now();
      if (performance.now() - lostAt > HURRY_MS) return;
      hurried = true;
      setTimer.call(window, () => (hurried = false), 0);
    };
    opened.addEventListener("error", lost);
    opened.addEventListener("close", lost);
  };
  on("online", () => (lostAt = 0));

  // Chainlit takes leave for good of whatever conversation it shows before it opens another one, also the very same after
  // a reload: its reply would be stopped. Only who asks for a new conversation or another demo, or deletes one, leaves it for good.
  const LEAVE = '42["clear_session"]';
  let renewed = -Infinity;
  const onNew = (event) => {
    const meant = "#new-chat-button, [role=alertdialog] button, [role=dialog] #confirm, [role=option]";
    if (event.target instanceof Element && event.target.closest(meant)) renewed = performance.now();
  };
  document.addEventListener("click", onNew, true);
  // The next conversation of this tab is a new one.
  const leave = () => {
    renewed = performance.now();
    return emit("clear_session");
  };

  window.WebSocket = class extends NativeSocket {
    constructor(url, protocols, standIn = false) {
      const ours = String(url).includes("/ws/socket.io/");
      super(ours ? `${known(url)}&tab=${tab}${shownHere()}${from}${clock}${language}` : url, ...(protocols === undefined ? [] : [protocols]));
      if (!ours) return;
      this.standIn = standIn;
      watch(this);
      together(this);
      if (!standIn) hurry(this); // last: of the timers that are set when it closes only Chainlit's are meant
    }

    send(data) {
      if (typeof data === "string" && data.startsWith("40{")) this.thread = JSON.parse(data.slice(2)).threadId;
      if (data === LEAVE && performance.now() - renewed > 2000) return;
      if (data === LEAVE) {
        renewed = -Infinity;
        setShown("");
      }
      super.send(data);
    }
  };

  on("new_message", (step) => step.type === "user_message" && shown(step.id));
  on("update_message", (step) => step.type === "user_message" && shown(step.id));
  on("desk", (news) => {
    news.queued?.forEach(({ id }) => shown(id));
    news.kept?.forEach(arrived);
  });
  on("resume_thread", ({ id, steps }) => {
    setShown(id);
    steps.forEach((step) => shown(step.id));
  });

  // Seconds in the status line count by themselves; a screen reader need not say each of them.
  let ticking = 0;
  const count = ({ text, seconds, up, then }, from, again) => {
    const now = seconds + ((performance.now() - from) / 1000) * (up ? 1 : -1);
    if (now <= 0 && !up) return tell("status", { text: then });
    tell("status", { text: text.replace("{n}", up ? Math.floor(now) : Math.ceil(now)), again });
    const part = now % 1;
    ticking = setTimeout(count, 1000 * (up ? 1 - part : part || 1) + 10, { text, seconds, up, then }, from, true);
  };
  on("desk", ({ status, ticks }) => {
    if (status === undefined) return;
    clearTimeout(ticking);
    if (ticks) count(ticks, performance.now(), false);
    else tell("status", { text: status ?? "" });
  });

  // Before or after the page is there: some of our scripts are loaded behind it.
  const parsed = (then) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", then);
    else then();
  };

  const desk = (window.demoDesk = {
    ready: false,
    awake: false, // Chainlit's own socket is ready
    root,
    durable: storage.durable,
    fleeting,
    storage,
    on,
    tell,
    emit,
    send,
    leave,
    giveBack,
    outbox,
    newId,
    parsed
  });

  // Chainlit sends every message of the window to the server, whoever posts it: other windows, a browser's extensions.
  // Nothing here needs one; what a page says that frames this one frame.js has heard before.
  window.addEventListener("message", (event) => event.stopImmediatePropagation(), true);

  try {
    outbox.push(...JSON.parse(storage.get("desk-outbox") ?? "[]"));
  } catch {
    storage.set("desk-outbox", "[]");
  }
})();
