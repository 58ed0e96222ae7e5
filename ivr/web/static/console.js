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

const KEYS = {
  Slash: () => document.querySelector("[data-search]")?.focus(),
  KeyJ: () => walk(1),
  KeyK: () => walk(-1),
  KeyN: () => (document.querySelector("[data-next]") ?? document.querySelector("[data-note]"))?.focus(),
};

document.addEventListener("keydown", (event) => {
  const does = KEYS[event.code];
  if (!does || !isPlain(event) || event.shiftKey) return;
  if (event.code === "Slash" && !document.querySelector("[data-search]")) return;
  does();
  if (event.code === "Slash" || event.code === "KeyN") event.preventDefault();
});

// A state that owes a text asks for it before the form leaves.
for (const select of document.querySelectorAll("[data-state]")) {
  const text = select.form.elements.text;
  const ask = () => { text.required = select.selectedOptions[0]?.hasAttribute("data-needs-text") ?? false; };
  select.addEventListener("change", ask);
  ask();
}
