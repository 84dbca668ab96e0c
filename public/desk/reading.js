// What helps reading: the system's light or dark, an opened receipt in sight, all of the totals on a tap.
(() => {
  const THEME = "vite-ui-theme"; // where Chainlit keeps the choice of its theme menu
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  // Chainlit knows "system", but its configuration cannot say so: without this it would always begin in light.
  const followsSystem = () => {
    try {
      if (!window.localStorage.getItem(THEME)) window.localStorage.setItem(THEME, "system");
      return window.localStorage.getItem(THEME) === "system";
    } catch {
      return false; // storage is blocked
    }
  };
  followsSystem();

  // It looks at the system once, at the start; evenings come later.
  dark.addEventListener("change", () => {
    if (!followsSystem()) return;
    const now = dark.matches ? "dark" : "light";
    const { classList, style } = document.documentElement;
    classList.remove("light", "dark");
    classList.add(now);
    for (const [name, value] of Object.entries(window.theme?.[now] ?? {})) style.setProperty(name, value);
  });

  // A receipt opens downwards, mostly below the edge. Its height is there once the opening animation has ended.
  const reveal = (event) => {
    const receipt = event.target instanceof Element && event.target.closest('[data-step-type="llm"]');
    if (!receipt?.querySelector('[data-state="open"]')) return;
    const smooth = window.matchMedia("(prefers-reduced-motion: no-preference)").matches;
    receipt.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
  };
  document.addEventListener("animationend", reveal);

  document.addEventListener("DOMContentLoaded", () => {
    const bar = document.getElementById("desk-bar");
    document.getElementById("desk-totals").addEventListener("click", () => bar.classList.toggle("desk-unfolded"));
  });
})();
