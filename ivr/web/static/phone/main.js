// The telephone: keys, line and calls, put together.

import { Call } from "./call.js";
import { Exchange } from "./exchange.js";
import { MyNumber } from "./number.js";
import { ascii, Screen } from "./screen.js";
import { Sound } from "./sound.js";
import { Voice } from "./voice.js";

const KEYS = "0123456789*#";

class Phone {
  call = null;
  dialled = "";
  #rings = { extension: null, exchange: null };
  #extension = null;
  #after = 0;
  #claimed = null;
  #polling = false;

  constructor(root) {
    const { baseUrl, holder, ownLine, shortCode } = root.dataset;
    const csrf = document.querySelector('meta[name="csrf-token"]').content;
    this.root = root;
    this.shortCode = shortCode;
    this.exchange = new Exchange({ baseUrl, holder, csrf });
    this.screen = new Screen(root);
    this.sound = new Sound(this.exchange);
    this.voice = new Voice(this.sound, `${baseUrl}/phone/sample.wav`);
    this.number = new MyNumber(root, ownLine);
    this.number.onchange = () => this.poll();
    this.ticker = new Worker("/static/phone/ticker.js");
    this.ticker.onmessage = () => this.poll();
    this.screen.state("idle");
    if (root.dataset.extension) this.#register();
    this.poll();
  }

  /** The line at the exchange is an operator's; nobody else loads what it needs. */
  async #register() {
    this.screen.extension("off");
    try {
      const { Extension } = await import("./extension.js");
      this.#extension = new Extension(this);
    } catch {
      this.screen.extension("lost");
    }
  }

  /** Ask the exchange for news every so many milliseconds. */
  pace(milliseconds) {
    this.ticker.postMessage(milliseconds);
  }

  async poll() {
    if (this.#polling) return;
    this.#polling = true;
    const line = this.number.rung;
    const asked = { line, call: this.call?.sid ?? "", after: this.call ? this.#after : 0 };
    if (line !== this.#claimed) asked.claim = 1;
    try {
      const state = await this.exchange.poll(asked);
      this.#claimed = line;
      this.screen.line(state.line, line);
      this.#extension?.hold(Boolean(state.line));
      if (asked.call === (this.call?.sid ?? "")) this.#told(state);
    } catch {
      this.screen.line("", line);
    } finally {
      this.#polling = false;
    }
  }

  #told(state) {
    for (const { id } of state.signals) this.#after = Math.max(this.#after, id);
    if (this.call) return this.call.told(state);
    const [shown] = state.ringing;
    this.rings("exchange", shown ? this.#ring(shown) : null);
  }

  #ring({ sid, form }) {
    const answered = async () => new Call(this, await this.exchange.post(`/calls/${sid}/answer`));
    return { id: sid, from: form.From, answer: answered, refuse: () => this.exchange.post(`/calls/${sid}/refuse`) };
  }

  get #incoming() {
    return this.#rings.extension ?? this.#rings.exchange;
  }

  /** Somebody rings, or rings no more: here, or at the exchange. */
  rings(where, ring) {
    const before = this.#incoming;
    const occupied = Boolean(this.call || this.busy);
    if (ring && occupied) return;
    this.#rings[where] = ring;
    if (occupied || this.#incoming?.id === before?.id) return;
    if (this.#incoming) this.sound.ring();
    else this.sound.hush();
    this.screen.state(this.#incoming ? "incoming" : "idle", this.#incoming?.from ?? "");
    if (this.#incoming) this.screen.green.focus();
  }

  press(key) {
    this.sound.unlock();
    this.sound.key(key);
    if (this.call) {
      this.screen.key(key);
      this.call.press(key);
    } else {
      this.dialled = (this.dialled + key).slice(-15);
      this.screen.dialled(this.dialled);
    }
  }

  erase() {
    this.dialled = this.dialled.slice(0, -1);
    this.screen.dialled(this.dialled);
  }

  async green() {
    if (this.call || this.busy) return;
    this.busy = true;
    try {
      await this.sound.unlock();
      if (this.#incoming) await this.#answer();
      else await this.#dial();
    } catch (error) {
      this.screen.trouble(error);
      this.screen.state("idle");
    } finally {
      this.busy = false;
    }
  }

  async #dial() {
    this.dialled ||= this.shortCode;
    this.screen.dialled(this.dialled);
    this.screen.clear();
    if (this.dialled !== this.shortCode) return this.screen.note("unknown", this.dialled);
    if (!this.number.caller) return this.number.field.reportValidity();
    this.screen.state("dialling");
    await this.#speakable();
    this.#begin(new Call(this, await this.exchange.post("/calls", { from: this.number.caller })), "");
  }

  async #answer() {
    const { from, answer, sample } = this.#incoming;
    this.sound.hush();
    this.screen.clear();
    await this.#speakable(sample);
    try {
      this.#begin(await answer(), from);
    } finally {
      this.#rings = { extension: null, exchange: null };
    }
  }

  /** Without a microphone there is still the sample, but not for citizens whom the exchange calls. */
  async #speakable(sample = true) {
    const permitted = await this.voice.permitted();
    if (!permitted && sample) this.source("sample");
    this.root.dataset.microphone = String(permitted && this.voice.kind === "mic");
    this.root.querySelector("#no-microphone").hidden = permitted || !sample;
    if (!permitted && !sample) this.screen.note("mute");
  }

  async #begin(call, peer) {
    this.#after = 0;
    this.call = call;
    this.root.dataset.callSid = call.sid ?? "";
    this.screen.state("talking", peer);
    this.root.focus({ preventScroll: true });
    await this.call.run();
    this.call = null;
    this.dialled = "";
    this.screen.dialled("");
    this.screen.note("ended");
    this.screen.state("idle");
  }

  red() {
    if (this.call) return this.call.end();
    if (!this.#incoming) return null;
    this.sound.hush();
    return this.#incoming.refuse();
  }

  source(kind) {
    this.voice.kind = kind;
    this.root.querySelector("#voice-source").value = kind;
    this.root.querySelector("#voice-file-row").hidden = kind !== "file";
  }

  leave() {
    this.call?.bye();
    this.#extension?.stop("off");
  }
}

function wire(phone, root) {
  const on = (id, event, handle) => root.querySelector(id).addEventListener(event, handle);
  for (const button of root.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => phone.press(button.dataset.key));
  }
  on("#call", "click", () => phone.green());
  on("#hangup", "click", () => phone.red());
  on("#erase", "click", () => phone.erase());
  on("#voice-source", "change", (event) => phone.source(event.target.value));
  on("#voice-file", "change", ({ target }) => target.files[0] && phone.voice.useFile(target.files[0]));
  document.addEventListener("pointerdown", () => phone.sound.unlock(), { once: true });
  document.addEventListener("keydown", (event) => typed(phone, event));
  window.addEventListener("pagehide", () => phone.leave());
}

/** The keyboard is the keypad, Enter the green button and Escape the red one. */
function typed(phone, event) {
  const { target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (target.matches("input:not([readonly]), select, textarea")) return;
  const key = ascii(event.key);
  if (key.length === 1 && KEYS.includes(key)) phone.press(key);
  else if (event.key === "Backspace") phone.erase();
  else if (event.key === "Escape") phone.red();
  else if (event.key === "Enter" && !target.matches("button:not([data-key]), a")) phone.green();
  else return;
  event.preventDefault();
}

const root = document.querySelector("#phone");
wire(new Phone(root), root);
