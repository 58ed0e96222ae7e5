// An announcement is heard before it is sent: the typed words spoken, or one's own voice, recorded here.
import { Recorder } from "./phone/recorder.js";
import { RATE } from "./phone/resampler.js";

const LONGEST_MS = 120_000;
const form = document.getElementById("announce");
const part = (name) => form.querySelector(`[data-${name}]`);

/** Show an error, or take it away. */
function complain(name, words) {
  part(name).textContent = words;
  part(name).hidden = !words;
}

async function preview() {
  const body = new URLSearchParams({ words: form.elements.words.value });
  const headers = { "X-CSRFToken": form.elements.csrf_token.value };
  const answer = await fetch(form.dataset.preview, { method: "POST", headers, body });
  const said = await answer.json();
  complain("preview-error", said.error ?? "");
  if (!said.audio) return;
  const sound = part("preview-sound");
  sound.src = said.audio;
  sound.hidden = false;
  await sound.play();
}

part("preview-button").hidden = false;
part("preview-button").addEventListener("click", () => preview().catch(() => {}));

/** Make a WAV file of 8 kHz, 16 bit, one channel. */
function wav(pieces) {
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const head = new DataView(new ArrayBuffer(44));
  const words = (at, text) => [...text].forEach((letter, n) => head.setUint8(at + n, letter.charCodeAt(0)));
  words(0, "RIFF");
  head.setUint32(4, 36 + length, true);
  words(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  words(36, "data");
  head.setUint32(40, length, true);
  return new File([head, ...pieces], "announcement.wav", { type: "audio/wav" });
}

class Take {
  #pieces = [];

  async begin() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    this.context = new AudioContext();
    const exchange = { chunk: async (_, number, pcm) => { this.#pieces[number] = pcm; } };
    this.recorder = new Recorder(exchange, this.context, "take", (level) => { part("level").value = level; });
    await this.recorder.start([this.context.createMediaStreamSource(this.stream)]);
    this.timer = setTimeout(stop, LONGEST_MS);
  }

  async end() {
    clearTimeout(this.timer);
    this.recorder.stop();
    await this.recorder.arrived();
    for (const track of this.stream.getTracks()) track.stop();
    await this.context.close();
    return wav(this.#pieces);
  }
}

let take = null;

async function record() {
  complain("record-error", "");
  const next = new Take();
  try {
    await next.begin();
  } catch {
    complain("record-error", form.dataset.deniedWords);
    return;
  }
  take = next;
  part("level").hidden = false;
  part("record").textContent = form.dataset.stopWords;
}

async function stop() {
  if (!take) return;
  const file = await take.end();
  take = null;
  part("level").hidden = true;
  part("record").textContent = form.dataset.recordWords;
  const carried = new DataTransfer();
  carried.items.add(file);
  form.elements.voice.files = carried.files;
  part("take").src = URL.createObjectURL(file);
  part("take").hidden = false;
}

part("record").hidden = !navigator.mediaDevices;
part("record").addEventListener("click", () => (take ? stop() : record()));
