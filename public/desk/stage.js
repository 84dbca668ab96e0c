// The stage: a visitor's page in the window that the desk opened for a call. It goes where the desk's page says, and asks
// what that says; nothing else of the desk is here, for whoever looks on sees this window.
(() => {
  const desk = window.demoDesk;
  desk.staff = true;
  // A link that an operator opened by themselves is no stage: nothing is asked there, and nothing takes it elsewhere.
  if (window.location.hash === "#stage") desk.storage.set("desk-stage", "yes");
  if (desk.storage.get("desk-stage") !== "yes") return;

  const channel = new BroadcastChannel("demo-desk-stage");
  const id = desk.newId();
  const asked = new Set();
  const demo = document.documentElement.dataset.deskStaff;
  const say = (says) => channel.postMessage({ to: "desk", says, id, path: `${desk.root}/`, demo });

  channel.addEventListener("message", ({ data }) => {
    if (data?.to !== "stage") return;
    if (data.who) say("hello");
    if (data.for !== id) return;
    if (typeof data.go === "string" && /^\/d\/[^/]+\/$/.test(data.go)) window.location.assign(`${data.go}#stage`);
    if (typeof data.ask !== "string" || asked.has(data.id)) return;
    asked.add(data.id);
    desk.send(data.ask);
  });
  window.addEventListener("pagehide", () => say("bye"));
  window.addEventListener("pageshow", () => say("hello"));
})();
