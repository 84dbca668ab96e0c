// The side panel and the focus: into it when a view opens, back when it closes, out of it with Escape, and never lost while
// an answer redraws what had it. The settings are a panel, too; beside each other neither has room.
(() => {
  const desk = window.demoDesk;
  const CONTENT = "#side-view-content";
  const FIRST = "input:not([type=hidden]), textarea, select, button:not(:disabled), a[href], [tabindex='0']";
  const ROW = "[data-link], [data-version], [data-message]";
  const SETTINGS = "#chat-settings-header-button";
  const TRIES = 60;
  let open = null;
  let view = "";
  let entering = 0;

  desk.views.standing = () => (open && view ? view.replace("desk-", "") : null);
  const isLost = () => document.activeElement === document.body || document.activeElement === null;

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
    if (isLost() && desk.opener?.isConnected) desk.opener.focus();
  };
  const look = () => {
    const content = document.querySelector(CONTENT);
    if (content === open) return;
    open = content;
    // On a phone it is a dialog that asks for a name under an id which its title has not.
    if (content) content.closest("aside, [role=dialog]").setAttribute("aria-labelledby", "side-view-title");
    else setTimeout(left, 0);
  };
  const close = () => document.querySelector("#side-view-title button")?.click();
  document.addEventListener("keydown", (event) => {
    const inside = event.target instanceof Element && event.target.closest("aside:has(#side-view-content)");
    if (event.key === "Escape" && inside && !event.defaultPrevented) close();
  });

  // What had the focus may be gone with the answer to what was pressed there: then its row has it, or the view.
  let last = null;
  document.addEventListener("focusin", ({ target }) => (last = target.closest(CONTENT) ? target.closest(ROW) ?? target : null));
  const keep = () => {
    setTimeout(() => {
      if (!open || !last || !isLost()) return;
      const place = last.isConnected ? last : open;
      (place.matches(FIRST) ? place : place.querySelector(FIRST))?.focus({ preventScroll: true });
    }, 100);
  };
  desk.on("answered", keep);

  // The settings make room for a view, which hides them (tools.css) with all that was typed there; whoever presses their
  // button wants to see them.
  const toSettings = (event) => {
    const button = event.target instanceof Element && event.target.closest(SETTINGS);
    if (!button || !open) return;
    close();
    if (!document.getElementById("confirm-sidebar")) return; // Chainlit opens them now
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const fromSettings = (tries) => {
    const there = document.getElementById("confirm-sidebar") ?? document.getElementById("confirm");
    if (there && tries) setTimeout(() => fromSettings(tries - 1), 50);
    else if (!there && isLost()) document.querySelector(SETTINGS)?.focus();
  };
  document.addEventListener("click", toSettings, true);
  document.addEventListener("click", ({ target }) => {
    const settings = target instanceof Element && target.closest("aside, [role=dialog]");
    if (settings?.querySelector("#confirm-sidebar, #confirm")) fromSettings(TRIES);
  });

  desk.parsed(() => {
    new MutationObserver(look).observe(document.getElementById("root"), { childList: true, subtree: true });
    // On a phone Chainlit draws the panel as a dialog, which hangs in the body.
    new MutationObserver(look).observe(document.body, { childList: true });
  });
})();
