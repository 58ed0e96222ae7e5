// Keeps a voice: sends it to the exchange piece by piece, so that a closed tab loses nothing.

import { Framer, FRAME } from "./framer.js";
import { RATE } from "./resampler.js";

const PIECE_FRAMES = 10;
const TRIES = 5;
const SCRIPT_BUFFER = 2048;

/** How loud a frame is, 0 to 1. */
export function loudness(frame) {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return Math.sqrt(sum / frame.length) / 32768;
}

export class Recorder {
  #frames = [];
  #sent = 0;
  #uploads = Promise.resolve();

  constructor(exchange, context, recording, onframe) {
    this.exchange = exchange;
    this.context = context;
    this.recording = recording;
    this.onframe = onframe;
  }

  /** Listen to these sources until stopped. */
  async start(sources) {
    this.node = await this.#node((frame) => this.#take(frame));
    this.sources = sources;
    for (const source of sources) source.connect(this.node);
  }

  async #node(give) {
    const options = { channelCount: 1, channelCountMode: "explicit" };
    if (this.context.audioWorklet) {
      await this.context.audioWorklet.addModule("/static/phone/recorder-worklet.js");
      const node = new AudioWorkletNode(this.context, "recorder", { ...options, numberOfOutputs: 0 });
      node.port.onmessage = ({ data }) => give(data);
      return node;
    }
    const node = this.context.createScriptProcessor(SCRIPT_BUFFER, 1, 1); // pages without TLS have no worklets
    const framer = new Framer(this.context.sampleRate, give);
    node.onaudioprocess = ({ inputBuffer }) => framer.push(inputBuffer.getChannelData(0));
    node.connect(this.context.destination);
    return node;
  }

  #take(frame) {
    if (this.stopped) return;
    this.#frames.push(frame);
    if (this.#frames.length === PIECE_FRAMES) this.#flush();
    this.onframe(loudness(frame), frame.length / RATE);
  }

  #flush() {
    if (!this.#frames.length) return;
    const pcm = new Int16Array(this.#frames.length * FRAME);
    this.#frames.forEach((frame, at) => pcm.set(frame, at * FRAME));
    this.#frames = [];
    const number = this.#sent++;
    this.#uploads = this.#uploads.then(() => this.#upload(number, pcm.buffer));
  }

  async #upload(number, pcm) {
    for (let wait = 250, tries = 0; tries < TRIES; wait *= 2, tries++) {
      try {
        return await this.exchange.chunk(this.recording, number, pcm);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Stop listening; what was heard is on its way. */
  stop() {
    if (this.stopped) return;
    this.stopped = true;
    for (const source of this.sources ?? []) source.disconnect(this.node);
    this.node?.port?.postMessage("stop");
    this.node?.disconnect();
    this.#flush();
  }

  /** Stop, and have the exchange make it a file; give its status and length. */
  async finish() {
    this.stop();
    await this.#uploads;
    return this.exchange.post(`/recordings/${this.recording}/end`);
  }

  /** Everything heard so far has arrived. */
  async arrived() {
    await this.#uploads;
  }
}
