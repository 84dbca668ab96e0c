// What is typed: never half a word, never lost, sent once.
//
// Chainlit's composer looks at a composition flag of its own only, ignores Enter while unconnected or busy, and loses
// its text when the welcome screen gives way to the first message. Here Enter and Send go through the outbox instead.
(() => {
  const desk = window.demoDesk;
  const setNative = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
  // The rule for touch keyboards, which compose all the time: Enter makes a new line, the Send button sends.
  const touch = window.matchMedia("(pointer: coarse)");
  let composer = null;
  let draft = desk.storage.get("desk-draft") ?? "";
  let composing = false;
  let focused = false;

  // React swaps the composer when the welcome screen goes: whoever types on must find the text in the new one.
  const takeOver = () => {
    const area = document.getElementById("chat-input");
    if (area && area !== composer) restore(area);
  };

  const isComposer = (node) => node instanceof HTMLTextAreaElement && node.id === "chat-input";

  const fill = (area, text) => {
    setNative.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const keep = (text) => {
    draft = text;
    desk.storage.set("desk-draft", text);
  };

  const submit = (area) => {
    const text = area.value.normalize("NFC").trim();
    if (!text) return;
    desk.send(text);
    if (composing) area.blur(); // or the keyboard writes its last word again into the emptied field
    fill(area, "");
    keep("");
    area.focus();
    refresh();
  };

  // Picked from Chainlit's "/" list it runs at once; a report may want more words, unless it was written out.
  const COMMANDS = "#message-composer [cmdk-list] [cmdk-item]";
  const pick = (event, item) => {
    const id = item.querySelector(".font-medium").textContent;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (composer.value.trim() === `/${id}`) return submit(composer);
    const text = id === "report" ? "/report " : "";
    fill(composer, text);
    keep(text);
    composer.focus();
    if (!text) desk.tell("picked", id);
  };
  const onPick = (event) => {
    const item = event.target instanceof Element && event.target.closest(COMMANDS);
    if (item) pick(event, item);
  };

  const onKey = (event) => {
    if (!isComposer(event.target) || !["Enter", "Tab"].includes(event.key)) return;
    takeOver();
    const picked = document.querySelector(`${COMMANDS}.bg-accent`);
    if (picked && !event.isComposing && event.keyCode !== 229) return pick(event, picked);
    if (event.key === "Tab") return;
    event.stopImmediatePropagation();
    // 229: Safari ends the composition before it tells of the key that ended it.
    if (event.isComposing || event.keyCode === 229 || event.shiftKey || touch.matches) return;
    event.preventDefault();
    submit(event.target);
  };

  const onInput = (event) => {
    if (!isComposer(event.target)) return;
    takeOver();
    keep(event.target.value);
    requestAnimationFrame(offerButtons); // Chainlit's own Send is switched on by this same event, a little later
  };

  // A starter is a message like any other: it waits while the network is away. Chainlit would ask over HTTP, and fail.
  const starters = new Map();
  desk.on("action", ({ id, name, payload }) => name === "starter" && starters.set(id, payload.message));
  const onStarter = (event) => {
    const button = event.target instanceof Element && event.target.closest("button[id]");
    if (!button || !starters.has(button.id)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    desk.send(starters.get(button.id));
  };

  const onClick = (event) => {
    const button = event.target instanceof Element && event.target.closest("#chat-submit, #desk-send, #desk-stop");
    if (!button || !composer) return;
    takeOver();
    event.preventDefault();
    event.stopImmediatePropagation();
    if (button.id === "desk-stop") desk.emit("stop");
    else submit(composer);
  };

  const restore = (area) => {
    composer = area;
    composing = false;
    const { texts } = desk;
    area.setAttribute("aria-label", texts.composer);
    if (draft && !area.value.startsWith(draft)) {
      fill(area, draft + area.value);
      area.setSelectionRange(area.value.length, area.value.length);
    }
    if (focused) area.focus();
  };

  // What was written before Chainlit was there, as it stood.
  desk.compose = ({ text, start, end, focus }) => {
    takeOver();
    fill(composer, text);
    keep(text);
    composer.setSelectionRange(start, end);
    if (focus) composer.focus();
    refresh();
  };

  const offer = (bar, id, label, wanted) => {
    let button = document.getElementById(id);
    if (!wanted) return button?.remove();
    if (button?.parentElement === bar) return;
    button ??= document.createElement("button");
    button.id = id;
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", label);
    bar.prepend(button);
  };

  // Chainlit offers Send only while it is connected; ours stands in, so that nobody has to wait to write on. Stop is
  // ours: Chainlit is never told that it is busy, or it would draw every message anew.
  const offerButtons = () => {
    const bar = composer?.closest("#message-composer")?.lastElementChild?.lastElementChild;
    if (!bar) return;
    offer(bar, "desk-send", desk.texts.send, composer.value.trim() && !bar.querySelector("#chat-submit:enabled"));
    offer(bar, "desk-stop", desk.texts.stop, desk.busy);
  };

  const refresh = () => {
    takeOver();
    offerButtons();
    desk.tell("drawn");
  };

  // React draws after the event that asks for it.
  let frame = 0;
  let later = 0;
  const soon = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      refresh();
    });
    clearTimeout(later);
    later = setTimeout(refresh, 80);
  };

  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onPick, true);
  document.addEventListener("click", onStarter, true);
  document.addEventListener("click", onClick, true);
  document.addEventListener("compositionstart", (event) => (composing = isComposer(event.target)), true);
  document.addEventListener("compositionend", () => (composing = false), true);
  document.addEventListener("input", onInput, true);
  document.addEventListener("focusin", (event) => (focused = isComposer(event.target)));
  for (const event of "new_message update_message resume_thread task_end chat_settings".split(" ")) {
    desk.on(event, soon);
  }
  desk.on("busy", offerButtons);
  desk.on("online", soon);
  desk.on("offline", soon);
  desk.on("desk", (news) => {
    const words = desk.giveBack(news);
    if (words && composer && !composer.value.includes(words)) fill(composer, [words, composer.value].filter(Boolean).join("\n"));
  });

  desk.parsed(() => {
    // Before the next key, whatever made React swap it.
    const observer = new MutationObserver(() => {
      const area = document.getElementById("chat-input");
      if (area && area !== composer) refresh();
    });
    observer.observe(document.getElementById("root"), { childList: true, subtree: true });
  });
})();
