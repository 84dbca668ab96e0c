// Names for what Chainlit draws without one, or with one in English only; for screen readers, and for tests.
(() => {
  const desk = window.demoDesk;
  const NAMES = {
    "#chat-submit, #desk-send": "send",
    "#new-chat-button": "newChat",
    "#header #sidebar-trigger-button": "historyOpen",
    '[data-sidebar="sidebar"] #sidebar-trigger-button, [data-sidebar="rail"]': "historyClose",
    '[data-sidebar="sidebar"][role="dialog"]': "history",
    "#search-chats-button, [cmdk-input], [cmdk-list]": "historySearch",
    "button:has(> .lucide-thumbs-up)": "good",
    "button:has(> .lucide-thumbs-down)": "bad",
    "button:not([id]):has(> .lucide-message-circle:only-child)": "comment", // a starter has the same picture, and an id
    '[role="dialog"]:has(#submit-feedback) textarea': "comment",
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

  // A link around a button around the button of its menu, which no key reaches: made a link, and beside it a button.
  const nameConversation = (link) => {
    const [frame, menu] = [link.querySelector("button"), link.querySelector("#thread-options")];
    if (!frame || !menu) return;
    if (link.pathname === window.location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    frame.tabIndex = -1;
    frame.setAttribute("role", "group"); // a button's content is not read out
    const label = `${desk.texts.options}: ${link.querySelector(".truncate")?.textContent}`;
    for (const [name, value] of Object.entries({ role: "button", tabindex: "0", "aria-label": label })) {
      menu.setAttribute(name, value);
    }
  };

  const nameAll = () => {
    for (const [selector, key] of Object.entries(NAMES)) {
      each(selector, (node) => node.setAttribute("aria-label", desk.texts[key]));
    }
    // The label of a setting names the slider's rail, not the thumb that takes the focus.
    each('[role="slider"]', (thumb) => {
      const label = thumb.closest(".space-y-2")?.querySelector("label")?.firstChild?.textContent;
      if (label) thumb.setAttribute("aria-label", label);
    });
    each("button:is(.positive-feedback-on, .negative-feedback-on)", (thumb) => thumb.setAttribute("aria-pressed", "true"));
    each("button:is(.positive-feedback-off, .negative-feedback-off)", (thumb) => thumb.setAttribute("aria-pressed", "false"));
    each('#thread-history [role="alert"] p', (why) => {
      if (why.textContent !== desk.texts.historyFailed) why.textContent = desk.texts.historyFailed;
    });
    each('[data-sidebar="rail"]', (rail) => (rail.title = desk.texts.historyClose));
    each('li[id^="thread-"] > a', nameConversation);
    each('img[alt^="Avatar for"]', (avatar) => (avatar.alt = "")); // the author is not named for each message
    each(".message-content .justify-between > span", (title) => {
      if (title.textContent === "Raw code") title.firstChild.data = desk.texts.code;
    });
  };

  let frame = 0;
  const soon = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      nameAll();
    });
  };

  // The words of a reply come without any of these; menus, dialogs and the arrow to the end come without an event.
  const NAMEABLE = "button, img, svg, [role='slider'], [data-sonner-toaster]";
  const brings = (node) => node instanceof Element && (node.matches(NAMEABLE) || node.querySelector(NAMEABLE));
  const observer = new MutationObserver((changes) => {
    if (changes.some(({ type, target }) => type === "attributes" && target.className.includes?.("feedback-o"))) soon();
    if (!changes.some(({ addedNodes }) => [...addedNodes].some(brings))) return;
    desk.tell("parts");
    soon();
  });
  desk.parsed(() => {
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["class"] });
    soon();
  });
})();
