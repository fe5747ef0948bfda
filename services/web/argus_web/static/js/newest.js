// The newest alerts of the overview.
import { time, utc } from "./times.js";

const KEEP = 10;

export function newestAlerts() {
  const list = document.getElementById("newest");
  const empty = document.getElementById("newest-empty");
  const said = document.getElementById("newest-said");
  const template = document.getElementById("newest-item");
  const shown = new Map();
  let drawn = "";

  function item(alert, fresh) {
    const element = template.content.firstElementChild.cloneNode(true);
    element.dataset.alert = alert.id;
    if (fresh) element.classList.add("fresh");
    element.querySelector("a").href = alert.address;
    const verdict = element.querySelector(".verdict");
    verdict.textContent = alert.said;
    verdict.dataset.tone = alert.verdict;
    element.querySelector("[data-part=amount]").textContent = alert.amount;
    element.querySelector("[data-part=customer]").textContent = alert.customer_id;
    element.querySelector(".alert-headline").textContent = alert.headline;
    const opened = element.querySelector("time");
    opened.dateTime = alert.opened_at;
    opened.textContent = time(alert.opened_at, new Date(alert.opened_at).toDateString() === new Date().toDateString() ? "clock" : "short");
    opened.title = utc(alert.opened_at);
    return element;
  }

  function merge(alerts, fresh) {
    const first = drawn === "";
    const newer = alerts.filter((alert) => !shown.has(alert.id));
    for (const alert of newer) shown.set(alert.id, item(alert, fresh && !first));
    for (const id of [...shown.keys()].sort((a, b) => b - a).slice(KEEP)) shown.delete(id);
    const ids = [...shown.keys()].sort((a, b) => b - a);
    empty.hidden = ids.length > 0;
    if (ids.join() === drawn) return;
    drawn = ids.join();
    // Elements that stay are not moved, so that the one in focus keeps it.
    for (const element of [...list.children]) if (!shown.has(Number(element.dataset.alert))) element.remove();
    ids.forEach((id, index) => {
      const element = shown.get(id);
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    });
    const latest = newer.find((alert) => alert.id === ids[0]);
    if (latest && !first) said.textContent = said.dataset.text.replace("%s", latest.headline);
  }

  return { replace: (alerts) => merge(alerts, true), add: (alerts) => merge(alerts, true) };
}
