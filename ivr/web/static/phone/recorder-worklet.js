// Runs beside the sound card: one channel in, frames of 8 kHz PCM out.

import { Framer } from "./framer.js";

class Recorder extends AudioWorkletProcessor {
  #framer = new Framer(sampleRate, (frame) => this.port.postMessage(frame, [frame.buffer]));
  #stopped = false;

  constructor() {
    super();
    this.port.onmessage = () => (this.#stopped = true);
  }

  process([[channel]]) {
    if (!this.#stopped) this.#framer.push(channel ?? new Float32Array(128));
    return !this.#stopped;
  }
}

registerProcessor("recorder", Recorder);
