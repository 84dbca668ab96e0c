// "Fix this answer", beside every reply of an operator's page.
(() => {
  const desk = window.demoDesk;
  // A reply is what has a receipt below it; the greeting and our own words have none.
  const REPLY = '[data-step-type="assistant_message"]:has(+ [data-step-type="llm"])';

  const offer = () => {
    for (const reply of document.querySelectorAll(REPLY)) {
      const row = reply.querySelector(".message-content ~ .flex-wrap");
      const id = reply.querySelector('[id^="step-"]')?.id.slice("step-".length) ?? reply.id.replace(/^step-/, "");
      if (!row || !id || row.querySelector("[data-desk-fix]")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.deskFix = id;
      button.setAttribute("aria-label", desk.word("tools.fix"));
      // A phone has room for one word; a second line would push what stands below.
      button.innerHTML = "<span></span><span></span>";
      button.firstChild.textContent = desk.word("tools.fix");
      button.lastChild.textContent = desk.word("tools.fix_short");
      // Before the actions, which come and go.
      row.insertBefore(button, row.querySelector(":scope > button[id]"));
    }
  };

  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element && target.closest("[data-desk-fix]");
    if (button) desk.command(["fix", "--reply", button.dataset.deskFix], button);
  });
  desk.on("drawn", offer);
  desk.on("parts", () => requestAnimationFrame(offer));
})();
