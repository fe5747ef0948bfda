// The figures on top of the overview.
import { capped, count, duration, milliseconds, percent } from "./figures.js";

// A queue older than this is behind.
const LATE_SECONDS = 5;

export const figure = (name) => document.querySelector(`[data-figure="${name}"]`);
export const tone = (name, value) => {
  const tile = document.querySelector(`[data-tile="${name}"]`);
  if (value) tile.dataset.tone = value;
  else delete tile.dataset.tone;
};

export function set(name, text) {
  const element = figure(name);
  if (element.textContent !== text) element.textContent = text;
}

export function tiles({ rate, hour, latency, queue, waiting, cases, force }) {
  set("rate", count(rate));
  set("hour_total", count(hour.total));
  set("flagged", hour.total ? percent((hour.review + hour.block) / hour.total) : "–");
  set("hour_review", count(hour.review));
  set("hour_block", count(hour.block));
  set("p50", milliseconds(latency.p50));
  set("p99", milliseconds(latency.p99));
  set("depth", capped(queue.depth, queue.cap));
  const { none, some } = figure("oldest").dataset;
  set("oldest", queue.oldest_s === null ? none : some.replace("%s", duration(queue.oldest_s)));
  tone("queue", queue.oldest_s > LATE_SECONDS ? "review" : "");
  set("open", capped(waiting.open, waiting.cap));
  set("escalated", capped(waiting.escalated, waiting.cap));
  for (const name of ["late", "soon"]) set(name, capped(cases[name], cases.cap));
  tone("alerts", cases.late ? "block" : cases.soon ? "review" : "");
  const model = figure("model");
  set("model", force.model === null ? model.dataset.none : `${model.dataset.some} ${force.model}`);
  model.title = force.note;
  const words = figure("ruleset").dataset;
  const parts = [words.ruleset.replace("%s", force.ruleset ?? "–")];
  if (force.workers === 0) parts.push(words.noworker);
  else if (force.workers === 1) parts.push(words.worker);
  else if (force.workers) parts.push(words.workers.replace("%s", force.workers));
  set("ruleset", parts.join(" · "));
  tone("force", force.workers === 0 ? "block" : "");
}
