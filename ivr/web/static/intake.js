// While somebody talks: what is known of the number, and what was reported nearby, as it is written down.
const form = document.getElementById("intake");
const WAIT_MS = 250;

function list(tickets, empty) {
  if (!tickets.length) {
    const nothing = document.createElement("p");
    nothing.className = "empty";
    nothing.textContent = empty;
    return nothing;
  }
  const found = document.createElement("ul");
  found.className = "list";
  for (const ticket of tickets) {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.href = ticket.url;
    link.target = "_blank";
    link.rel = "noopener";
    link.dir = "ltr";
    link.textContent = ticket.code;
    row.append(link, ` ${ticket.about} · ${ticket.state} · ${ticket.since}`);
    found.append(row);
  }
  return found;
}

async function show(place, address, query, empty) {
  const answer = await fetch(`${address}?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { tickets, callback } = await answer.json();
  const parts = [list(tickets, empty)];
  if (callback) {
    const waiting = document.createElement("p");
    waiting.className = "notice";
    waiting.textContent = `${form.dataset.waits} ${callback}`;
    parts.unshift(waiting);
  }
  document.getElementById(place).replaceChildren(...parts);
}

let waiting = 0;
form.elements.number.addEventListener("input", () => {
  clearTimeout(waiting);
  const number = form.elements.number.value;
  waiting = setTimeout(() => show("caller", form.dataset.caller, { number }, form.dataset.noCaller), WAIT_MS);
});

for (const name of ["category", "district"]) {
  form.elements[name].addEventListener("change", () => {
    const query = { category: form.elements.category.value, district: form.elements.district.value };
    show("alike-now", form.dataset.alike, query, form.dataset.noAlike);
  });
}
