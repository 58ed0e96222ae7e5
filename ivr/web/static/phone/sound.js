// What the phone's owner hears: prompts, key tones, the beep, ringing.

import { broken, settled } from "./waiting.js";

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = "123456789*0#";
const RING = [440, 480];
const BEEP_SECONDS = 0.25;

export class Sound {
  #buffers = new Map();
  #ringing = null;

  constructor(exchange) {
    this.exchange = exchange;
    this.context = new AudioContext({ latencyHint: "playback" });
    this.out = this.context.createGain();
    this.out.connect(this.context.destination);
  }

  /** Browsers keep silent until somebody touches the page. */
  async unlock() {
    if (this.context.state === "suspended") await Promise.race([this.context.resume(), new Promise((r) => setTimeout(r, 500))]);
  }

  async decode(url, signal) {
    const path = this.exchange.here(url);
    if (!this.#buffers.has(path)) {
      const response = await fetch(path, { signal });
      if (!response.ok) throw new Error(`sound ${response.status}`);
      this.#buffers.set(path, await this.context.decodeAudioData(await response.arrayBuffer()));
    }
    return this.#buffers.get(path);
  }

  /** Play a sound to its end, or until the signal says stop. */
  async play(url, signal) {
    const buffer = await this.decode(url, signal);
    broken(signal);
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.out);
    const end = settled(signal);
    source.onended = end.resolve;
    source.start();
    try {
      await end.promise;
    } finally {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
  }

  tone(frequencies, seconds, level = 0.12) {
    const gain = new GainNode(this.context, { gain: level });
    gain.connect(this.out);
    const from = this.context.currentTime;
    gain.gain.setValueAtTime(level, from + seconds - 0.01);
    gain.gain.linearRampToValueAtTime(0, from + seconds);
    for (const frequency of frequencies) {
      const oscillator = new OscillatorNode(this.context, { frequency });
      oscillator.connect(gain);
      oscillator.start(from);
      oscillator.stop(from + seconds);
    }
    return seconds;
  }

  key(key) {
    const at = KEYS.indexOf(key);
    return this.tone([ROWS[Math.floor(at / 3)], COLUMNS[at % 3]], 0.12);
  }

  beep() {
    return this.tone([1000], BEEP_SECONDS, 0.3);
  }

  ring(seconds = 1.2, every = 3000) {
    this.hush();
    const once = () => this.context.state === "running" && this.tone(RING, seconds, 0.15);
    once();
    this.#ringing = setInterval(once, every);
  }

  hush() {
    clearInterval(this.#ringing);
    this.#ringing = null;
  }
}
