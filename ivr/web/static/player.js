// A voice: play, seek, 1 to 2 times as fast; Space or K plays, J and L jump five seconds, S changes the speed.
import { isPlain } from "./console.js";

const SPEEDS = [1, 1.25, 1.5, 1.75, 2];
const JUMP = 5;
const persian = (text) => String(text).replace(/[0-9]/g, (digit) => "۰۱۲۳۴۵۶۷۸۹"[digit]).replace(".", "٫");

function clock(seconds) {
  const whole = Math.floor(seconds);
  return persian(`${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`);
}

class Player {
  constructor(root) {
    this.root = root;
    this.audio = root.querySelector("audio");
    this.play = root.querySelector(".player-play");
    this.seek = root.querySelector(".player-seek");
    this.time = root.querySelector(".player-time");
    this.speed = root.querySelector(".player-speed");
    this.audio.controls = false;
    for (const part of [this.play, this.seek, this.time, this.speed]) if (part) part.hidden = false;
    this.wave = root.querySelector(".player-wave");
    this.peaks = [];
    this.listen();
    this.show();
    if (this.wave) this.draw().catch(() => {});
  }

  async draw() {
    const answer = await fetch(this.root.dataset.peaks, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    this.peaks = (await answer.json()).peaks;
    this.wave.hidden = false;
    this.wave.addEventListener("click", (event) => {
      this.audio.currentTime = (event.offsetX / this.wave.clientWidth) * this.length;
    });
    this.paint();
  }

  paint() {
    const pen = this.wave.getContext("2d");
    const { width, height } = this.wave;
    const bar = width / this.peaks.length;
    const played = (this.audio.currentTime / (this.length || 1)) * this.peaks.length;
    pen.clearRect(0, 0, width, height);
    this.peaks.forEach((peak, n) => {
      const tall = Math.max(2, (peak / 100) * height);
      pen.fillStyle = n < played ? "#07423e" : "#75a5a1";
      pen.fillRect(n * bar, (height - tall) / 2, Math.max(1, bar - 1), tall);
    });
  }

  get length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.root.dataset.seconds);
  }

  listen() {
    for (const news of ["play", "pause", "timeupdate", "loadedmetadata", "ended", "seeked"]) {
      this.audio.addEventListener(news, () => this.show());
    }
    this.audio.addEventListener("error", () => this.again());
    this.audio.addEventListener("playing", () => { this.renewed = false; });
    this.audio.addEventListener("play", () => this.begin());
    this.play.addEventListener("click", () => this.toggle());
    this.speed?.addEventListener("click", () => this.faster());
    this.seek?.addEventListener("input", () => { this.audio.currentTime = Number(this.seek.value); });
    this.root.addEventListener("focusin", () => { Player.current = this; });
  }

  // An address is good for a few minutes, a page stays open for a shift: ask for another one, and go on where it broke off.
  async again() {
    const at = this.audio.currentTime;
    const playing = this.wanted;
    const fresh = this.renewed ? "" : await this.fresh();
    this.renewed = true;
    if (!fresh) {
      this.time.textContent = this.root.dataset.failedWords;
      return;
    }
    this.audio.src = fresh;
    this.audio.addEventListener("loadedmetadata", () => { if (at) this.audio.currentTime = at; }, { once: true });
    if (playing) this.audio.play().catch(() => {});
    else this.audio.load();
  }

  async fresh() {
    try {
      const answer = await fetch(this.root.dataset.address, { headers: { Accept: "application/json" } });
      return answer.ok ? (await answer.json()).address : "";
    } catch {
      return "";
    }
  }

  begin() {
    if (Player.current !== this) Player.current?.audio.pause();
    Player.current = this;
  }

  toggle() {
    this.wanted = this.audio.paused;
    if (this.wanted) this.audio.play().catch(() => {});
    else this.audio.pause();
  }

  jump(by) {
    this.audio.currentTime = Math.min(this.length, Math.max(0, this.audio.currentTime + by));
  }

  faster() {
    this.audio.playbackRate = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
    if (this.speed) this.speed.textContent = `${persian(this.audio.playbackRate)}×`;
  }

  show() {
    const playing = !this.audio.paused;
    this.play.dataset.playing = playing;
    this.play.ariaLabel = playing ? this.root.dataset.pauseWords : this.root.dataset.playWords;
    const words = `${clock(this.audio.currentTime)} / ${clock(this.length)}`;
    if (this.seek) {
      this.seek.max = this.length || 1;
      this.seek.value = this.audio.currentTime;
      this.seek.ariaValueText = words;
    }
    this.time.textContent = this.seek ? words : clock(playing ? this.audio.currentTime : this.length);
    if (this.peaks.length) this.paint();
  }
}

export const current = () => Player.current ?? players[0];
const players = [...document.querySelectorAll("[data-player]")].map((root) => new Player(root));
const KEYS = {
  Space: (player) => player.toggle(),
  KeyK: (player) => player.toggle(),
  KeyJ: (player) => player.jump(-JUMP),
  KeyL: (player) => player.jump(JUMP),
  KeyS: (player) => player.faster(),
};

// In a list J and K walk the rows: there only Space plays, and what it plays is the row's own voice.
const rows = document.querySelector("[data-rows]");

function inRow(event) {
  const own = event.target.closest("tr")?.querySelector("[data-player]");
  return event.code === "Space" ? players.find((one) => one.root === own) : undefined;
}

document.addEventListener("keydown", (event) => {
  if (rows) {
    const own = inRow(event);
    if (!own || !isPlain(event) || event.target.closest("button")) return;
    event.preventDefault();
    own.toggle();
    return;
  }
  const does = KEYS[event.code];
  const player = Player.current ?? players[0];
  if (!does || !player || !isPlain(event) || event.shiftKey) return;
  if (event.code === "Space" && event.target.closest("button, a, label, input:not([type=range])")) return;
  event.preventDefault();
  does(player);
});
