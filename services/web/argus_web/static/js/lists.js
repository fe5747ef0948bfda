// Lists and tables that are filled from the state: rows made from a template, anew when they differ.
import { time, utc } from "./times.js";

// Shows `items` in the list of this name; `fill(part, item)` writes into a row's parts. `empty` is what to say of none.
export function list(name, fill) {
  const place = document.querySelector(`[data-list="${name}"]`);
  const none = document.querySelector(`[data-empty="${name}"]`);
  const template = document.getElementById(`${name}-item`);
  let shown = "";
  return (items, empty) => {
    const now = JSON.stringify([items, empty]);
    if (now === shown) return;
    shown = now;
    const rows = items.map((item) => {
      const row = template.content.firstElementChild.cloneNode(true);
      fill((part) => row.querySelector(`[data-part="${part}"]`), item, row);
      return row;
    });
    (place.tBodies?.[0] ?? place).replaceChildren(...rows);
    place.hidden = !items.length;
    none.hidden = items.length > 0;
    if (empty) none.textContent = none.dataset[empty];
  };
}

export function moment(at) {
  const element = document.createElement("time");
  if (!at) return "–";
  element.dateTime = at;
  element.textContent = time(at, "short");
  element.title = utc(at);
  return element;
}
