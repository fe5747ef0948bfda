// Follows the server's stream; where there is none to have, asks every few seconds instead.
const ASK_EVERY = 5000;
const STREAM_AGAIN = 60000;
// A browser allows six streams to one server: a tab that nobody looks at gives its own back.
const HIDDEN_FOR = 20000;

export function follow({ snapshot, alerts }) {
  const shown = document.getElementById("live");
  let source = null;
  let asking = null;
  let hiding = null;
  let streamAt = 0;
  // A page without a stream of its own asks from the start.
  const start = () => (shown.dataset.events ? stream() : askInstead());

  function say(state) {
    if (shown.dataset.state === state) return;
    shown.dataset.state = state;
    shown.textContent = shown.dataset[`text${state[0].toUpperCase()}${state.slice(1).replace(/-(.)/, (_, c) => c.toUpperCase())}`];
    if (state === "signed-out") {
      const link = document.createElement("a");
      link.href = `${shown.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = shown.dataset.textSignIn;
      shown.append(" · ", link);
    }
  }

  function stop() {
    source?.close();
    clearInterval(asking);
    source = asking = null;
  }

  function signedOut() {
    stop();
    document.removeEventListener("visibilitychange", visibility);
    say("signed-out");
  }

  async function ask() {
    try {
      const response = await fetch(shown.dataset.snapshot, { redirect: "manual" });
      if (response.type === "opaqueredirect") return signedOut();
      if (!response.ok) return say("trouble");
      snapshot(await response.json());
      say("asking");
    } catch {
      say("lost");
    }
    if (asking && shown.dataset.events && Date.now() >= streamAt) stream();
  }

  function askInstead() {
    stop();
    streamAt = Date.now() + STREAM_AGAIN;
    asking = setInterval(ask, ASK_EVERY);
    ask();
  }

  function stream() {
    stop();
    source = new EventSource(shown.dataset.events);
    source.addEventListener("snapshot", (event) => {
      say("live");
      snapshot(JSON.parse(event.data));
    });
    source.addEventListener("alerts", (event) => alerts?.(JSON.parse(event.data)));
    source.addEventListener("trouble", () => say("trouble"));
    source.addEventListener("signed-out", signedOut);
    source.addEventListener("error", () => {
      // The browser comes back by itself from a lost connection, never from an answer that is no stream.
      if (source?.readyState === EventSource.CLOSED) askInstead();
      else say("lost");
    });
  }

  function visibility() {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(stop, HIDDEN_FOR);
    else if (!source && !asking) start();
  }

  document.addEventListener("visibilitychange", visibility);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && start());
  start();
}
