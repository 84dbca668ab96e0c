// Names for what Chainlit draws without one, or with one in English only; for screen readers, and for tests.
(() => {
  const desk = window.demoDesk;
  const NAMES = {
    "#chat-submit, #desk-send": "send",
    "#stop-button": "stop",
    "#new-chat-button": "newChat",
    "#chat-settings-header-button": "settings",
    "#theme-toggle": "theme",
    ".edit-message": "edit",
    "#edit-chat-input": "edit",
    "button:has(> .lucide-copy, > .lucide-check)": "copy",
    "button:has(> .lucide-arrow-down)": "toEnd",
    "button:has(> .lucide-x), button:has(> .lucide-arrow-left)": "close",
    "button:has(> .lucide-info)": "explain",
    "section:has(> [data-sonner-toaster])": "notices",
    'section[aria-label^="Notifications"]': "notices"
  };

  const each = (selector, change) => document.querySelectorAll(selector).forEach(change);

  const nameAll = () => {
    for (const [selector, key] of Object.entries(NAMES)) {
      each(selector, (node) => node.setAttribute("aria-label", desk.texts[key]));
    }
    // The label of a setting names the slider's rail, not the thumb that takes the focus.
    each('[role="slider"]', (thumb) => {
      const label = thumb.closest(".space-y-2")?.querySelector("label")?.firstChild?.textContent;
      if (label) thumb.setAttribute("aria-label", label);
    });
    each('img[alt^="Avatar for"]', (avatar) => (avatar.alt = "")); // the author is not named for each message
    each(".message-content .justify-between > span", (title) => {
      if (title.textContent === "Raw code") title.firstChild.data = desk.texts.code;
    });
  };

  desk.on("drawn", nameAll);
  // Menus, dialogs and the arrow to the end come without a word from the server.
  const soon = () => setTimeout(nameAll, 150);
  document.addEventListener("click", soon);
  document.addEventListener("scrollend", soon, true);
})();
