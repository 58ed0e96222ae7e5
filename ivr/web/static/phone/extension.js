// The operator's line at the exchange: SIP over a websocket. It is only rung; it dials nobody.

import { UA, WebSocketInterface } from "../vendor/jssip.js";
import { Leg } from "./leg.js";

const EXPIRES_SECONDS = 120;
const RETRY_SECONDS = { connection_recovery_min_interval: 1, connection_recovery_max_interval: 15 };
const REGISTER_AGAIN_MS = 10000;
const BUSY = 486;

export class Extension {
  #ua = null;
  #starting = false;
  #again = null;
  #session = null;

  constructor(phone) {
    this.phone = phone;
  }

  /** Register as long as this tab is the one that has the line; a call that lasts is not torn. */
  async hold(held) {
    if (held && !this.#ua && !this.#starting) await this.#start();
    if (!held && this.#ua && !this.#session) this.stop("elsewhere");
    if (!held && !this.#ua) this.phone.screen.extension("elsewhere");
  }

  async #start() {
    this.#starting = true;
    try {
      const { url, name, password } = await this.phone.exchange.get("/extension");
      this.#ua = this.#agent(new WebSocketInterface(url), `sip:${name}@${new URL(url).hostname}`, password);
      this.#ua.start();
    } catch {
      this.phone.screen.extension("refused"); // asked again with the next news
    } finally {
      this.#starting = false;
    }
  }

  #agent(socket, uri, password) {
    const ua = new UA({
      sockets: [socket], uri, password, session_timers: false, register_expires: EXPIRES_SECONDS, ...RETRY_SECONDS,
    });
    const shows = (state) => ua === this.#ua && this.phone.screen.extension(state);
    ua.on("registered", () => shows("registered"));
    ua.on("unregistered", () => shows("lost"));
    ua.on("disconnected", () => shows("lost"));
    ua.on("registrationFailed", ({ response }) => {
      shows(response ? "refused" : "lost");
      clearTimeout(this.#again); // the library gives up until the websocket is new
      this.#again = setTimeout(() => ua === this.#ua && ua.isConnected() && ua.register(), REGISTER_AGAIN_MS);
    });
    ua.on("newRTCSession", ({ originator, session }) => originator === "remote" && this.#rung(session));
    return ua;
  }

  #rung(session) {
    if (this.#session || this.phone.call || this.phone.busy) return session.terminate({ status_code: BUSY });
    this.#session = session;
    const over = () => {
      if (this.#session === session) this.#session = null;
      this.phone.rings("extension", null);
    };
    session.on("failed", over);
    session.on("ended", over);
    const from = session.remote_identity.uri.user ?? "";
    return this.phone.rings("extension", {
      id: session.id,
      from,
      sample: false,
      answer: () => new Leg(this.phone, session),
      refuse: () => session.terminate({ status_code: BUSY }),
    });
  }

  stop(state) {
    clearTimeout(this.#again);
    const ua = this.#ua;
    this.#ua = null;
    ua?.stop();
    this.phone.screen.extension(state);
  }
}
