// The tab's side of the exchange: its own JSON, and the signed forms it posts to the hotline.

const POLL_MS = 8000;

export class Refused extends Error {}

export class Exchange {
  constructor({ baseUrl, holder, csrf }) {
    this.baseUrl = baseUrl;
    this.holder = holder;
    this.csrf = csrf;
  }

  /** The same address on the origin this page came from. */
  here(url) {
    const parsed = new URL(url, this.baseUrl);
    return parsed.pathname + parsed.search;
  }

  get headers() {
    return { "X-Phone-Tab": this.holder, "X-CSRFToken": this.csrf };
  }

  async post(path, asked = {}) {
    const headers = { ...this.headers, "Content-Type": "application/json" };
    return this.#json(await fetch(`/phone${path}`, { method: "POST", headers, body: JSON.stringify(asked) }));
  }

  async get(path) {
    return this.#json(await fetch(`/phone${path}`, { headers: this.headers, cache: "no-store" }));
  }

  async poll(asked) {
    const query = new URLSearchParams(asked);
    const options = { headers: this.headers, cache: "no-store", signal: AbortSignal.timeout(POLL_MS) };
    const state = await this.#json(await fetch(`/phone/poll?${query}`, options));
    this.csrf = state.csrf; // the page may stay open longer than its own token lasts
    return state;
  }

  async chunk(recording, number, pcm) {
    const headers = { ...this.headers, "Content-Type": "application/octet-stream" };
    const path = `/phone/recordings/${recording}/chunk?n=${number}`;
    return this.#json(await fetch(path, { method: "POST", headers, body: pcm }));
  }

  async #json(response) {
    if (!response.ok) throw new Refused(String(response.status));
    return response.json();
  }

  /** Hang up while the page goes away. */
  bye(call) {
    const form = new URLSearchParams({ tab: this.holder, csrf_token: this.csrf });
    navigator.sendBeacon(`/phone/calls/${call}/bye`, form);
  }

  /** Ask the hotline what to do next, as Twilio would; one lost connection is tried again. */
  async ask(url, method, form, signal) {
    const asked = method === "GET" ? withQuery(url, form) : url;
    const params = method === "GET" ? {} : form;
    const { signature } = await this.post("/sign", { url: asked, params });
    const options = { method, headers: { "X-Twilio-Signature": signature }, credentials: "omit", signal };
    if (method !== "GET") options.body = new URLSearchParams(form);
    const response = await fetch(this.here(asked), options).catch((error) => {
      if (signal.aborted) throw error;
      return fetch(this.here(asked), options);
    });
    if (!response.ok) throw new Refused(String(response.status));
    return response.text();
  }

  /** The words that a sound's own address can tell. */
  async words(url, signal) {
    if (!url.endsWith(".wav")) return "";
    const response = await fetch(this.here(url.replace(/\.wav$/, ".json")), { signal });
    return response.ok ? (await response.json()).words : "";
  }
}

function withQuery(url, form) {
  const query = new URLSearchParams(form).toString();
  return url + (url.includes("?") ? "&" : "?") + query;
}
