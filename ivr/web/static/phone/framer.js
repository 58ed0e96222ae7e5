// Samples of any rate become frames of 50 ms, 8 kHz, 16 bit.

import { RATE, Resampler } from "./resampler.js";

export const FRAME = RATE / 20;

export class Framer {
  #frame = new Int16Array(FRAME);
  #filled = 0;

  constructor(rate, give) {
    this.resampler = new Resampler(rate);
    this.give = give;
  }

  push(samples) {
    for (const sample of this.resampler.push(samples)) {
      this.#frame[this.#filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
      if (this.#filled < FRAME) continue;
      this.give(this.#frame);
      this.#frame = new Int16Array(FRAME);
      this.#filled = 0;
    }
  }
}
