// Shortcuts. Single keys can be switched off in the help (WCAG 2.1.4): speech input types them by accident.
function enabled() {
  try {
    return localStorage.getItem("keys") !== "off";
  } catch {
    return true;
  }
}

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  // Whoever has just ticked a row's box is in that row.
  const here = document.activeElement;
  const at = rows.findIndex((row) => row === here || row.closest("tr")?.contains(here));
  const row = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

// Of the case that is looked at, else of the one before it.
function undo() {
  const form = document.querySelector("#act form[data-undo]") ?? document.querySelector("form[data-undo]");
  form?.requestSubmit();
}

function search() {
  // The page's own field before the one of the bar.
  const fields = [".page", ".bar"].flatMap((place) => [...document.querySelectorAll(`${place} [data-search]`)]);
  const field = fields.find((candidate) => candidate.offsetParent !== null);
  field?.focus();
  field?.select();
}

export function keys(help) {
  let going = 0;
  const next = document.getElementById("next-case");
  const actions = { j: () => move(1), k: () => move(-1), "/": search, "?": () => help.showModal(), u: undo };
  if (next) actions.n = () => next.requestSubmit();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]") || !enabled()) return;
    if (Date.now() - going < 1500) {
      going = 0;
      const page = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (page) return page.click();
    }
    going = event.key === "g" ? Date.now() : 0;
    if (event.key in actions) {
      event.preventDefault();
      actions[event.key]();
    } else if (event.key.length === 1) {
      // What a page does with a key of its own.
      const asked = new CustomEvent("deskkey", { detail: { key: event.key }, cancelable: true });
      if (!document.dispatchEvent(asked)) event.preventDefault();
    }
  });
  for (const button of document.querySelectorAll("[data-help]")) {
    button.addEventListener("click", () => help.showModal());
  }
  const box = help.querySelector("[data-keys-switch]");
  box.checked = enabled();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem("keys", box.checked ? "on" : "off");
    } catch {
      // Without storage the shortcuts stay on.
    }
  });
}
