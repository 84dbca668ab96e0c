// The stage: a visitor's page that one of ours shows on a call. It goes where the desk's page says, and asks what that
// says; nothing else of the desk is here, for whoever looks on sees this window.
(() => {
  const desk = window.demoDesk;
  const channel = new BroadcastChannel("demo-desk-stage");
  const path = `${desk.root}/`;
  const asked = new Set();

  const demo = document.documentElement.dataset.deskStaff;
  const say = (says) => channel.postMessage({ to: "desk", says, path, demo });
  desk.staff = true;

  channel.addEventListener("message", ({ data }) => {
    if (data?.to !== "stage") return;
    if (data.who) say("hello");
    if (typeof data.go === "string" && /^\/d\/[^/]+\/$/.test(data.go)) window.location.assign(data.go);
    if (typeof data.ask !== "string" || asked.has(data.id)) return;
    asked.add(data.id);
    desk.send(data.ask);
  });
  window.addEventListener("pagehide", () => say("bye"));
  window.addEventListener("pageshow", () => say("hello"));
})();
