// The operator's tools: what is pressed becomes a command's words, what comes back goes to the view in the side panel.
//
// The views are public/elements/*.jsx. Chainlit makes them anew whenever it likes, so what they show is kept here.
(() => {
  const desk = window.demoDesk;
  const panels = {}; // the latest of each view
  const followers = new Set();
  const opened = {}; // the words that opened a view, where its name alone does not
  let words = {};
  let opener = null;
  let asked = null; // a command is on its way: its words

  desk.word = (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key] ?? key);

  const tellFollowers = () => followers.forEach((follower) => follower());
  const setAsked = (now) => {
    asked = now;
    document.documentElement.toggleAttribute("data-desk-working", asked !== null);
    tellFollowers();
  };

  // What a view needs to know: kit.js makes a React hook of it.
  desk.views = {
    panel: (view) => panels[view],
    asked: () => asked,
    follow: (follower) => {
      followers.add(follower);
      return () => followers.delete(follower);
    },
    forget: (view) => {
      delete panels[view];
      tellFollowers();
    }
  };

  // Speak a command. from: what gets the focus back when the panel is closed.
  desk.command = (said, from = null) => {
    if (from) opener = from;
    if (!desk.emit("desk_command", { words: said })) {
      desk.notice(desk.word("common.offline"));
      return false;
    }
    if (said[0] === "activity" || said[1] === "--reply") opened[said[0]] = said;
    setAsked(said);
    return true;
  };

  // A line in the tools' own strip, perhaps with a button.
  desk.notice = (text, label = "", act = null) => {
    const strip = document.getElementById("desk-tools");
    let line = document.getElementById("desk-notice-line");
    if (!line) {
      line = document.createElement("p");
      line.id = "desk-notice-line";
      line.setAttribute("role", "status");
      strip.after(line);
    }
    line.replaceChildren(text);
    if (!text) return;
    const button = (name, press) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = name;
      made.addEventListener("click", press);
      line.append(" ", made);
    };
    if (act) button(label, () => (desk.notice(""), act()));
    button(desk.word("common.close"), () => desk.notice(""));
  };

  desk.on("desk_panel", (panel) => {
    panels[panel.view] = panel;
    desk.panel = panel;
    if (asked && asked[0] !== "unwatch") setAsked(null);
    else tellFollowers();
  });
  desk.on("desk", (news) => {
    if ("go" in news) go(news.go);
    if ("go" in news || "stage" in news || "ask_on_stage" in news) setAsked(null);
  });
  desk.on("offline", () => setAsked(null));

  // Another demo begins as another conversation. The word of leaving must be out before the page is.
  const go = (address) => {
    desk.leave();
    setTimeout(() => window.location.assign(address), 150);
  };

  // A pick from Chainlit's "/" list, told by composer.js.
  desk.on("picked", (word) => {
    const composer = document.getElementById("chat-input");
    if (word === "stage") desk.stage.command([word], composer);
    else desk.command([word], composer);
  });

  // The panel: into it with the focus when a view opens, back when it closes, and out of it with Escape.
  const CONTENT = "#side-view-content";
  const FIRST = "input:not([type=hidden]), textarea, select, button:not(:disabled), a[href], [tabindex='0']";
  const TRIES = 60;
  let open = null;
  let view = "";
  let entering = 0;

  // The view is drawn when its file is there, and its fields when its data are.
  const enter = (name, tries) => {
    const shown = document.querySelector(`${CONTENT} [data-view="${name}"]`);
    const first = shown?.querySelector(FIRST);
    if (first && !shown.contains(document.activeElement)) first.focus({ preventScroll: true });
    if (!first && tries) entering = setTimeout(() => enter(name, tries - 1), 50);
  };
  desk.on("set_sidebar_elements", ({ elements: [element] }) => {
    view = element?.id ?? "";
    clearTimeout(entering);
    if (element) entering = setTimeout(() => enter(element.name, TRIES), 0);
  });

  const left = () => {
    if (document.querySelector(CONTENT)) return; // on its way from one to the next
    // The server need not keep it up to date any more, and opens it again when it is asked for.
    if (view) desk.emit("desk_command", { words: ["unwatch"] });
    view = "";
    const lost = document.activeElement === document.body || document.activeElement === null;
    if (lost && opener?.isConnected) opener.focus();
  };
  const look = () => {
    const content = document.querySelector(CONTENT);
    if (content === open) return;
    open = content;
    // On a phone it is a dialog that asks for a name under an id which its title has not.
    if (content) content.closest("aside, [role=dialog]").setAttribute("aria-labelledby", "side-view-title");
    else setTimeout(left, 0);
  };
  // With a lost line Chainlit closes the panel, and the server forgets what stood there: it is asked for again as soon as
  // the server offers its commands.
  let lost = "";
  desk.on("offline", () => (lost ||= open ? view : ""));
  desk.on("set_commands", () => {
    if (lost) desk.command(opening(lost.replace("desk-", "")));
    lost = "";
  });
  const opening = (name) => {
    const id = panels.watch?.data?.watched;
    if (name === "watch" && id) return ["watch", "--conversation", id];
    return opened[name] ?? [name];
  };
  document.addEventListener("keydown", (event) => {
    const inside = event.target instanceof Element && event.target.closest("aside:has(#side-view-content)");
    if (event.key !== "Escape" || !inside || event.defaultPrevented) return;
    inside.querySelector("#side-view-title button")?.click();
  });

  // Tools can be used while the line is up.
  const enable = () => document.querySelectorAll("[data-desk-tool]").forEach((tool) => (tool.disabled = !desk.ready));
  desk.on("online", enable);
  desk.on("offline", enable);

  document.addEventListener("DOMContentLoaded", () => {
    words = JSON.parse(document.getElementById("desk-tool-words").textContent);
    document.getElementById("desk-tools").addEventListener("click", ({ target }) => {
      const tool = target.closest("[data-desk-tool]");
      if (!tool) return;
      const { deskTool: word } = tool.dataset;
      if (word === "stage") desk.stage.command([word], tool);
      else desk.command([word], tool);
    });
    enable();
    new MutationObserver(look).observe(document.getElementById("root"), { childList: true, subtree: true });
    // On a phone Chainlit draws the panel as a dialog, which hangs in the body.
    new MutationObserver(look).observe(document.body, { childList: true });
  });
})();
