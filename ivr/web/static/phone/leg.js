// One call of the exchange's, answered here: sound both ways and keys, until somebody hangs up.

import { Sides } from "./sides.js";

const KEY_MS = 160;
const GAP_MS = 80;

export class Leg {
  parent = "";
  #over;

  constructor(phone, session) {
    this.phone = phone;
    this.session = session;
    this.sides = new Sides(phone);
    this.#over = new Promise((resolve) => ["ended", "failed"].forEach((event) => session.on(event, resolve)));
  }

  async run() {
    const { phone, session } = this;
    try {
      if (session.isEnded()) return;
      await this.#answer();
      await this.#over;
    } catch (error) {
      phone.screen.trouble(error);
      this.end();
    } finally {
      phone.root.dataset.keys = "";
      this.sides.close();
    }
  }

  async #answer() {
    const { phone, session, sides } = this;
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", ({ track, streams }) => sides.hearing(streams[0] ?? new MediaStream([track])));
    });
    session.on("confirmed", () => {
      phone.screen.activity("Talk");
      phone.root.dataset.keys = "wanted";
    });
    await sides.open();
    if (session.isEnded()) return;
    session.answer({
      mediaStream: phone.voice.far.stream,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [] },
    });
  }

  /** Send a key as RFC 4733 has it. */
  press(key) {
    if (this.session.isEstablished()) {
      this.session.sendDTMF(key, { transportType: "RFC2833", duration: KEY_MS, interToneGap: GAP_MS });
    }
  }

  /** The tab's own exchange has no news of this call. */
  told() {
    return null;
  }

  end() {
    if (!this.session.isEnded()) this.session.terminate();
  }

  /** The page goes away. */
  bye() {
    this.end();
  }
}
