// A backtest's page: follows a run until it ends, then draws what came of it.
const EVERY = 1000;
const bar = document.querySelector("[data-progress]");
const canvas = document.getElementById("by-day");

async function follow() {
  const words = document.querySelector("[data-progress-words]");
  const number = new Intl.NumberFormat(navigator.language);
  let now;
  try {
    const answer = await fetch(bar.dataset.asks, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    now = await answer.json();
  } catch {
    setTimeout(follow, 5 * EVERY);
    return;
  }
  // Another state has another page.
  if (now.state !== bar.dataset.state) {
    location.reload();
    return;
  }
  if (now.total) {
    bar.max = now.total;
    bar.value = now.done;
    words.textContent = words.dataset.some.replace("%done", number.format(now.done)).replace("%total", number.format(now.total));
  }
  setTimeout(follow, EVERY);
}

async function show() {
  const { draw } = await import("./charts.js");
  const { lines } = await import("./plots.js");
  const { days, decided, asked } = JSON.parse(document.getElementById("by-day-data").textContent);
  const shown = (value) => new Intl.NumberFormat(navigator.language).format(value);
  const { chart } = draw(canvas, lines({ shown, ticks: { precision: 0 } })(canvas.dataset.series.split("|")));
  chart.data.labels = days;
  chart.data.datasets[0].data = asked;
  chart.data.datasets[1].data = decided;
  chart.update("none");
}

if (bar) setTimeout(follow, EVERY);
if (canvas) show();
