// One call: asks the hotline what to do and does it, verb by verb, until somebody hangs up.

import { dial } from "./dial.js";
import { gather } from "./gather.js";
import { record } from "./record.js";
import { Talk } from "./talk.js";
import { parse } from "./twiml.js";
import { pause, settled } from "./waiting.js";

export const HANG_UP = Symbol("hang up");
const CONNECTED = "in-progress";

export class Call {
  #onkey = null;
  watch = null; // who wants to know of what the exchange says
  recorder = null;
  #life = new AbortController();
  #status = "completed";
  #ended = null;

  constructor(phone, shown) {
    this.phone = phone;
    this.sid = shown.sid;
    this.url = shown.url;
    this.form = shown.form;
    this.parent = shown.form.ParentCallSid ?? "";
    this.signal = this.#life.signal;
  }

  get inbound() {
    return this.form.Direction === "inbound";
  }

  async run() {
    try {
      if (this.parent) await this.#bridged();
      else await this.#follow({ url: this.url, method: "POST", extra: { CallStatus: this.inbound ? "ringing" : CONNECTED } });
    } catch (error) {
      if (!this.signal.aborted) this.phone.screen.trouble(error);
    }
    await this.end();
  }

  /** Who listens to the keys now; keys nobody waits for are lost, as on any line. */
  set onkey(listener) {
    this.#onkey = listener;
    this.phone.root.dataset.keys = listener ? "wanted" : "";
  }

  press(key) {
    this.#onkey?.(key);
  }

  /** Take in what the exchange says of this call. */
  told(state) {
    if (state.call && state.call.status !== CONNECTED) this.#life.abort(new Error("the other side ended the call"));
    this.watch?.(state);
  }

  /** Hang up, once; whatever was being recorded is sent first. */
  end() {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end() {
    this.#life.abort(new Error("hung up"));
    this.recorder?.stop();
    await this.recorder?.arrived();
    this.phone.voice.close();
    await this.phone.exchange.post(`/calls/${this.sid}/end`, { status: this.#status }).catch(() => null);
  }

  /** The page goes away. */
  bye() {
    this.phone.exchange.bye(this.sid);
  }

  async #follow(next) {
    while (next && next !== HANG_UP) next = await this.#turn(next);
  }

  /** Fetch one document and carry it out; give the next one's address, or nothing at its end. */
  async #turn(next) {
    let verbs;
    try {
      const form = { ...this.form, CallStatus: CONNECTED, ...next.extra };
      verbs = parse(await this.phone.exchange.ask(next.url, next.method, form, this.signal));
    } catch (error) {
      if (this.signal.aborted || next.fallback || !this.inbound) throw error;
      return this.#fallback(next.url);
    }
    return this.perform(verbs, next.url);
  }

  #fallback(failed) {
    const url = `${this.phone.exchange.baseUrl}/voice/fallback`;
    return { url, method: "POST", extra: { ErrorCode: "11200", ErrorUrl: failed }, fallback: true };
  }

  /** Do verbs in their order until one of them leads elsewhere. */
  async perform(verbs, base, signal = this.signal) {
    for (const verb of verbs) {
      this.phone.screen.activity(verb.name);
      const next = await this.#do(verb, base, signal);
      this.phone.screen.activity("");
      if (next) return next;
    }
    return null;
  }

  #do(verb, base, signal) {
    switch (verb.name) {
      case "Play":
        return this.#play(verb, base, signal);
      case "Say":
        return this.phone.screen.heard(verb.words);
      case "Pause":
        return pause(verb.length, signal);
      case "Gather":
        return gather(this, verb, base);
      case "Record":
        return record(this, verb, base);
      case "Redirect":
        return this.go(verb.url, verb.method, base);
      case "Dial":
        return dial(this, verb, base);
      case "Reject":
        this.#status = verb.reason === "busy" ? "busy" : "no-answer";
        return HANG_UP;
      default:
        return HANG_UP;
    }
  }

  /** Lead to an address; none means the document's own. */
  go(url, method, base, extra = {}) {
    return { url: new URL(url || base, base).href, method, extra };
  }

  async #play(verb, base, signal) {
    for (const key of verb.digits) await pause(/\d|[*#]/.test(key) ? this.phone.sound.key(key) : 0.5, signal);
    if (!verb.url) return;
    const url = new URL(verb.url, base).href;
    this.phone.exchange
      .words(url, signal)
      .then((words) => words && this.phone.screen.heard(words))
      .catch(() => null);
    for (let times = 0; times < verb.loop; times++) await this.phone.sound.play(url, signal);
  }

  /** Be the called side of a Dial: hear what is whispered first, then talk until one of us hangs up. */
  async #bridged() {
    if (this.url && (await this.#turn({ url: this.url, method: "POST", extra: {} })) === HANG_UP) return;
    const talk = new Talk(this, this.parent);
    const over = settled(this.signal);
    this.watch = ({ signals }) => signals.forEach(({ body }) => talk.hear(JSON.parse(body)));
    try {
      await talk.open();
      await talk.say({ kind: "ready" });
      this.phone.screen.activity("Talk");
      await over.promise;
    } finally {
      talk.close();
    }
  }
}
