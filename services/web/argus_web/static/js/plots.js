// Charts of one value per minute, each with a sentence and a table that say the same.
import { colour, draw, table } from "./charts.js";
import { time } from "./times.js";

const axes = (y, stacked = true) => ({
  x: { stacked, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 24 } },
  y: { stacked, beginAtZero: true, border: { display: false }, ticks: { maxTicksLimit: 6 }, ...y },
});
const shared = { interaction: { mode: "index", intersect: false } };
const tooltip = (shown) => ({ tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${shown(item.raw)}` } } });

export const ratio = (part, whole) => part.map((value, index) => (whole[index] ? value / whole[index] : null));
export const orDash = (shown) => (value) => (value === null || value === undefined ? "–" : shown(value));

// Bars in the colours of `keys`, on each other or side by side.
export const bars = (keys, { shown, ticks, stacked = true }) => (names) => () => ({
  type: "bar",
  data: {
    labels: [],
    datasets: keys.map((key, index) => ({
      label: names[index],
      data: [],
      backgroundColor: colour(key),
      categoryPercentage: stacked ? 1 : 0.8,
      barPercentage: stacked ? 0.86 : 1,
    })),
  },
  options: { ...shared, scales: axes({ ticks: { maxTicksLimit: 6, ...ticks } }, stacked), plugins: tooltip(shown) },
});

// A line for what counts and a dashed one beside it; on a logarithmic axis where values lie far apart.
export const lines = ({ shown, ticks, logarithmic = false }) => (names) => () => ({
  type: "line",
  data: {
    labels: [],
    datasets: names.map((name, index) => {
      const line = colour(index ? "ink-soft" : "fill-approve");
      return {
        label: name,
        data: [],
        borderColor: line,
        backgroundColor: line,
        borderWidth: 2,
        borderDash: index ? [4, 3] : [],
        pointRadius: 1.5,
        pointHitRadius: 8,
        tension: 0.2,
      };
    }),
  },
  options: {
    ...shared,
    scales: {
      x: axes({}, false).x,
      y: logarithmic
        ? {
            type: "logarithmic",
            border: { display: false },
            ticks: { maxTicksLimit: 6, callback: (value) => (/^[125]e/.test(value.toExponential()) ? shown(value) : null) },
          }
        : axes({ ticks: { maxTicksLimit: 6, ...ticks } }, false).y,
    },
    plugins: tooltip(shown),
  },
});

// `columns` picks the chart's lists from the state's minutes; `say` puts figures into the canvas's sentence.
function one({ name, build, columns, say, shown }) {
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
    canvas.setAttribute("aria-label", say(canvas.dataset.label, state));
    tabulate();
  };
}

// Draws all of `plots`; gives a function that shows another state.
export function perMinute(plots) {
  const drawn = plots.map(one);
  let last = "";
  return (state) => {
    const minutes = JSON.stringify(state.minutes);
    if (minutes === last) return;
    last = minutes;
    const labels = state.minutes.total.map((_, index) => time((state.minutes.start + 60 * index) * 1000, "minute"));
    for (const update of drawn) update(state, labels);
  };
}
