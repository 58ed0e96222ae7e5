// Two tabs hear each other: WebRTC without any server but the exchange, which carries one offer and one answer.

const GATHERING_MS = 2000;
const LEVELS_MS = 200;

export class Talk {
  #peer = new RTCPeerConnection({ iceServers: [] });
  #done = [];

  constructor(call, other) {
    this.call = call;
    this.phone = call.phone;
    this.other = other;
    this.element = new Audio();
    this.remote = this.phone.sound.context.createGain();
    this.connected = new Promise((resolve) => (this.#peer.ontrack = ({ streams }) => resolve(this.#hearing(streams[0]))));
  }

  async open() {
    const { voice } = this.phone;
    for (const track of voice.far.stream.getTracks()) this.#peer.addTrack(track, voice.far.stream);
    this.#measure();
    await voice.open({ talking: true });
  }

  #hearing(stream) {
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

  say(word) {
    const asked = { to: this.other, body: JSON.stringify({ ...word, from: this.call.sid }) };
    return this.phone.exchange.post(`/calls/${this.call.sid}/signals`, asked);
  }

  async offer() {
    await this.#describe(await this.#peer.createOffer());
  }

  async hear(word) {
    if (word.from !== this.other || word.kind !== "description") return;
    await this.#peer.setRemoteDescription(word.description);
    if (word.description.type === "offer") await this.#describe(await this.#peer.createAnswer());
  }

  async #describe(description) {
    await this.#peer.setLocalDescription(description);
    await this.#gathered();
    await this.say({ kind: "description", description: this.#peer.localDescription.toJSON() });
  }

  /** One description with all its addresses: fewer words to carry. */
  #gathered() {
    return new Promise((resolve) => {
      const look = () => this.#peer.iceGatheringState === "complete" && resolve();
      this.#peer.addEventListener("icegatheringstatechange", look);
      setTimeout(resolve, GATHERING_MS);
      look();
    });
  }

  close() {
    this.#done.forEach((undo) => undo());
    this.#peer.close();
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
