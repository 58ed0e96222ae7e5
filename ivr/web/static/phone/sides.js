// The two sides of a talk: what is said into this telephone, what comes out of it, and how loud both are.

const LEVELS_MS = 200;

export class Sides {
  #done = [];

  constructor(phone) {
    this.phone = phone;
    this.element = new Audio();
    this.remote = phone.sound.context.createGain();
  }

  /** Begin to speak and to measure. */
  async open() {
    this.#measure();
    await this.phone.voice.open({ talking: true });
  }

  /** Let the other side's voice be heard. */
  hearing(stream) {
    this.element.srcObject = stream; // Chromium lets a remote voice flow only where an element plays it
    this.element.muted = true;
    this.element.play().catch(() => null);
    this.phone.sound.context.createMediaStreamSource(stream).connect(this.remote);
    this.remote.connect(this.phone.sound.out);
  }

  #measure() {
    const { context } = this.phone.sound;
    const meters = [this.phone.voice.bus, this.remote].map((node) => {
      const meter = new AnalyserNode(context, { fftSize: 2048 });
      node.connect(meter);
      this.#done.push(() => node.disconnect(meter));
      return meter;
    });
    const timer = setInterval(() => this.phone.screen.levels(...meters.map(level)), LEVELS_MS);
    this.#done.push(() => clearInterval(timer));
  }

  close() {
    this.#done.splice(0).forEach((undo) => undo());
    this.element.srcObject = null;
    this.remote.disconnect();
    this.phone.voice.close();
    this.phone.screen.levels(0, 0);
  }
}

function level(meter) {
  const samples = new Float32Array(meter.fftSize);
  meter.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
