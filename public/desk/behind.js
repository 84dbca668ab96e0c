// The text box of the page before Chainlit is there; then all that is loaded behind that page, and the hand-over.
(() => {
  const desk = window.demoDesk;
  const { first } = desk;
  const byId = (id) => document.getElementById(id);
  const input = byId("desk-first-input");
  const touch = window.matchMedia("(pointer: coarse)");
  let composing = false;
  let typed = -Infinity;

  // The text box -------------------------------------------------------------------------------------------------
  const fit = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 250)}px`;
    byId("desk-first-send").disabled = !input.value.trim();
  };
  const keep = () => {
    desk.storage.set("desk-draft", input.value);
    fit();
  };
  const write = (text) => {
    input.value = text;
    keep();
  };

  const submit = () => {
    const text = input.value.normalize("NFC").trim();
    if (!text) return;
    desk.send(text);
    if (composing) input.blur(); // or the keyboard writes its last word again into the emptied field
    write("");
    input.focus();
  };

  input.addEventListener("input", () => {
    typed = performance.now();
    keep();
  });
  input.addEventListener("compositionstart", () => (composing = true));
  input.addEventListener("compositionend", () => (composing = false));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.shiftKey || touch.matches) return;
    event.preventDefault();
    submit();
  });
  byId("desk-first-composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  // A tap on Send must not take the focus, and the keyboard with it.
  byId("desk-first-send").addEventListener("pointerdown", (event) => event.preventDefault());

  // Before composer.js hears of it: what is not taken goes back to where it was written.
  desk.on("desk", (news) => {
    const words = desk.first && desk.giveBack(news);
    if (words && !input.value.includes(words)) write([words, input.value].filter(Boolean).join("\n"));
  });

  input.value ||= desk.storage.get("desk-draft") ?? "";
  fit();
  if (!touch.matches && window.top === window) input.focus();

  // What is loaded behind ----------------------------------------------------------------------------------------
  // On a poor line something fails now and then: it is asked for until it is there.
  const load = (make) =>
    new Promise((done) => {
      const attempt = (pause_ms) => {
        const node = make();
        node.onload = done;
        node.onerror = () => {
          node.remove();
          setTimeout(attempt, pause_ms, Math.min(2 * pause_ms, 15_000));
        };
        document.head.append(node);
      };
      attempt(1000);
    });
  const made = (name, values) => Object.assign(document.createElement(name), values);
  const sheet = (href) => load(() => made("link", { rel: "stylesheet", href }));
  const script = (src) => load(() => made("script", { src, async: false }));
  // Fetched before it is run: a module whose loading failed once is not loaded again.
  const fetched = (href) =>
    load(() => made("link", { rel: "preload", as: "script", crossOrigin: "", fetchPriority: "low", href }));

  const inOrder = async (sources) => {
    for (const source of sources) await script(source);
  };

  // Chainlit's script holds a slow phone for a second or more: not while somebody types or reads a reply.
  const QUIET_MS = 700;
  const LONGEST_MS = 20_000;
  const quiet = () =>
    new Promise((done) => {
      const from = performance.now();
      const look = () => {
        const now = performance.now();
        const still = !first.busy() && now - typed > QUIET_MS;
        if (!composing && (still || now - from > LONGEST_MS)) done();
        else setTimeout(look, 100);
      };
      look();
    });

  const loadRest = async () => {
    const { styles, scripts, module } = JSON.parse(byId("desk-behind").textContent);
    await Promise.all([...styles.map(sheet), inOrder(scripts), fetched(module)]);
    await quiet();
    await load(() => made("script", { type: "module", crossOrigin: "", src: module }));
    waitForChainlit();
  };

  // The hand-over ------------------------------------------------------------------------------------------------
  const SAID = '#root [data-step-type="user_message"], #root [data-step-type="assistant_message"]';

  // It draws a conversation whole: with its newest message all others are there, though we may show older ones yet.
  const isThere = () =>
    desk.awake &&
    byId("chat-input") !== null &&
    (byId(`step-${first.newest()}`) !== null || document.querySelectorAll(SAID).length >= Math.max(1, first.said()));

  // What the eye rests on stays where it is.
  const align = (top) => {
    const mine = [...document.querySelectorAll('#root [data-step-type="user_message"]')].at(-1);
    const column = document.querySelector("#root .relative.flex-grow.overflow-y-auto");
    if (mine && column) column.scrollTop += mine.getBoundingClientRect().top - top;
  };

  const handOver = () => {
    const top = first.anchor()?.getBoundingClientRect().top;
    const writing = { text: input.value, start: input.selectionStart, end: input.selectionEnd };
    // On a phone a focus would bring up the keyboard.
    const focus = document.activeElement === input || (!touch.matches && first.page.contains(document.activeElement));
    byId("root").inert = false;
    document.documentElement.removeAttribute("data-desk-first");
    desk.first = null;
    desk.compose({ ...writing, focus });
    if (top !== undefined) align(top);
    first.end();
    desk.tell("handed_over");
  };

  const waitForChainlit = () => {
    const timer = setInterval(() => {
      if (composing || !isThere()) return;
      clearInterval(timer);
      handOver();
    }, 50);
  };

  // Once the page is painted; a page in the background is not painted, and loads all the same.
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    desk.painted = true;
    desk.tell("painted");
    loadRest();
  };
  requestAnimationFrame(() => setTimeout(begin));
  setTimeout(begin, 1000);
})();
