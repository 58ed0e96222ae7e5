// Dial: ring somebody else's telephone, talk, and tell the hotline how it went.

import { Recorder } from "./recorder.js";
import { Talk } from "./talk.js";
import { settled } from "./waiting.js";

const LIVE = ["queued", "ringing", "in-progress"];

/** Dial; give where to go afterwards, or nothing if the document goes on. */
export async function dial(call, verb, base) {
  const { phone } = call;
  const address = (url) => (url ? new URL(url, base).href : "");
  const party = verb.party;
  const leg = await phone.exchange.post(`/calls/${call.sid}/legs`, {
    to: party.number,
    from: verb.callerId,
    url: address(party.url),
    timeout: verb.timeout,
    statusCallback: address(party.statusCallback),
    statusEvents: party.statusEvents,
    action: address(verb.action),
  });
  phone.screen.note("dialling", party.number);
  const bridge = new Bridge(call, verb, leg.sid, address(verb.statusCallback));
  const ended = await bridge.run();
  phone.screen.note(ended.status);
  if (!verb.action) return null;
  const answered = ended.status === "completed";
  return call.go(verb.action, verb.method, base, {
    DialCallSid: ended.sid,
    DialCallStatus: ended.status,
    DialCallDuration: String(ended.seconds),
    DialBridged: String(answered),
    ...(bridge.recording ? { RecordingUrl: bridge.recording.url } : {}),
  });
}

class Bridge {
  recording = null;
  #limit = null;

  constructor(call, verb, leg, statusCallback) {
    Object.assign(this, { call, verb, leg, statusCallback, phone: call.phone });
    this.talk = new Talk(call, leg);
  }

  /** Wait until the other leg is over, one way or another. */
  async run() {
    const over = settled(this.call.signal);
    this.phone.pace(300);
    this.phone.sound.ring(1, 4000);
    this.call.watch = (state) => {
      for (const { body } of state.signals) this.#word(JSON.parse(body)).catch((error) => this.phone.screen.trouble(error));
      const leg = state.legs.find(({ sid }) => sid === this.leg);
      if (leg && !LIVE.includes(leg.status)) over.resolve(leg);
    };
    try {
      return await over.promise;
    } finally {
      await this.#close();
    }
  }

  async #word(word) {
    if (word.from !== this.leg) return;
    if (word.kind === "ready") await this.#answered();
    else await this.talk.hear(word);
  }

  async #answered() {
    this.phone.sound.hush();
    this.phone.screen.activity("Talk");
    const stop = () => this.phone.exchange.post(`/calls/${this.call.sid}/legs/${this.leg}/end`);
    this.#limit = setTimeout(stop, this.verb.timeLimit * 1000);
    await this.talk.open();
    if (this.verb.record) await this.#record();
    await this.talk.offer();
  }

  async #record() {
    this.recording = await this.phone.exchange.post(`/calls/${this.call.sid}/recordings`, {
      source: "DialVerb",
      trim: this.verb.trim,
      statusCallback: this.statusCallback,
      statusEvents: this.verb.statusEvents,
    });
    const { exchange, sound, voice } = this.phone;
    this.call.recorder = new Recorder(exchange, sound.context, this.recording.sid, () => null);
    await this.call.recorder.start([voice.bus, this.talk.remote]);
  }

  async #close() {
    clearTimeout(this.#limit);
    this.call.watch = null;
    this.phone.sound.hush();
    this.phone.pace(1000);
    const { recorder } = this.call;
    recorder?.stop();
    this.talk.close();
    if (!recorder || this.call.signal.aborted) return; // a hang-up ends the recording with the call
    this.call.recorder = null;
    await recorder.finish();
  }
}
