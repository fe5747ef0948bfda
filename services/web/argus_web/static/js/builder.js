// Has the server draw the form anew when something changes, and keeps the writer's place in it.
const form = document.getElementById("builder");
let waiting = 0;
let running = null;

function state(action) {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", action);
  return body;
}

function place() {
  const field = document.activeElement;
  if (!form.contains(field)) return () => {};
  const { name, value } = field;
  const { selectionStart: start, selectionEnd: end } = field;
  return () => {
    const found = [...form.elements].find(
      (one) => one.name === name && (one.type !== "submit" || one.value === value),
    );
    (found ?? form.querySelector("[name='do'][value^='add-test']"))?.focus({ preventScroll: true });
    if (found && typeof start === "number" && found.setSelectionRange) found.setSelectionRange(start, end);
  };
}

async function draw(action) {
  running?.abort();
  running = new AbortController();
  const sent = state(action);
  try {
    const answer = await fetch(location.href, {
      method: "POST",
      body: sent,
      headers: { "X-Fragment": "yes" },
      signal: running.signal,
    });
    if (!answer.ok || answer.redirected) {
      // Signed out, or worse: let the browser show it.
      location.reload();
      return;
    }
    const drawn = await answer.text();
    // What was typed meanwhile is newer than what was drawn.
    if (action === "check" && state("check").toString() !== sent.toString()) {
      later(150);
      return;
    }
    const open = [...form.querySelectorAll("details")].map((one) => one.open);
    const back = place();
    form.innerHTML = drawn;
    form.querySelectorAll("details").forEach((one, number) => {
      one.open ||= open[number] ?? false;
    });
    back();
  } catch (error) {
    if (error.name !== "AbortError") later(2000);
  }
}

function later(milliseconds) {
  clearTimeout(waiting);
  waiting = setTimeout(() => draw("check"), milliseconds);
}

form.addEventListener("input", (event) => later(event.target.hasAttribute("data-refresh") ? 0 : 600));
form.addEventListener("submit", (event) => {
  const action = event.submitter?.value ?? "check";
  clearTimeout(waiting);
  if (action === "save") {
    running?.abort();
    return;
  }
  event.preventDefault();
  draw(action);
});
