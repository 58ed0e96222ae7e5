// The call in hand, live: dialling does not reload the page, so nothing that was typed gets lost.
import "./console.js";

const EVERY = 2000;
const work = document.getElementById("work");
let offered = null;

function show(news) {
  const busy = ["asked", "ringing", "talking"].includes(news.phase);
  const gone = news.phase === "gone";
  work.dataset.phase = news.phase;
  const phase = document.getElementById("phase");
  if (phase.textContent !== news.words) phase.textContent = news.words;
  document.getElementById("dial").disabled = busy || gone;
  document.getElementById("release").disabled = busy || gone;
  if (news.suggested) suggest(news.suggested);
}

/** Choose what the telephones reported, unless somebody has chosen otherwise. */
function suggest(result) {
  const choices = [...document.querySelectorAll("#wrap-up [name=disposition]")];
  const chosen = choices.find((one) => one.checked);
  if (chosen && chosen.value !== offered) return;
  offered = result;
  choices.find((one) => one.value === result)?.click();
}

function complain(words) {
  const trouble = document.getElementById("trouble");
  trouble.textContent = words ?? "";
  trouble.hidden = !words;
}

async function ask(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { Accept: "application/json" } });
  if (answer.status === 401) return location.reload();
  const news = await answer.json();
  if (options.method === "POST") complain(news.error);
  if (news.phase) show(news);
}

async function look() {
  await ask(work.dataset.poll).catch(() => {});
  setTimeout(look, EVERY);
}

function dial(event) {
  event.preventDefault();
  const form = event.currentTarget;
  document.getElementById("dial").disabled = true;
  ask(form.action, { method: "POST", body: new FormData(form) }).catch(() => form.submit());
}

if (work) {
  document.getElementById("dial-form").addEventListener("submit", dial);
  setTimeout(look, EVERY);
}
