// The live overview: draws the state that came with the page, then every state that the stream brings.
import { follow } from "./live.js";
import { minuteCharts } from "./minutes.js";
import { newestAlerts } from "./newest.js";
import { tiles } from "./tiles.js";

const drawMinutes = minuteCharts();
const newest = newestAlerts();
const welcome = document.getElementById("welcome");

function show(state) {
  welcome.hidden = state.force.decided_at !== null;
  tiles(state);
  drawMinutes(state);
  newest.replace(state.alerts);
}

show(JSON.parse(document.getElementById("state").textContent));
follow({ snapshot: show, alerts: ({ alerts }) => newest.add(alerts) });
