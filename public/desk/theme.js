// Light or dark: the system's, until somebody chooses in Chainlit's theme menu.
(() => {
  const desk = window.demoDesk;
  const THEME = "vite-ui-theme"; // where Chainlit keeps that choice
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => window.localStorage.getItem(THEME);
  const choose = (theme) => {
    try {
      window.localStorage.setItem(THEME, theme);
    } catch {
      // full: Chainlit begins in light
    }
  };

  // Chainlit knows "system", but its configuration cannot say so: without this it would always begin in light.
  if (!chosen()) choose("system");

  // A demo may begin in light or dark; what its visitor chooses then stays.
  desk.beginWithTheme = (theme) => {
    if (desk.storage.get("desk-theme")) return;
    desk.storage.set("desk-theme", theme);
    choose(theme);
  };

  // Chainlit's own way, and before Chainlit is there.
  desk.showTheme = () => {
    const system = dark.matches ? "dark" : "light";
    const now = chosen() === "dark" || chosen() === "light" ? chosen() : system;
    const { classList, style } = document.documentElement;
    classList.remove("light", "dark");
    classList.add(now);
    for (const [name, value] of Object.entries(window.theme?.[now] ?? {})) style.setProperty(name, value);
  };

  // It looks at the system once, at the start; evenings come later.
  dark.addEventListener("change", () => chosen() === "system" && desk.showTheme());
})();
