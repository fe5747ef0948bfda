// Long ranges: each chart is drawn from the table beneath it, and each of its points leads where the table's cell does.
import { draw } from "./charts.js";
import { count, percent } from "./figures.js";
import { bars, lines } from "./plots.js";

const compact = new Intl.NumberFormat(navigator.language, { notation: "compact", maximumSignificantDigits: 3 });
const AXES = {
  count: { precision: 0, callback: (value) => compact.format(value) },
  percent: { callback: (value) => percent(value) },
  amount: { callback: (value) => compact.format(value) },
};

function drawn(figure) {
  const table = figure.querySelector("table");
  const heads = [...table.tHead.rows[0].cells];
  const places = heads.flatMap((head, place) => (head.dataset.key ? [place] : []));
  // Tables begin with the latest, charts end with it.
  const rows = [...table.tBodies[0].rows].reverse();
  const names = places.map((place) => heads[place].textContent);
  const cell = (series, index) => rows[index].cells[places[series]];
  const kind = figure.dataset.trend;
  const options = { shown: count, ticks: AXES[figure.dataset.shown], stacked: kind !== "pairs" };
  const build = (kind === "lines" ? lines(options) : bars(places.map((place) => heads[place].dataset.key), options))(names);

  function configured() {
    const made = build();
    made.options.plugins.tooltip.callbacks.label = (item) => ` ${names[item.datasetIndex]}: ${cell(item.datasetIndex, item.dataIndex).textContent}`;
    made.options.onClick = (event, _, chart) => {
      const [item] = chart.getElementsAtEventForMode(event, "nearest", { intersect: false }, false);
      const link = item && cell(item.datasetIndex, item.index).querySelector("a");
      if (link) location.assign(link.href);
    };
    made.options.onHover = (event, items) => {
      event.native.target.style.cursor = items.some((item) => cell(item.datasetIndex, item.index).querySelector("a")) ? "pointer" : "";
    };
    return made;
  }

  const { chart } = draw(figure.querySelector("canvas"), configured);
  chart.data.labels = rows.map((row) => row.cells[0].textContent);
  places.forEach((place, series) => {
    chart.data.datasets[series].data = rows.map((row) => (row.cells[place].dataset.value === "" ? null : Number(row.cells[place].dataset.value)));
  });
  chart.update("none");
}

for (const figure of document.querySelectorAll("[data-trend]")) drawn(figure);
for (const details of document.querySelectorAll("[data-table]")) {
  details.open = false;
  details.dataset.ready = "yes";
}
