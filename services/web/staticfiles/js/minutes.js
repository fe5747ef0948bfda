// The three charts per minute of the overview.
import { colour, draw, table } from "./charts.js";
import { count, milliseconds, percent } from "./figures.js";
import { time } from "./times.js";

const axes = (y) => ({
  x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 24 } },
  y: { stacked: true, beginAtZero: true, border: { display: false }, ticks: { maxTicksLimit: 6 }, ...y },
});
const shared = { interaction: { mode: "index", intersect: false } };

function bars(keys, names, y, shown) {
  return () => ({
    type: "bar",
    data: {
      labels: [],
      datasets: keys.map((key, index) => ({
        label: names[index],
        data: [],
        backgroundColor: colour(`fill-${key}`),
        categoryPercentage: 1,
        barPercentage: 0.86,
      })),
    },
    options: {
      ...shared,
      scales: axes(y),
      plugins: { tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${shown(item.raw)}` } } },
    },
  });
}

function lines(names) {
  return () => ({
    type: "line",
    data: {
      labels: [],
      datasets: [colour("fill-approve"), colour("ink-soft")].map((line, index) => ({
        label: names[index],
        data: [],
        borderColor: line,
        backgroundColor: line,
        borderWidth: 2,
        borderDash: index ? [4, 3] : [],
        pointRadius: 1.5,
        pointHitRadius: 8,
        tension: 0.2,
      })),
    },
    options: {
      ...shared,
      scales: {
        ...axes({}),
        y: {
          type: "logarithmic",
          border: { display: false },
          ticks: { maxTicksLimit: 6, callback: (value) => (/^[125]e/.test(value.toExponential()) ? milliseconds(value) : null) },
        },
        x: { ...axes({}).x, stacked: false },
      },
      plugins: { tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${milliseconds(item.raw)}` } } },
    },
  });
}

function one(name, build, columns, label, shown) {
  const canvas = document.querySelector(`[data-chart="${name}"]`);
  const names = canvas.dataset.series.split("|");
  const held = draw(canvas, build(names));
  const region = canvas.closest("figure").querySelector(".chart-table");
  const details = region.closest("details");
  let latest = null;

  function tabulate() {
    if (!details.open || !latest) return;
    const made = latest.labels.map((minute, index) => [minute, ...latest.columns.map((column) => shown(column[index]))]);
    region.replaceChildren(table([region.dataset.time, ...names], made.reverse()));
  }
  details.addEventListener("toggle", tabulate);

  return (state, labels) => {
    latest = { labels, columns: columns(state.minutes) };
    const { chart } = held;
    chart.data.labels = labels;
    latest.columns.forEach((column, index) => { chart.data.datasets[index].data = column; });
    chart.update("none");
    canvas.setAttribute("aria-label", label(canvas.dataset.label, state));
    tabulate();
  };
}

const ratio = (part, whole) => part.map((value, index) => (whole[index] ? value / whole[index] : null));
const orDash = (shown) => (value) => (value === null ? "–" : shown(value));

export function minuteCharts() {
  const drawn = [
    one(
      "volume",
      (names) => bars(["approve", "review", "block"], names, { ticks: { precision: 0, maxTicksLimit: 6 } }, count),
      (m) => [m.total.map((total, i) => total - m.review[i] - m.block[i]), m.review, m.block],
      (text, { hour, minutes }) => text.replace("%total", count(hour.total)).replace("%peak", count(Math.max(...minutes.total))),
      count,
    ),
    one(
      "share",
      (names) => bars(["review", "block"], names, { ticks: { maxTicksLimit: 6, callback: (value) => percent(value) } }, orDash(percent)),
      (m) => [ratio(m.review, m.total), ratio(m.block, m.total)],
      (text, { hour }) => text.replace("%share", hour.total ? percent((hour.review + hour.block) / hour.total) : "–"),
      orDash(percent),
    ),
    one(
      "latency",
      lines,
      (m) => [m.p50, m.p99],
      (text, { latency }) => text.replace("%p50", milliseconds(latency.p50)).replace("%p99", milliseconds(latency.p99)),
      milliseconds,
    ),
  ];
  let last = "";
  return (state) => {
    const minutes = JSON.stringify(state.minutes);
    if (minutes === last) return;
    last = minutes;
    const labels = state.minutes.total.map((_, index) => time((state.minutes.start + 60 * index) * 1000, "minute"));
    for (const update of drawn) update(state, labels);
  };
}
