// The telephone's face: what it shows, and which of its buttons mean something now.

const PERSIAN = "۰۱۲۳۴۵۶۷۸۹";
const VISIBLE_LEVEL = 0.25;

export const persian = (value) => String(value).replace(/\d/g, (digit) => PERSIAN[digit]);
export const ascii = (value) =>
  value.replace(/[۰-۹]/g, (d) => PERSIAN.indexOf(d)).replace(/[٠-٩]/g, (d) => d.codePointAt(0) - 0x660);

export class Screen {
  #timer = null;

  constructor(root) {
    this.root = root;
    const find = (id) => root.querySelector(`#${id}`);
    this.status = find("status");
    this.peer = find("peer");
    this.transcript = find("transcript");
    this.display = find("dialled");
    this.meter = find("level");
    this.clock = find("timer");
    this.green = find("call");
    this.red = find("hangup");
    this.lamp = find("line-state");
  }

  word(name) {
    return this.root.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
  }

  /** Show one of: idle, dialling, incoming, talking. */
  state(name, peer = "") {
    this.root.dataset.state = name;
    this.status.textContent = this.word(name);
    this.peer.textContent = persian(peer.replace("client:", ""));
    this.green.querySelector("[data-face]").textContent = this.word(name === "incoming" ? "answer" : "call");
    this.green.disabled = name === "talking" || name === "dialling";
    this.red.disabled = name === "idle";
    document.title = name === "incoming" ? `☎ ${this.word("incoming")}` : this.word("title");
    if (name === "talking") this.#run();
    else this.#stop();
  }

  #run() {
    const from = Date.now();
    const show = () => {
      const seconds = Math.floor((Date.now() - from) / 1000);
      const two = (n) => String(n).padStart(2, "0");
      this.clock.textContent = persian(`${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`);
    };
    show();
    this.#timer = setInterval(show, 1000);
  }

  #stop() {
    clearInterval(this.#timer);
    this.activity("");
    this.level(0);
  }

  /** Say which verb is being carried out. */
  activity(verb) {
    if (verb === "" && this.root.dataset.activity === "Gather") this.status.textContent = this.word("talking");
    this.root.dataset.activity = verb;
    const word = verb && this.word(`doing-${verb}`);
    if (word) this.status.textContent = word;
    else if (this.root.dataset.state === "talking") this.status.textContent = this.word("talking");
  }

  dialled(keys) {
    this.display.value = persian(keys);
  }

  heard(words) {
    this.#line("heard", words);
  }

  key(key) {
    const last = this.transcript.lastElementChild;
    if (last?.dataset.kind === "key") last.textContent += persian(key);
    else this.#line("key", persian(key));
  }

  note(name, value = "") {
    const words = this.word(`note-${name}`);
    if (words) this.#line("note", words.replace("…", persian(value)));
  }

  trouble(error) {
    console.warn(error);
    this.#line("trouble", this.word("trouble"));
  }

  #line(kind, words) {
    const item = document.createElement("li");
    item.dataset.kind = kind;
    item.textContent = words;
    this.transcript.append(item);
    this.transcript.scrollTop = this.transcript.scrollHeight;
  }

  clear() {
    this.transcript.replaceChildren();
  }

  level(level) {
    this.meter.value = Math.min(1, Math.sqrt(level / VISIBLE_LEVEL));
  }

  /** Show how loud both sides of a talk are. */
  levels(near, far) {
    this.level(near);
    this.root.dataset.nearLevel = near.toFixed(4);
    this.root.dataset.farLevel = far.toFixed(4);
  }

  line(held, wanted) {
    this.root.dataset.line = held;
    if (!this.root.dataset.extension) this.#lamp(held, held ? "line-held" : wanted ? "line-lost" : "line-none");
  }

  /** Say how the operator's line at the exchange is: off, registered, lost, refused, elsewhere. */
  extension(state) {
    this.root.dataset.extension = state;
    this.#lamp(state === "registered", `extension-${state}`);
  }

  #lamp(lit, name) {
    this.lamp.dataset.held = String(Boolean(lit));
    const words = this.word(name);
    if (this.lamp.textContent !== words) this.lamp.textContent = words;
  }
}
