// What charts share: colours from the style sheet, a quiet frame, and a table that says the same.
const { Chart } = globalThis;
const charts = new Set();

export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function frame() {
  const style = getComputedStyle(document.body);
  Chart.defaults.font.family = style.fontFamily;
  Chart.defaults.font.size = 12;
  Chart.defaults.color = colour("ink-soft");
  Chart.defaults.borderColor = colour("line");
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.plugins.legend.display = false;
  Object.assign(Chart.defaults.plugins.tooltip, {
    backgroundColor: colour("ink"),
    titleColor: colour("card"),
    bodyColor: colour("card"),
    padding: 10,
    cornerRadius: 6,
    boxPadding: 4,
  });
}

// build() gives the configuration in the colours of the moment; a change of theme builds anew.
export function draw(canvas, build) {
  const held = { chart: null };
  const make = () => {
    const data = held.chart?.data.datasets.map((set) => set.data);
    const labels = held.chart?.data.labels;
    held.chart?.destroy();
    frame();
    const configuration = build();
    if (data) {
      configuration.data.labels = labels;
      configuration.data.datasets.forEach((set, index) => { set.data = data[index]; });
    }
    held.chart = new Chart(canvas, configuration);
  };
  make();
  charts.add(make);
  return held;
}

document.addEventListener("themechange", () => charts.forEach((make) => make()));

export function row(cells, tag = "td") {
  const line = document.createElement("tr");
  for (const [index, cell] of cells.entries()) {
    const element = document.createElement(index === 0 && tag === "td" ? "th" : tag);
    if (element.tagName === "TH") element.scope = tag === "th" ? "col" : "row";
    if (index > 0) element.className = "number";
    element.append(cell);
    line.append(element);
  }
  return line;
}

export function table(head, lines) {
  const made = document.createElement("table");
  made.createTHead().append(row(head, "th"));
  made.createTBody().append(...lines.map((line) => row(line)));
  return made;
}
