// The three charts per minute of the overview.
import { count, milliseconds, percent } from "./figures.js";
import { bars, lines, orDash, perMinute, ratio } from "./plots.js";

const volume = {
  name: "volume",
  build: bars(["fill-approve", "fill-review", "fill-block"], { shown: count, ticks: { precision: 0 } }),
  columns: (m) => [m.total.map((total, i) => total - m.review[i] - m.block[i]), m.review, m.block],
  say: (text, { hour, minutes }) => text.replace("%total", count(hour.total)).replace("%peak", count(Math.max(...minutes.total))),
  shown: count,
};

export const share = {
  name: "share",
  build: bars(["fill-review", "fill-block"], { shown: orDash(percent), ticks: { callback: (value) => percent(value) } }),
  columns: (m) => [ratio(m.review, m.total), ratio(m.block, m.total)],
  say: (text, { hour }) => text.replace("%share", hour.total ? percent((hour.review + hour.block) / hour.total) : "–"),
  shown: orDash(percent),
};

export const latency = {
  name: "latency",
  build: lines({ shown: milliseconds, logarithmic: true }),
  columns: (m) => [m.p50, m.p99],
  say: (text, { latency: { p50, p99 } }) => text.replace("%p50", milliseconds(p50)).replace("%p99", milliseconds(p99)),
  shown: milliseconds,
};

export const minuteCharts = () => perMinute([volume, share, latency]);
