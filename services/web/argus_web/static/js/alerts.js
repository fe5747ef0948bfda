// Announces alerts that opened after the list was made, and would stand in it.
import { follow } from "./live.js";

const news = document.getElementById("news");
const query = new URLSearchParams(location.search);
const newest = Number(news.dataset.newest);
const title = document.title;
const seen = new Set();
let unnamed = 0;

const wanted = (name) => (query.get(name) ?? "").trim();

// What the server would check; days are left out, for what opens now opened today.
function listed(alert) {
  if (!["open", "all"].includes(news.dataset.status)) return false;
  if (wanted("verdict") && wanted("verdict") !== alert.verdict) return false;
  // The stream carries customers masked, the same for every viewer.
  if (wanted("customer") && news.dataset.customer !== alert.customer_id) return false;
  if (wanted("currency") && wanted("currency").toUpperCase() !== alert.currency) return false;
  if (wanted("code") && alert.codes.length && !alert.codes.includes(wanted("code"))) return false;
  if (wanted("text") && !alert.headline.toLowerCase().includes(wanted("text").toLowerCase())) return false;
  if (wanted("amount_min") && alert.amount_number < Number(wanted("amount_min"))) return false;
  if (wanted("amount_max") && alert.amount_number > Number(wanted("amount_max"))) return false;
  return true;
}

function take(alerts) {
  for (const alert of alerts) if (alert.id > newest && listed(alert)) seen.add(alert.id);
  const total = seen.size + unnamed;
  if (!total) return;
  const text = total === 1 ? news.dataset.one : news.dataset.many.replace("%s", total);
  if (news.textContent === text) return;
  news.textContent = text;
  news.hidden = false;
  document.title = `(${total}) ${title}`;
}

follow({
  snapshot: (state) => take(state.alerts),
  alerts: ({ count, alerts }) => {
    // A burst is counted, not listed; only without filters is it certain that all of it would be here.
    if (![...query.keys()].some((name) => !["status", "sort", "after"].includes(name))) unnamed += count - alerts.length;
    take(alerts);
  },
});
