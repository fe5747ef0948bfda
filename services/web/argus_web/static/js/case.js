// Deciding on a case: a button, or its key and Enter. The key arms, so that a slip decides nothing.
const form = document.querySelector("form[data-act]");
const note = document.getElementById("id_note");
// What has to say why; the browser holds such a form back until there is a note.
const NOTED = ["close", "escalate", "wait", "merge", "reopen"];
let armed = null;

function choose(button) {
  form.querySelector("[data-action]").value = button.dataset.do;
  form.querySelector("[data-disposition]").value = button.dataset.value ?? "";
}

function arm(button) {
  disarm();
  armed = button;
  button.classList.add("armed");
  const said = form.querySelector("[data-armed]");
  // The words of the button without its key.
  const words = [...button.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent.trim());
  said.textContent = said.dataset.text.replace("%s", words.join(" ").trim());
  said.hidden = false;
  fitting(button.dataset.value ?? button.dataset.do);
  note.focus();
}

// Only reasons that say the same as the decision: "the customer confirmed it" is none for a block.
function fitting(decision) {
  for (const usual of form.querySelectorAll("[data-fits]")) usual.hidden = Boolean(decision) && usual.dataset.fits !== decision;
}

function disarm() {
  armed?.classList.remove("armed");
  armed = null;
  form.querySelector("[data-armed]").hidden = true;
  fitting();
}

function need(button) {
  note.value = note.value.trim();
  note.required = NOTED.includes(button.dataset.do);
  const missing = note.required && !note.value;
  note.setCustomValidity(missing ? note.dataset.needed : "");
  note.toggleAttribute("aria-invalid", missing);
  if (missing) note.setAttribute("aria-invalid", "true");
}

if (form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) need(button);
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.do) return event.preventDefault();
    choose(button);
  });
  note.addEventListener("input", () => {
    note.setCustomValidity("");
    note.removeAttribute("aria-invalid");
  });
  // Enter in another field would press the form's first button, which closes the case.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input, select")) return;
    event.preventDefault();
    event.target.closest(".field")?.nextElementSibling?.click();
  });
  note.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      disarm();
    } else if (armed && event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      need(armed);
      form.requestSubmit(armed);
    } else if (armed && /^[1-9]$/.test(event.key) && !note.value) {
      // An empty note takes a usual reason by its number.
      const usual = form.querySelectorAll("[data-canned]")[Number(event.key) - 1];
      if (!usual) return;
      event.preventDefault();
      if (!usual.hidden) usual.click();
    }
  });
  for (const usual of form.querySelectorAll("[data-canned]")) {
    usual.addEventListener("click", () => {
      note.value = usual.dataset.canned;
      note.dispatchEvent(new Event("input"));
      note.focus();
    });
  }
  // Whether the next case follows is remembered: it is a way of working.
  const then = form.querySelector("[data-then]");
  if (then) {
    try {
      then.checked = localStorage.getItem("then") !== "stay";
      then.addEventListener("change", () => localStorage.setItem("then", then.checked ? "next" : "stay"));
    } catch {
      then.checked = true;
    }
  }
}

document.addEventListener("deskkey", (event) => {
  const { key } = event.detail;
  const button = form?.querySelector(`[data-key="${key}"]`);
  if (button) {
    event.preventDefault();
    arm(button);
  } else if (key === "c") {
    const field = document.querySelector("#timeline textarea");
    if (!field) return;
    event.preventDefault();
    field.focus();
  }
});
