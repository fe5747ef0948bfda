// Times in the reader's zone; UTC stays in the title.
const FORMATS = {
  full: { dateStyle: "medium", timeStyle: "medium" },
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  minute: { hour: "2-digit", minute: "2-digit" },
};
const language = document.documentElement.lang || undefined;
const made = new Map();

export function time(moment, style = "full") {
  if (!made.has(style)) {
    made.set(style, new Intl.DateTimeFormat(navigator.language ?? language, FORMATS[style]));
  }
  const date = new Date(moment);
  // Today's clock says nothing of the year before.
  if (style === "short" && date.getFullYear() !== new Date().getFullYear()) return time(moment, "full");
  return made.get(style).format(date);
}

export function utc(moment) {
  return `${new Date(moment).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function localise(root) {
  for (const element of root.querySelectorAll("time[data-time][datetime]")) {
    element.textContent = time(element.dateTime, element.dataset.time);
    element.title = utc(element.dateTime);
  }
}
