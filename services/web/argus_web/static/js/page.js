// What every page does.
import "./drafts.js";
import { keys } from "./keys.js";
import { menus } from "./menus.js";
import { roomFor } from "./nav.js";
import { themeSwitch } from "./themes.js";
import { localise } from "./times.js";
import { tour } from "./tour.js";

localise(document);
document.querySelector("[data-zone]")?.replaceChildren(Intl.DateTimeFormat().resolvedOptions().timeZone);
themeSwitch(document.querySelector("[data-theme-switch]"));
keys(document.getElementById("help"));
menus(document.querySelectorAll("details.menu"));
roomFor(document.querySelector(".nav"));
tour(document.getElementById("tour"), document.getElementById("help"));

// Days of a filter begin in the reader's zone; empty fields do not belong in the address.
for (const form of document.querySelectorAll("form[data-filters]")) {
  form.addEventListener("submit", () => {
    const dated = [...form.querySelectorAll("input[type=date]")].some((field) => field.value);
    form.elements.tz.value = dated ? Intl.DateTimeFormat().resolvedOptions().timeZone : "";
    for (const field of form.elements) field.disabled ||= field.name !== "" && field.value === "";
  });
}
addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-filters] :disabled")) field.disabled = false;
});

// Where there is little room, filters that restrict nothing are folded away.
for (const fold of document.querySelectorAll("[data-fold=yes]")) {
  if (matchMedia("(width < 44rem)").matches) fold.open = false;
}

// What went wrong is not left below the fold.
document.querySelector(".page [role=alert], .page [aria-invalid=true]")?.scrollIntoView({ block: "center" });

// A day ends where its reader is.
for (const form of document.querySelectorAll("form[data-zoned]")) {
  form.elements.tz.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => delete form.dataset.sent);
}
