// A comment is about a moment: a button writes down where the voice stands now.
import { current } from "./player.js";

for (const button of document.querySelectorAll("[data-moment]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const player = current();
    if (!player) return;
    const fields = button.form.elements;
    const whole = Math.floor(player.audio.currentTime);
    fields[`at.${button.dataset.moment}`].value = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    fields[`voice.${button.dataset.moment}`].value = player.root.closest("[data-recording]").dataset.recording;
    fields[`remark.${button.dataset.moment}`].focus();
  });
}
