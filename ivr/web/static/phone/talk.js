// Two tabs hear each other: WebRTC without any server but the exchange, which carries one offer and one answer.

import { Sides } from "./sides.js";

const GATHERING_MS = 2000;

export class Talk {
  #peer = new RTCPeerConnection({ iceServers: [] });
  #sides;

  constructor(call, other) {
    this.call = call;
    this.phone = call.phone;
    this.other = other;
    this.#sides = new Sides(call.phone);
    this.#peer.ontrack = ({ streams }) => this.#sides.hearing(streams[0]);
  }

  get remote() {
    return this.#sides.remote;
  }

  async open() {
    const { voice } = this.phone;
    for (const track of voice.far.stream.getTracks()) this.#peer.addTrack(track, voice.far.stream);
    await this.#sides.open();
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
    this.#peer.close();
    this.#sides.close();
  }
}
