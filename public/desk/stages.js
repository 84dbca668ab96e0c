// The desk's side of the stage: opens the second window, and tells it where to go and what to ask.
//
// The window is a visitor's page of ours (stage.js). Neither can reach the other but by this channel: the desk's page is
// kept apart by its opener policy.
(() => {
  const desk = window.demoDesk;
  const NAME = "demo-desk-stage";
  const channel = new BroadcastChannel(NAME);
  const stages = new Map(); // the windows that answer, by their ids, the latest last: {path, demo}
  let prepared = null; // a window opened at the click, for browsers that open none later
  let waiting = null; // a question for a stage that is still to come: {text, demo}

  const tell = (said) => channel.postMessage({ to: "stage", ...said });
  const here = (url) => new URL(url, window.location.href).pathname;
  const latest = () => [...stages].at(-1);

  const deliver = () => {
    const [id] = [...stages].findLast(([, { demo }]) => demo === waiting?.demo) ?? [];
    if (!id) return false;
    tell({ for: id, ask: waiting.text, id: desk.newId() });
    waiting = null;
    desk.notice(desk.word("stage.opened"));
    return true;
  };

  channel.addEventListener("message", ({ data }) => {
    if (data?.to !== "desk") return;
    stages.delete(data.id);
    if (data.says !== "hello") return;
    stages.set(data.id, data);
    deliver();
  });

  const open = (path) => {
    const address = `${path}#stage`;
    const [id, stage] = latest() ?? [];
    if (id) {
      if (stage.path !== path) tell({ for: id, go: path });
      drop();
      return;
    }
    if (prepared && !prepared.closed) prepared.location.replace(address);
    else if (!window.open(address, NAME)) {
      desk.notice(desk.word("stage.blocked"), desk.word("stage.open"), () => window.open(address, NAME));
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
      if (!stages.size && !(prepared && !prepared.closed)) prepared = window.open("about:blank", NAME);
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
    waiting = { text: news.ask_on_stage, demo: news.demo };
    if (deliver()) drop();
    else desk.command(["stage", "--demo", news.demo]); // also where a stage shows another demo: it goes to this one's
  });
  // A command that failed needs no window, and nothing is asked when one is opened later.
  desk.on("desk_panel", ({ error }) => {
    if (!error) return;
    drop();
    waiting = null;
  });
  desk.on("offline", drop);

  tell({ who: true });
})();
