// Speed of voices, and the live state of the call in hand.
for (const voice of document.querySelectorAll(".voice")) {
  const audio = voice.querySelector("audio"), speed = voice.querySelector(".speed");
  speed?.addEventListener("change", () => { audio.playbackRate = Number(speed.value); });
}
const work = document.getElementById("work");
async function look() {
  const answer = await fetch(work.dataset.poll, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const news = await answer.json();
  work.dataset.phase = news.phase;
  document.getElementById("phase").textContent = news.words;
  document.getElementById("dial").disabled = !["claimed", "wrap_up"].includes(news.phase);
}
if (work) setInterval(() => look().catch(() => {}), 2000);
