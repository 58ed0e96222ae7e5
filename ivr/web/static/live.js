// An open page stays true: it is told of changes, or asks for them, and then renews the parts that show them.
const POLL_MS = 5000;
const BEAT_MS = 15000;
const script = document.getElementById("live");
let told = null;

function isBusy(part) {
  return part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
}

async function renew(changed) {
  const parts = [...document.querySelectorAll("[data-live]")].filter((part) => part.dataset.live.split(" ").some((one) => changed.includes(one)));
  if (!parts.length || document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const newer = fresh.getElementById(part.id);
    if (newer && !isBusy(part) && newer.outerHTML !== part.outerHTML) part.replaceWith(document.adoptNode(newer));
  }
}

function hear(marks) {
  const changed = told ? Object.keys(marks).filter((name) => marks[name] !== told[name]) : [];
  told = marks;
  document.body.dataset.live = "true";
  if (changed.length) renew(changed).catch(() => {});
}

async function ask() {
  const answer = await fetch(script.dataset.marks, { headers: { Accept: "application/json" } });
  if (answer.status === 401) location.reload();
  else if (answer.ok) hear(await answer.json());
}

function poll() {
  ask().catch(() => {}).finally(() => setTimeout(poll, POLL_MS));
}

function listen() {
  const stream = new EventSource(script.dataset.stream);
  stream.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) poll();
  });
}

function beat() {
  const headers = { "X-CSRFToken": script.dataset.token };
  fetch(script.dataset.beat, { method: "POST", headers, keepalive: true }).catch(() => {});
}

function count() {
  for (const one of document.querySelectorAll("[data-countdown]")) {
    const left = Math.round((new Date(one.dateTime) - Date.now()) / 1000);
    const words = `${left < 0 ? "−" : ""}${Math.floor(Math.abs(left) / 60)}:${String(Math.abs(left) % 60).padStart(2, "0")}`;
    one.textContent = words.replace(/[0-9]/g, (digit) => "۰۱۲۳۴۵۶۷۸۹"[digit]);
    one.classList.toggle("age-late", left < 0);
  }
}

if (document.querySelector("[data-live]")) {
  if (window.EventSource) listen();
  else poll();
}
if (script.dataset.beat) {
  beat();
  setInterval(beat, BEAT_MS);
}
setInterval(count, 1000);
