// The tour of the desk. However it ends, the server remembers that it was seen.
export function tour(dialog, help) {
  const steps = [...dialog.querySelectorAll("[data-step]")];
  const progress = dialog.querySelector("[data-progress]");
  const form = dialog.querySelector("form");
  const [end, back, on] = ["end", "back", "on"].map((name) => form.querySelector(`[data-go=${name}]`));
  let at = 0;

  function point(selector) {
    document.querySelector(".pointed-at")?.classList.remove("pointed-at");
    const found = selector ? document.querySelector(`.nav ${selector}, .bar-end ${selector}`) : null;
    // What has moved into the menu is pointed at there.
    (found?.closest(".nav-more") ?? found)?.classList.add("pointed-at");
  }

  function show(step) {
    at = Math.min(Math.max(step, 0), steps.length - 1);
    const last = at === steps.length - 1;
    steps.forEach((one, index) => { one.hidden = index !== at; });
    progress.textContent = progress.dataset.progress.replace("%n", at + 1).replace("%all", steps.length);
    point(steps[at].dataset.at);
    back.hidden = at === 0;
    end.hidden = last;
    on.textContent = last ? on.dataset.done : on.dataset.on;
    // The button that had the focus may be gone.
    if (!dialog.contains(document.activeElement) || document.activeElement.hidden) on.focus();
  }

  function begin() {
    help.close();
    show(0);
    dialog.showModal();
  }

  on.addEventListener("click", () => (at === steps.length - 1 ? dialog.close() : show(at + 1)));
  back.addEventListener("click", () => show(at - 1));
  end.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") show(at + 1);
    if (event.key === "ArrowLeft") show(at - 1);
  });
  dialog.addEventListener("close", () => {
    point("");
    // If this is lost, the tour comes once more.
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
  });
  for (const button of document.querySelectorAll("[data-tour]")) button.addEventListener("click", begin);
  if ("due" in dialog.dataset) begin();
}
