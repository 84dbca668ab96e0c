// The desk's side of the stage: opens the second window, and tells it where to go and what to ask.
//
// The window is a visitor's page of ours (stage.js). Neither can reach the other but by this channel: the desk's page is
// kept apart by its opener policy.
(() => {
  const desk = window.demoDesk;
  const NAME = "demo-desk-stage";
  const channel = new BroadcastChannel(NAME);
  let shown = ""; // the path that an open stage shows; '' while none answers
  let demo = ""; // the demo that it shows
  let prepared = null; // a window opened at the click, for browsers that open none later
  let waiting = ""; // a question for a stage that is still to come
  let wanted = ""; // where the last stage was sent

  const tell = (said) => channel.postMessage({ to: "stage", ...said });
  const here = (url) => new URL(url, window.location.href).pathname;

  const deliver = () => {
    if (waiting && shown && (!wanted || shown === wanted)) {
      tell({ ask: waiting, id: crypto.randomUUID?.() ?? String(Math.random()) });
      waiting = "";
      desk.notice(desk.word("stage.opened"));
    }
  };

  channel.addEventListener("message", ({ data }) => {
    if (data?.to !== "desk") return;
    if (data.says === "hello") {
      ({ path: shown, demo } = data);
      deliver();
    } else if (data.says === "bye" && data.path === shown) shown = "";
  });

  const open = (path) => {
    wanted = path;
    if (shown) {
      if (shown !== path) tell({ go: path });
      drop();
      deliver();
      return;
    }
    if (prepared && !prepared.closed) prepared.location.replace(path);
    else if (!window.open(path, NAME)) {
      desk.notice(desk.word("stage.blocked"), desk.word("stage.open"), () => window.open(path, NAME));
    }
    prepared = null;
  };

  const drop = () => {
    prepared?.close();
    prepared = null;
  };

  desk.stage = {
    // Called at the click itself: a window that is opened when the answer is there counts as a pop-up.
    prepare: () => {
      if (!shown && !(prepared && !prepared.closed)) prepared = window.open("about:blank", NAME);
    },
    drop,
    // A command that ends in the second window.
    command: (words, from) => {
      desk.stage.prepare();
      if (!desk.command(words, from)) drop();
    }
  };

  desk.on("desk", (news) => {
    if (news.stage) open(here(news.stage));
    if (!news.ask_on_stage) return;
    waiting = news.ask_on_stage;
    if (shown && demo === news.demo) {
      wanted = shown;
      drop();
      deliver();
    } else desk.command(["stage"]); // also where a stage shows another demo: it goes to this one's
  });
  // A command that failed needs no window.
  desk.on("desk_panel", ({ error }) => error && drop());
  desk.on("offline", drop);

  tell({ who: true });
})();
