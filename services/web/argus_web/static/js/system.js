// The page "System": draws the state that came with it, then every state that it asks for.
import { bytes, capped, count, duration, milliseconds, percent } from "./figures.js";
import { list, moment } from "./lists.js";
import { follow } from "./live.js";
import { latency, share } from "./minutes.js";
import { bars, lines, orDash, perMinute } from "./plots.js";
import { figure, set, tone } from "./tiles.js";

// A queue older than this is behind; one older than this pages.
const LATE_SECONDS = 5;
const PAGED_SECONDS = 60;
// From here on room is short; the rules page at a tenth left.
const SHORT = 0.8;
const FULL = 0.9;

const words = document.querySelector("[data-words]").dataset;
const sum = (values) => values.reduce((total, value) => total + value, 0);
const most = (values) => Math.max(0, ...values.filter((value) => value !== null));
const level = (value, high, highest) => (value > highest ? "block" : value > high ? "review" : "");

const whole = { shown: orDash(count), ticks: { precision: 0, callback: (value) => count(value) } };
const drawMinutes = perMinute([
  {
    name: "intake",
    build: lines(whole),
    columns: (m) => [m.total, m.received],
    say: (text, { minutes }) => text.replace("%received", count(sum(minutes.received))).replace("%decided", count(sum(minutes.total))),
    shown: count,
  },
  {
    name: "waiting",
    build: bars(["pending"], whole),
    columns: (m) => [m.waiting],
    say: (text, { queue, minutes }) => text.replace("%now", capped(queue.depth, queue.cap)).replace("%most", count(most(minutes.waiting))),
    shown: count,
  },
  {
    name: "longest",
    build: lines({ shown: orDash(duration), logarithmic: true }),
    columns: (m) => [m.longest],
    say: (text, { minutes }) => text.replace("%most", duration(most(minutes.longest))),
    shown: orDash(duration),
  },
  latency,
  {
    name: "batches",
    build: lines({ shown: orDash(count), logarithmic: true }),
    columns: (m) => [m.batch, m.largest],
    say: (text, { minutes }) => text.replace("%most", count(most(minutes.largest))),
    shown: orDash(count),
  },
  share,
]);

const drawWorkers = list("workers", (part, worker) => {
  part("name").textContent = worker.name;
  part("model").textContent = worker.model === null ? words.alone : words.model.replace("%s", worker.model);
  part("note").textContent = worker.note;
  part("trained").append(moment(worker.trained_at));
  part("ruleset").textContent = worker.ruleset === null ? "–" : words.ruleset.replace("%s", worker.ruleset);
  part("seen").textContent = words.ago.replace("%s", duration(worker.seen_s));
});
const drawTrainings = list("trainings", (part, training) => {
  part("outcome").textContent = training.said;
  part("outcome").dataset.tone = training.tone;
  part("summary").textContent = training.summary;
  part("took").textContent = duration(training.seconds);
  part("ended").append(moment(training.at));
});
const drawReasons = list("reasons", (part, reason, row) => {
  row.querySelector("a").href = reason.address;
  part("code").textContent = reason.code.replaceAll("_", " ");
  part("alerts").textContent = count(reason.alerts);
  row.querySelector("rect").setAttribute("width", reason.share);
  // A rule that raises is a fault; whatever else is a finding.
  if (reason.code.endsWith("_error")) row.dataset.tone = "block";
});

function bar(name, part) {
  document.querySelector(`[data-bar="${name}"]`).setAttribute("width", Math.round(100 * Math.min(part, 1)));
}

function tiles({ minutes, rate, queue, latency: { p50, p99 }, workers, model, room }) {
  set("received", count(minutes.received.at(-2)));
  set("rate", count(rate));
  set("depth", capped(queue.depth, queue.cap));
  const { none, some } = figure("oldest").dataset;
  set("oldest", queue.oldest_s === null ? none : some.replace("%s", duration(queue.oldest_s)));
  tone("queue", level(queue.oldest_s, LATE_SECONDS, PAGED_SECONDS));
  set("p50", milliseconds(p50));
  set("p99", milliseconds(p99));
  set("workers", workers === null ? "–" : count(workers.length));
  const under = figure("ruleset").dataset;
  set("ruleset", workers === null ? under.unknown : workers.length ? under.ruleset.replace("%s", model.ruleset ?? "–") : under.none);
  tone("workers", workers?.length ? "" : "block");
  set("model", model.version ?? figure("model").dataset.none);
  const age = figure("age").dataset;
  const shownAge = model.age_s === null ? age.unknown : age.some.replace("%age", duration(model.age_s)).replace("%most", duration(model.max_age_s));
  set("age", model.version === null ? age.none : shownAge);
  tone("model", model.version === null ? "review" : level(model.age_s, Infinity, model.max_age_s));
  set("database", room.database === null ? "–" : bytes(room.database));
  const used = room.capacity ? room.database / room.capacity : null;
  const grant = figure("capacity").dataset;
  set("capacity", used === null ? grant.none : grant.some.replace("%s", percent(used)));
  tone("database", level(used, SHORT, FULL));
}

function facts({ desk, room, build }) {
  for (const name of ["open", "escalated", "overdue"]) set(name, desk ? count(desk[name]) : "–");
  tone("overdue", desk?.overdue ? "block" : "");
  const full = room.disk ? 1 - room.disk.available / room.disk.size : 0;
  const disk = figure("disk").dataset;
  set("disk", room.disk ? disk.some.replace("%free", bytes(room.disk.available)).replace("%size", bytes(room.disk.size)) : "–");
  bar("disk", full);
  tone("disk", level(full, SHORT, FULL));
  const known = room.capacity && room.database !== null;
  const text = figure("database_of").dataset.some;
  document.querySelector("[data-tile=capacity]").hidden = !known;
  set("database_of", known ? text.replace("%used", bytes(room.database)).replace("%size", bytes(room.capacity)) : "–");
  bar("database", known ? room.database / room.capacity : 0);
  tone("capacity", level(known ? room.database / room.capacity : 0, SHORT, FULL));
  set("build", build.code === build.version ? build.version : `${build.version} (${build.code})`);
}

function show(state) {
  tiles(state);
  facts(state);
  drawMinutes(state);
  drawWorkers(state.workers ?? [], state.workers === null ? "unknown" : "none");
  drawTrainings(state.trainings);
  const highest = most(state.reasons.map((reason) => reason.alerts));
  drawReasons(state.reasons.map((reason) => ({ ...reason, share: Math.round((100 * reason.alerts) / highest) })));
}

show(JSON.parse(document.getElementById("state").textContent));
follow({ snapshot: show });
