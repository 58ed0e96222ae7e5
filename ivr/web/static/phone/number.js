// My number: kept between visits, mine alone, or withheld.

import { ascii, persian } from "./screen.js";

const KEPT = "phone.number";
const WITHHELD = "anonymous";

function invented() {
  const digits = crypto.getRandomValues(new Uint8Array(7)).map((byte) => byte % 10);
  return `0912${digits.join("")}`;
}

export class MyNumber {
  constructor(root, line) {
    this.line = line; // an operator's; they have no other
    this.field = root.querySelector("#number");
    this.hidden = root.querySelector("#withheld");
    this.country = root.dataset.country;
    if (line) return;
    this.field.value = persian(this.#kept() || invented());
    this.#keep();
    this.field.addEventListener("input", () => this.#changed());
    this.hidden.addEventListener("change", () => this.#changed());
  }

  onchange = () => null;

  #changed() {
    this.field.setCustomValidity(this.e164 ? "" : this.field.dataset.wrong);
    this.field.disabled = this.hidden.checked;
    if (this.e164) this.#keep();
    this.onchange();
  }

  #kept() {
    try {
      return localStorage.getItem(KEPT) ?? "";
    } catch {
      return "";
    }
  }

  #keep() {
    try {
      localStorage.setItem(KEPT, ascii(this.field.value));
    } catch {
      return; // a browser that keeps nothing still telephones
    }
  }

  /** The number as the world dials it, or "" if it is none. */
  get e164() {
    const typed = ascii(this.field.value).replace(/[\s()-]/g, "");
    const whole = typed.startsWith("0") ? `+${this.country}${typed.slice(1)}` : typed;
    return /^\+[1-9]\d{6,14}$/.test(whole) ? whole : "";
  }

  /** What the called side sees. */
  get caller() {
    if (this.line) return this.line;
    return this.hidden.checked ? WITHHELD : this.e164;
  }

  /** Under what this tab can be rung. */
  get rung() {
    return this.line || (this.hidden.checked ? "" : this.e164);
  }
}
