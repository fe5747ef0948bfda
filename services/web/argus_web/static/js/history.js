// One customer's amounts over time, the transaction in question marked.
import { colour, draw, row } from "./charts.js";
import { time, utc } from "./times.js";

const canvas = document.getElementById("history");
const { points, current, currency } = JSON.parse(document.getElementById("history-data").textContent);
const fills = { approve: "fill-approve", review: "fill-review", block: "fill-block", pending: "pending" };
const amounts = points.map((point) => point.amount).sort((a, b) => a - b);
const median = amounts.length ? (amounts[(amounts.length - 1) >> 1] + amounts[amounts.length >> 1]) / 2 : 0;
// With amounts this far apart a linear axis shows nothing but the largest.
const logarithmic = amounts.length > 1 && amounts.at(-1) > 30 * median;
const compact = new Intl.NumberFormat(navigator.language, { notation: "compact", maximumSignificantDigits: 3 });
const first = points.length ? Date.parse(points[0].at) : 0;
const last = points.length ? Date.parse(points.at(-1).at) : 0;
const days = last - first > 5 * 86400000;
const margin = Math.max((last - first) / 40, 60000);
const here = (point) => point.id === current;

draw(canvas, () => ({
  type: "scatter",
  data: {
    datasets: [
      {
        data: points.filter(here).map((point) => ({ x: Date.parse(point.at), y: point.amount, point })),
        pointRadius: 9,
        pointHoverRadius: 10,
        pointStyle: "rectRot",
        borderWidth: 3,
        borderColor: colour("ink"),
        backgroundColor: ({ raw }) => colour(fills[raw?.point.verdict] ?? "pending"),
      },
      {
        data: points.filter((point) => !here(point)).map((point) => ({ x: Date.parse(point.at), y: point.amount, point })),
        pointRadius: 4,
        pointHoverRadius: 7,
        borderWidth: 1,
        borderColor: colour("card"),
        backgroundColor: points.filter((point) => !here(point)).map((point) => colour(fills[point.verdict] ?? "pending")),
      },
    ],
  },
  options: {
    onClick: (_, items, chart) => {
      if (items.length) location.assign(chart.data.datasets[items[0].datasetIndex].data[items[0].index].point.address);
    },
    onHover: (event, items) => { event.native.target.style.cursor = items.length ? "pointer" : ""; },
    scales: {
      x: {
        type: "linear",
        min: first - margin,
        max: last + margin,
        grid: { display: false },
        ticks: { maxRotation: 0, maxTicksLimit: 7, autoSkipPadding: 24, includeBounds: false, callback: (value) => time(value, days ? "day" : "short") },
      },
      y: {
        type: logarithmic ? "logarithmic" : "linear",
        beginAtZero: !logarithmic,
        border: { display: false },
        title: { display: true, text: `${canvas.dataset.amount}, ${currency}` },
        ticks: {
          maxTicksLimit: 6,
          callback: (value) => (logarithmic && !/^[15]e/.test(value.toExponential()) ? null : compact.format(value)),
        },
      },
    },
    plugins: {
      tooltip: {
        callbacks: {
          title: ([item]) => time(item.raw.point.at),
          label: ({ raw: { point } }) => ` ${point.shown} · ${point.type} · ${point.said}${here(point) ? ` · ${canvas.dataset.this}` : ""}`,
        },
      },
    },
  },
}));

const marked = points.find(here);
canvas.setAttribute(
  "aria-label",
  points.length
    ? canvas.dataset.label
        .replace("%d", points.length)
        .replace("%from", time(points[0].at))
        .replace("%to", time(points.at(-1).at))
        .replace("%median", `${compact.format(median)} ${currency}`)
        .replace("%this", marked?.shown ?? "–")
    : "",
);

function link(point) {
  const made = document.createElement("a");
  made.href = point.address;
  made.textContent = time(point.at);
  made.title = utc(point.at);
  return made;
}

const body = document.getElementById("history-table");
body.closest("details").addEventListener(
  "toggle",
  () => body.append(...[...points].reverse().map((point) => row([link(point), point.shown, point.type, point.said]))),
  { once: true },
);
