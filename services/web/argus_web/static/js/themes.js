// The switch between the system's colours, light and dark. Charts listen for "themechange".
const ORDER = ["auto", "light", "dark"];

function current() {
  return document.documentElement.dataset.theme ?? "auto";
}

function apply(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  document.dispatchEvent(new Event("themechange"));
}

export function themeSwitch(button) {
  if (!button) return;
  const name = () => {
    const text = button.dataset[current()];
    button.setAttribute("aria-label", text);
    button.title = text;
  };
  button.addEventListener("click", () => {
    apply(ORDER[(ORDER.indexOf(current()) + 1) % ORDER.length]);
    name();
  });
  // Paper has colours of its own: see print.css.
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", () => document.dispatchEvent(new Event("themechange")));
  }
  name();
}
