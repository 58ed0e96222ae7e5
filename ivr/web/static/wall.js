// Minutes pass and calls come in without anything that live.js is told of: the wall is also renewed by the clock.
const EVERY_MS = 15000;

async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected || answer.status === 403) location.reload();
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("wall");
  if (fresh) document.getElementById("wall").replaceWith(document.adoptNode(fresh));
}

setInterval(() => renew().catch(() => {}), EVERY_MS);
