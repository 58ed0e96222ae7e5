// Any rate down to 8 kHz: a windowed sinc, so that nothing above 4 kHz folds back into the voice.

export const RATE = 8000;
const ZEROS = 16;
const CUTOFF = 0.94;

const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

export class Resampler {
  #tail = new Float32Array(0);
  #start = 0; // the input index of the tail's first sample
  #next = 0; // how many samples were given out

  constructor(rate) {
    const common = gcd(rate, RATE);
    this.up = RATE / common;
    this.down = rate / common;
    const scale = Math.min(1, RATE / rate) * CUTOFF;
    this.reach = Math.ceil(ZEROS / scale);
    this.kernels = Array.from({ length: this.up }, (_, phase) => kernel(phase / this.up, this.reach, scale));
  }

  /** Take samples, give those that are due. */
  push(samples) {
    const input = new Float32Array(this.#tail.length + samples.length);
    input.set(this.#tail);
    input.set(samples, this.#tail.length);
    const output = [];
    for (;;) {
      const position = this.#next * this.down;
      const first = Math.floor(position / this.up) - this.reach + 1 - this.#start;
      if (first + 2 * this.reach > input.length) break;
      const taps = this.kernels[position % this.up];
      let sum = 0;
      for (let k = 0; k < taps.length; k++) sum += taps[k] * (input[first + k] ?? 0);
      output.push(sum);
      this.#next += 1;
    }
    const keep = Math.max(0, Math.floor((this.#next * this.down) / this.up) - this.reach + 1 - this.#start);
    this.#tail = input.slice(Math.min(keep, input.length));
    this.#start += Math.min(keep, input.length);
    return output;
  }
}

function kernel(fraction, reach, scale) {
  const taps = new Float32Array(2 * reach);
  let sum = 0;
  for (let k = 0; k < taps.length; k++) {
    const x = k - reach + 1 - fraction;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (reach + 1));
    taps[k] = sinc(x * scale) * window;
    sum += taps[k];
  }
  return taps.map((tap) => tap / sum);
}
