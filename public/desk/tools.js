// The operator's tools: what is pressed becomes a command's words, what comes back goes to the view in the side panel.
//
// The views are public/elements/*.jsx. Chainlit makes them anew whenever it likes, so what they show is kept here.
(() => {
  const desk = window.demoDesk;
  const panels = {}; // the latest of each view
  const followers = new Set();
  let words = {};
  let said = 0; // panels so far

  desk.word = (key, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words[key] ?? key);

  const tellFollowers = () => followers.forEach((follower) => follower());

  // What a view needs to know: kit.js makes a React hook of it.
  desk.views = {
    panel: (view) => panels[view],
    follow: (follower) => {
      followers.add(follower);
      return () => followers.delete(follower);
    },
    tell: tellFollowers
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
    panels[panel.view] = { ...panel, said: ++said };
    desk.panel = panel;
    tellFollowers();
  });
  desk.on("desk", (news) => "go" in news && go(news.go));

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
  });
})();
