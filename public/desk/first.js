// A visitor's page before Chainlit is there: draws the conversation over a socket of its own, and takes what is written.
//
// What is sent goes through the outbox (wire.js), each message once. Chainlit takes the conversation over as it stands
// (behind.js); until then this is a page like any other to the server.
(() => {
  const desk = window.demoDesk;
  const byId = (id) => document.getElementById(id);
  const texts = byId("desk-bar").dataset;
  const first = byId("desk-first");
  const [page, log, waiting, room] = ["page", "log", "waiting", "room"].map((id) => byId(`desk-first-${id}`));
  const KINDS = { user_message: "mine", assistant_message: "theirs", system_message: "remark", llm: "receipt" };
  const nodes = new Map(); // of the steps on the page, by id
  const above = new Map(); // what each step hangs on, also where nothing of it is drawn
  const starters = new Map();
  let queued = [];
  let busy = false;
  let over = false;

  // The conversation ---------------------------------------------------------------------------------------------
  const write = (node) => {
    const { type, name, output } = node.step;
    const text = type === "llm" ? name : output;
    if (node.written === text) return;
    node.written = text;
    node.firstElementChild.replaceChildren(type === "assistant_message" ? desk.markdown(text) : text);
  };

  // The greeting stands in the page as it comes.
  const served = () => {
    const node = log.firstElementChild;
    return node && !node.step ? node : null;
  };

  const made = (kind) => {
    const node = document.createElement("div");
    node.className = `desk-said desk-${kind}`;
    node.append(Object.assign(document.createElement("div"), { className: "desk-text" }));
    return node;
  };

  // As Chainlit does it: the last question at the top, the reply below it into room that is there already; what is
  // longer than that is followed.
  const TOP_PX = 20;
  const newest = () => waiting.lastElementChild ?? [...log.querySelectorAll(".desk-mine")].at(-1);
  const settle = (follow) => {
    const mine = newest();
    const top = mine ? mine.offsetTop - TOP_PX : 0;
    const missing = Math.max(0, mine ? top + page.clientHeight - room.offsetTop : 0);
    room.style.height = `${missing}px`;
    if (follow && mine) page.scrollTop = missing ? top : page.scrollHeight;
  };
  const atEnd = () => page.scrollHeight - page.scrollTop - page.clientHeight < 60;

  const draw = (step) => {
    above.set(step.id, step.parentId);
    const kind = KINDS[step.type];
    if (!kind) return;
    const follow = kind === "mine" || atEnd();
    const isGreeting = kind === "theirs" && !step.parentId && nodes.size === 0;
    const node = nodes.get(step.id) ?? (isGreeting && served()) ?? null;
    const shown = node || made(kind);
    shown.step = step;
    shown.classList.toggle("desk-wrong", step.isError === true);
    if (!nodes.has(step.id)) {
      nodes.set(step.id, shown);
      log.append(shown);
    }
    write(shown);
    settle(follow);
  };

  const hangsOn = (id, head) => {
    for (let at = id; at; at = above.get(at)) if (at === head) return true;
    return false;
  };
  const erase = (id) => {
    nodes.get(id)?.remove();
    nodes.delete(id);
    above.delete(id);
  };
  // A question goes with its reply, as on Chainlit's page: of a long conversation the server names the questions only.
  const remove = ({ id }) => [...above.keys()].filter((step) => hangsOn(step, id)).forEach(erase);

  const drawAll = ({ steps }) => {
    const there = new Set(steps.map(({ id }) => id));
    for (const id of [...above.keys()]) if (!there.has(id)) erase(id);
    for (const step of steps) {
      draw(step);
      if (nodes.has(step.id)) log.append(nodes.get(step.id));
    }
    served()?.remove();
    settle(true);
  };

  // Words come many times a second; they are drawn once a frame.
  const growing = new Set();
  const drawGrown = () => {
    const follow = atEnd();
    const grown = [...growing];
    growing.clear(); // first: what cannot be drawn must not keep the next words waiting
    grown.forEach(write);
    settle(follow);
  };
  const grow = ({ id, token }) => {
    const node = nodes.get(id);
    if (!node) return;
    node.step.output += token;
    if (!growing.size) requestAnimationFrame(drawGrown);
    growing.add(node);
  };

  // A reply that broke off, while another one is asked for in its place.
  const setDimmed = (id) => {
    log.querySelector(".desk-dimmed")?.classList.remove("desk-dimmed");
    nodes.get(id)?.firstElementChild.classList.add("desk-dimmed");
  };

  const addStarter = ({ id, name, label, payload, forId }) => {
    if (name !== "starter" || starters.has(id)) return;
    const unnamed = [...first.querySelectorAll(".desk-starter")].find((b) => !b.named && b.dataset.message === payload.message);
    const button = unnamed ?? Object.assign(document.createElement("button"), { type: "button", className: "desk-starter" });
    button.named = true;
    if (!unnamed) {
      button.textContent = label;
      button.dataset.message = payload.message;
      nodes.get(forId)?.append(button);
    }
    starters.set(id, button);
  };
  const removeStarter = ({ id }) => {
    starters.get(id)?.remove();
    starters.delete(id);
  };

  // What waits ---------------------------------------------------------------------------------------------------
  const bubble = (text, why) => {
    const node = made("mine");
    node.setAttribute("role", "listitem");
    node.firstElementChild.textContent = text;
    if (why) node.dataset.why = why;
    return node;
  };

  // Unsent for a moment only: that needs no word.
  let late = false;
  let lateSoon = 0;
  const showWaiting = () => {
    if (over) return;
    const unsent = desk.outbox.filter((item) => !item.shown);
    const why = late && !desk.ready ? texts.waiting : "";
    waiting.replaceChildren(
      ...queued.map(({ text }) => bubble(text, texts.queued)),
      ...unsent.map(({ text }) => bubble(text, why))
    );
    first.classList.toggle("desk-asked", waiting.hasChildNodes());
    settle(waiting.hasChildNodes());
  };
  desk.on("outbox", () => {
    clearTimeout(lateSoon);
    late = false;
    lateSoon = setTimeout(() => ((late = true), showWaiting()), 1000);
    showWaiting();
  });

  // Words about the conversation ---------------------------------------------------------------------------------
  const say = (id, text) => {
    if (byId(id) && byId(id).textContent !== text) byId(id).textContent = text;
  };

  let wordSoon = 0;
  const toast = ({ message }) => {
    clearTimeout(wordSoon);
    say("desk-first-word", message);
    wordSoon = setTimeout(() => say("desk-first-word", ""), 10_000);
  };

  const setClosed = (why) => {
    say("desk-first-closed", why);
    first.classList.toggle("desk-over", why !== "");
  };

  const setBusy = (now) => {
    if (busy !== now) say("desk-live", now ? texts.replyStarted : `${texts.replyEnded}.`);
    busy = now;
    byId("desk-first-stop").hidden = !now;
  };

  let status = { text: "" };
  let offline = false;
  const showStatus = () => {
    if (over) return;
    byId("desk-first-status").ariaLive = status.again ? "off" : "polite";
    say("desk-first-status", offline ? texts.offline : status.text);
  };
  desk.on("status", (now) => {
    status = now;
    showStatus();
  });
  let offlineSoon = 0;
  desk.on("offline", () => (offlineSoon = setTimeout(() => ((offline = true), showStatus()), 1500)));
  desk.on("online", () => {
    clearTimeout(offlineSoon);
    offline = false;
    showStatus();
    showWaiting();
  });

  const news = (told) => {
    if ("totals" in told) {
      byId("desk-totals").textContent = told.totals;
      // Told last of all when a page is drawn: starters that were not named are not offered any more.
      first.querySelectorAll(".desk-starter").forEach((button) => button.named || button.remove());
    }
    if ("rehearsal" in told) byId("desk-banner").hidden = !told.rehearsal;
    if ("queued" in told) queued = told.queued;
    if ("busy" in told) setBusy(told.busy);
    if ("dimmed" in told) setDimmed(told.dimmed);
    if ("closed" in told) setClosed(told.closed);
    showStatus();
    showWaiting();
  };

  // The socket ---------------------------------------------------------------------------------------------------
  const HEARD = {
    resume_thread: drawAll,
    new_message: draw,
    update_message: draw,
    stream_start: draw,
    stream_token: grow,
    delete_message: remove,
    action: addStarter,
    remove_action: removeStarter,
    toast,
    desk: news
  };
  const session = desk.newId();
  let socket = null;
  // Whatever has gone, another server is there by the next try or the one after.
  const SHORTEST_MS = 400;
  const LONGEST_MS = 2000;
  let pause_ms = SHORTEST_MS;

  const hear = ({ data }) => {
    if (data === "2") socket.send("3");
    else if (data.startsWith("0{")) {
      const hello = { clientType: "webapp", sessionId: session, threadId: "", userEnv: "{}", chatProfile: "" };
      socket.send(`40${JSON.stringify(hello)}`);
    } else if (data.startsWith("40")) {
      pause_ms = SHORTEST_MS;
      socket.send('42["connection_successful"]');
    } else if (data.startsWith("44")) socket.close();
    else if (data.startsWith("42[")) {
      const [event, told] = JSON.parse(data.slice(2));
      HEARD[event]?.(told);
    }
  };

  // A link may have closed between its page and its socket: then it says why, as its page would.
  const askWhy = async () => {
    const answer = await fetch(`${desk.root}/user`, { cache: "no-store" }).catch(() => null);
    if (answer && answer.status >= 400 && answer.status < 500) setClosed((await answer.text()).trim());
  };

  const open = () => {
    const address = `${window.location.origin.replace("http", "ws")}${desk.root}/ws/socket.io/?EIO=4&transport=websocket`;
    socket = new WebSocket(address, undefined, true);
    socket.addEventListener("message", hear);
    socket.addEventListener("close", () => {
      if (over) return;
      setBusy(false);
      if (pause_ms > SHORTEST_MS) askWhy();
      setTimeout(() => over || open(), pause_ms * (0.75 + Math.random() / 2)); // not all at one instant
      pause_ms = Math.min(2 * pause_ms, LONGEST_MS);
    });
  };

  first.addEventListener("click", ({ target }) => {
    const starter = target.closest(".desk-starter");
    if (starter) desk.send(starter.dataset.message);
    else if (target.closest("#desk-first-stop")) desk.emit("stop");
  });

  const greeting = served().firstElementChild;
  greeting.replaceChildren(desk.markdown(greeting.textContent));
  if (!desk.durable) say("desk-storage", desk.fleeting ? texts.fleeting : texts.noStorage);
  showWaiting();
  open();

  const said = () => [...log.querySelectorAll(".desk-mine, .desk-theirs")];
  desk.first = {
    page: first,
    // Messages that stand there, both sides', and the newest of them.
    said: () => said().length,
    newest: () => said().at(-1)?.step?.id,
    // What Chainlit's page should show at the same height.
    anchor: () => [...log.querySelectorAll(".desk-mine")].at(-1) ?? null,
    busy: () => busy,
    end: () => {
      over = true;
      socket.close();
      first.remove();
    }
  };
})();
