// Commands on their way: one at a time, each under an id of its own, by which the server takes it once. What a lost line left
// unanswered is sent again, under the same id.
(() => {
  const desk = window.demoDesk;
  const { views } = desk;
  const opened = {}; // the words that opened a view, where its name alone does not
  const waiting = []; // the first one is on its way
  let timer = 0;
  // A model that drafts a demo may take a minute or two; beyond that no answer comes.
  const PATIENCE_MS = 180000;
  // What the server takes of one command.
  const MOST_CHARACTERS = 600000;

  const tell = () => {
    document.documentElement.toggleAttribute("data-desk-working", waiting.length > 0);
    views.tell();
  };
  const send = () => {
    clearTimeout(timer);
    if (!waiting.length) return;
    desk.emit("desk_command", waiting[0]);
    timer = setTimeout(giveUp, PATIENCE_MS);
  };
  const next = () => {
    waiting.shift();
    send();
    tell();
  };
  const giveUp = () => {
    if (!desk.ready) return; // it is sent again when the line is back
    desk.notice(desk.word("common.unanswered"));
    next();
  };

  // Whether a command is on its way; word: one that begins so.
  views.busy = (word) => waiting.some(({ words }) => !word || words[0] === word);

  // Speak a command. from: what gets the focus back when the panel is closed.
  desk.command = (words, from = null) => {
    if (from) desk.opener = from;
    const length = words.reduce((sum, word) => sum + word.length, 0);
    if (!desk.ready || length > MOST_CHARACTERS) {
      desk.notice(desk.word(desk.ready ? "common.too_long" : "common.offline"));
      return false;
    }
    if (["activity", "versions"].includes(words[0]) || words[1] === "--reply") opened[words[0]] = words;
    if (waiting.push({ id: desk.newId(), words }) === 1) send();
    tell();
    return true;
  };

  // An answer says whose it is; what only brings a view up to date does not.
  const hear = ({ id }) => {
    if (!id || id !== waiting[0]?.id) return;
    next();
    desk.tell("answered");
  };
  desk.on("desk_panel", hear);
  desk.on("desk", hear);

  // With a lost line Chainlit closes the panel, and the server forgets what stood there: it is asked for again as soon as the
  // server offers its commands. Not the pre-flight, which might ask a model.
  let lost = "";
  desk.on("offline", () => (lost ||= views.standing() ?? ""));
  desk.on("set_commands", () => {
    const view = lost;
    lost = "";
    if (waiting.length) {
      // A flight that was begun is looked at, not begun again.
      waiting[0].words = waiting[0].words.filter((word) => word !== "--again");
      send();
    } else if (view && view !== "preflight") desk.command(opening(view));
  });
  const opening = (view) => {
    const id = views.panel("watch")?.data?.watched;
    if (view === "watch" && id) return ["watch", "--conversation", id];
    return opened[view] ?? [view];
  };
})();
