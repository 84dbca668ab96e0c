// What helps reading: an opened receipt in sight, all of the totals on a tap, a list of conversations that stays where it
// was, and the page's language where Chainlit knows but English.
(() => {
  const desk = window.demoDesk;
  // A receipt opens downwards, mostly below the edge. Its height is there once the opening animation has ended.
  const reveal = (event) => {
    const receipt = event.target instanceof Element && event.target.closest('[data-step-type="llm"]');
    if (!receipt?.querySelector('[data-state="open"]')) return;
    const smooth = window.matchMedia("(prefers-reduced-motion: no-preference)").matches;
    receipt.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
  };
  document.addEventListener("animationend", reveal);

  // Chainlit writes a slider's value with a point, and tells of errors in English, that of a refused copy among them. Each is mended
  // before it is painted; only the panel and the notices are observed for it, never the conversation.
  const change = (node, text) => {
    if (node && node.data !== text) node.data = text;
  };
  const mend = () => {
    if (document.documentElement.lang === "vi") {
      for (const { firstChild } of document.querySelectorAll("label > .ml-auto")) {
        change(firstChild, firstChild?.data?.replace(".", ","));
      }
    }
    for (const title of document.querySelectorAll('[data-sonner-toast][data-type="error"] [data-title]')) {
      const words = title.textContent;
      if (words.startsWith("Couldn't resume chat")) beginAnew();
      if (!said.has(words)) say(title, words.startsWith("Failed to copy") ? desk.texts.copyFailed : desk.texts.notDone);
    }
  };
  // Of errors that are not ours Chainlit shows what the browser says, or nothing at all.
  // Somebody else's conversation: the server refuses the socket, and Chainlit asks for the same one for ever.
  const beginAnew = () => {
    const there = () => window.location.replace(`${desk.root}/`);
    fetch("/health").then(there, () => setTimeout(beginAnew, 2000));
  };
  const said = new Set();
  const say = (title, words) => {
    said.add(words);
    (title.querySelector("span") ?? title).textContent = words;
  };
  desk.on("toast", ({ message }) => said.add(message));

  // Chainlit heads the months of its search in the browser's language, whatever the page's.
  const inBrowsers = Date.prototype.toLocaleString;
  Date.prototype.toLocaleString = function (language, options) {
    return inBrowsers.call(this, language === "default" ? document.documentElement.lang : language, options);
  };

  // The conversation's own address, with its first words. Chainlit would go there as if to another page: on a phone not
  // before the list is opened, which it closes thereby, elsewhere by drawing everything anew.
  desk.on("first_interaction", ({ interaction, thread_id }) => {
    if (interaction === "resume" || window.location.pathname !== "/") return;
    window.history.replaceState(window.history.state, "", `/thread/${thread_id}`);
  });

  // The search shows what it found when the page was loaded until it is asked for something else.
  let search = null;
  const setNative = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  desk.on("parts", () => {
    const now = document.querySelector("[cmdk-input]");
    if (now && now !== search) {
      for (const words of [" ", ""]) {
        setNative.call(now, words);
        now.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    search = now;
  });

  // The list of conversations stays open from one to the next, though Chainlit draws all anew at another address; on a
  // phone, where it lies over the page, it goes when a conversation was chosen.
  const LIST = ".group.peer[data-side]";
  let open = false;
  let list = null;
  const watchList = new MutationObserver(() => (open = list.dataset.state === "expanded"));
  desk.on("parts", () => {
    const now = document.querySelector(LIST);
    if (!now || now === list) return;
    list = now;
    watchList.disconnect();
    watchList.observe(list, { attributeFilter: ["data-state"] });
    if (open) document.querySelector("#header #sidebar-trigger-button")?.click();
  });
  desk.on("resume_thread", () => {
    requestAnimationFrame(() => document.querySelector("[data-mobile] #sidebar-trigger-button")?.click());
  });

  // The bar is outside Chainlit's page and would stand in the middle of the window, not of the chat, where list or
  // settings are open beside it.
  let chat = null;
  const centre = new ResizeObserver(([{ target }]) => {
    const { left, right, width } = target.getBoundingClientRect();
    if (!width) return;
    const { style } = document.getElementById("desk-bar");
    style.setProperty("--desk-left", `${left}px`);
    style.setProperty("--desk-right", `${document.documentElement.clientWidth - right}px`);
  });
  desk.on("drawn", () => {
    const now = document.querySelector("#root .relative.flex-grow.overflow-y-auto");
    if (!now || now === chat) return;
    centre.disconnect();
    centre.observe((chat = now));
  });

  const observer = new MutationObserver(mend);
  const watch = (place) => {
    if (!place) return false;
    observer.observe(place, { childList: true, characterData: true, subtree: true }); // twice is as once
    mend();
    return true;
  };
  // The panel is drawn some frames after the click that opens it, the notices with the first of them.
  const awaitPanel = (frames) => {
    if (watch(document.getElementById("confirm-sidebar")?.parentElement.parentElement) || !frames) return;
    requestAnimationFrame(() => awaitPanel(frames - 1));
  };
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("#chat-settings-header-button")) awaitPanel(60);
  });
  const awaitNotices = new MutationObserver(() => watch(document.querySelector("section:has(> [data-sonner-toaster])")));

  desk.parsed(() => {
    awaitNotices.observe(document.getElementById("root"), { childList: true });
    const bar = document.getElementById("desk-bar");
    document.getElementById("desk-totals").addEventListener("click", () => bar.classList.toggle("desk-unfolded"));
  });
})();
