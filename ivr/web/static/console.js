// Keys for what is done all day: / searches, J and K walk the rows, N takes the next caller or begins a note.
export function isTyping(target) {
  return target instanceof Element && target.closest("input:not([type=range]):not([type=radio]), select, textarea") !== null;
}

export function isPlain(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
}

function walk(by) {
  const links = [...document.querySelectorAll("[data-rows] .row-link")];
  const here = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, here + by))]?.focus();
}

function inList() {
  return document.activeElement?.matches("[data-rows] .row-link") ?? false;
}

const KEYS = {
  Slash: () => document.querySelector("[data-search]")?.focus(),
  KeyJ: () => walk(1),
  KeyK: () => walk(-1),
  ArrowDown: () => inList() && walk(1),
  ArrowUp: () => inList() && walk(-1),
  KeyN: () => (document.querySelector("[data-next]") ?? document.querySelector("[data-note]"))?.focus(),
};

document.addEventListener("keydown", (event) => {
  const does = KEYS[event.code];
  if (!does || !isPlain(event) || event.shiftKey) return;
  if (event.code === "Slash" && !document.querySelector("[data-search]")) return;
  const walking = event.code.startsWith("Arrow") && inList();
  does();
  if (event.code === "Slash" || event.code === "KeyN" || walking) event.preventDefault();
});

// What carries a key of its own: a link is followed, a box is opened, a field is gone to, a button is pressed.
function use(part) {
  if (part.matches("summary")) {
    part.parentElement.open = !part.parentElement.open;
    part.parentElement.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  } else if (part.matches("select, input, textarea")) part.focus();
  else part.click();
}

document.addEventListener("keydown", (event) => {
  if (!isPlain(event) || document.querySelector("dialog[open]")) return;
  const key = event.shiftKey ? `${event.code}+Shift` : event.code;
  const part = document.querySelector(`[data-hotkey="${key}"]`);
  if (!part) return;
  event.preventDefault();
  use(part);
});

document.addEventListener("keydown", (event) => {
  if (event.code !== "Enter" || !event.ctrlKey) return;
  event.target.closest("form")?.requestSubmit();
});

document.querySelector("[data-help]")?.addEventListener("click", () => document.getElementById("help").showModal());

// A ready text fills the answer, and says of which kind it is.
for (const choice of document.querySelectorAll("[data-template]")) {
  choice.addEventListener("change", () => {
    const { kind, text } = choice.selectedOptions[0].dataset;
    if (!text) return;
    const fields = choice.form.elements;
    fields.text.value = text;
    for (const radio of choice.form.querySelectorAll("[name=kind]")) radio.checked = radio.value === kind;
    fields.text.focus();
  });
}

// A state that owes a text asks for it before the form leaves.
for (const select of document.querySelectorAll("[data-state]")) {
  const text = select.form.elements.text;
  const ask = () => { text.required = select.selectedOptions[0]?.hasAttribute("data-needs-text") ?? false; };
  select.addEventListener("change", ask);
  ask();
}
