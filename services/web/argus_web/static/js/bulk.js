// Choosing cases in the list, and what may be done with the chosen ones.
const form = document.getElementById("bulk");
const panel = form?.querySelector("[data-bulk]");

if (panel) {
  const boxes = [...form.querySelectorAll("input[name=case]")];
  const all = form.querySelector("[data-all]");
  const action = form.elements.action;

  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    panel.hidden = chosen === 0;
    panel.querySelector("[data-chosen]").textContent = chosen ? `(${chosen})` : "";
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    for (const field of panel.querySelectorAll("[data-for]")) field.hidden = field.dataset.for !== action.value;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", show);
  addEventListener("pageshow", show);
  // x chooses the row that j and k have reached.
  document.addEventListener("deskkey", (event) => {
    if (event.detail.key !== "x") return;
    const box = document.activeElement.closest("tr")?.querySelector("input[name=case]");
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    show();
  });
  show();
}
