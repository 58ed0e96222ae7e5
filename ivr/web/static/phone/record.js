// Record: beep, listen, and stop at a key, at silence or when time is up.

import { Recorder } from "./recorder.js";
import { pause, settled } from "./waiting.js";

const QUIETEST = 0.004; // about -48 dBFS: below it nobody speaks
const LOUDEST = 0.03; // above it somebody does, whatever the room is like
const ABOVE_ROOM = 2.5;
const ROOM_SECONDS = 3;

/** Tells voice from room: the quietest moment of the last seconds is the room. */
class Silence {
  #levels = [];
  lasted = 0;

  hear(level, seconds) {
    this.#levels.push(level);
    if (this.#levels.length * seconds > ROOM_SECONDS) this.#levels.shift();
    const room = Math.min(...this.#levels) * ABOVE_ROOM;
    const voice = level > Math.min(LOUDEST, Math.max(QUIETEST, room));
    this.lasted = voice ? 0 : this.lasted + seconds;
  }
}

/** Record the caller; give where to go with it, or nothing if nothing was said. */
export async function record(call, verb, base) {
  const { phone } = call;
  const address = (url) => (url ? new URL(url, base).href : "");
  const asked = await phone.exchange.post(`/calls/${call.sid}/recordings`, {
    source: "RecordVerb",
    trim: verb.trim,
    action: new URL(verb.action || base, base).href,
    statusCallback: address(verb.statusCallback),
    statusEvents: verb.statusEvents,
  });
  const key = await listen(call, verb, asked.sid);
  const recorder = call.recorder;
  const { status, seconds } = await recorder.finish();
  call.recorder = null;
  if (status !== "completed") {
    phone.screen.note("empty");
    return null;
  }
  phone.screen.note("recorded", seconds);
  const heard = { RecordingUrl: asked.url, RecordingSid: asked.sid, RecordingDuration: String(seconds) };
  return call.go(verb.action, verb.method, base, { ...heard, Digits: key });
}

/** Listen until the recording is over; give the key that ended it. What is said during the beep is kept. */
async function listen(call, verb, sid) {
  const { phone, signal } = call;
  const over = settled(signal);
  const silence = new Silence();
  let beeping = verb.playBeep;
  let heard = 0;
  call.recorder = new Recorder(phone.exchange, phone.sound.context, sid, (level, seconds) => {
    phone.screen.level(level);
    if (beeping) return;
    heard += seconds;
    silence.hear(level, seconds);
    if (heard >= verb.maxLength || (verb.timeout && silence.lasted >= verb.timeout)) over.resolve("");
  });
  call.onkey = (key) => verb.finishOnKey.includes(key) && over.resolve(key);
  try {
    await call.recorder.start([phone.voice.bus]);
    await phone.voice.open();
    if (verb.playBeep) await pause(phone.sound.beep(), signal);
    beeping = false;
    return await over.promise;
  } finally {
    call.onkey = null;
    call.recorder.stop();
    phone.voice.close();
    phone.screen.level(0);
  }
}
