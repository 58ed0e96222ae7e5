// What the phone's owner says: the microphone, a sound file, or the sample that comes with the house.

// A recording is kept as it was said; only where two sides talk, one's loudspeaker must not reach the other.
const asIs = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const amongOthers = { ...asIs, echoCancellation: true };

export class Voice {
  #stream = null;
  #node = null;
  #file = null;

  constructor(sound, sampleUrl) {
    this.sound = sound;
    this.sampleUrl = sampleUrl;
    this.kind = "mic";
    this.bus = sound.context.createGain();
    this.far = sound.context.createMediaStreamDestination(); // what the other side of a talk hears
    this.bus.connect(this.far);
  }

  async useFile(file) {
    this.#file = await this.sound.context.decodeAudioData(await file.arrayBuffer());
    this.kind = "file";
  }

  get microphonePossible() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  /** Ask for the microphone before it is needed; say whether we may have it. */
  async permitted() {
    if (this.kind !== "mic") return true;
    if (!this.microphonePossible) return false;
    try {
      for (const track of (await navigator.mediaDevices.getUserMedia({ audio: asIs })).getTracks()) track.stop();
      return true;
    } catch {
      return false;
    }
  }

  /** Begin to speak; the microphone is open only as long as somebody listens. */
  async open({ talking = false } = {}) {
    this.close();
    this.#node = this.kind === "mic" ? await this.#microphone(talking ? amongOthers : asIs) : await this.#recorded();
    this.#node?.connect(this.bus);
    if (this.#node instanceof AudioBufferSourceNode) this.#node.start();
  }

  async #microphone(audio) {
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio });
      return this.sound.context.createMediaStreamSource(this.#stream);
    } catch {
      return null; // a caller who cannot speak is heard as silence
    }
  }

  async #recorded() {
    try {
      const sample = () => this.sound.decode(this.sampleUrl, new AbortController().signal);
      const buffer = this.kind === "file" && this.#file ? this.#file : await sample();
      return new AudioBufferSourceNode(this.sound.context, { buffer });
    } catch {
      return null;
    }
  }

  close() {
    this.#node?.disconnect();
    if (this.#node instanceof AudioBufferSourceNode) this.#node.stop();
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#node = this.#stream = null;
  }
}
