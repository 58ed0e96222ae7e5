"""Voices of the demonstration: a few sentences, spoken once, and linked to wherever they are said."""

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ivr import audio, config
from ivr.demo.office import moment
from ivr.demo.town import DAY, Rows
from ivr.demo.words import words
from ivr.services import keeping
from ivr.services.desk import Desk
from ivr.speech.choice import voice_from
from ivr.vault import Key

MASTERS = "demo"


@cache
def _spoken(settings: config.Speech, text: str) -> audio.Sound:
    """Speak a sentence once in a process: synthesisers do not say it twice alike."""
    return audio.to_telephone(voice_from(settings).speak(text))


@dataclass
class Spoken:
    """One sentence as a sealed file."""

    place: str
    key: Key
    seconds: float
    sha256: str


class Voices:
    """Gives recordings; those that are older than `days` are no longer kept."""

    def __init__(self, desk: Desk, rows: Rows, rng: random.Random, end: float, days: int) -> None:
        self._rng, self._desk, self._rows = rng, desk, rows
        self._since = end - days * DAY
        self._said = {kind: [self._speak(text) for text in words()[kind]] for kind in ("spoken", "talks")}

    def _speak(self, text: str) -> Spoken:
        said = _spoken(self._desk.config.speech, text)
        data = audio.wav_bytes(said)
        digest = hashlib.sha256(data).hexdigest()
        place = f"{MASTERS}/{digest[:16]}.wav"
        with keeping.part(self._desk) as part:
            with part.writing() as file:
                file.write(data)
            self._desk.store.put(part.path, place)
        return Spoken(place, part.key, round(said.seconds, 2), digest)

    def __call__(self, kind: str, at: float) -> dict[str, Any]:
        said = self._rng.choice(self._said["talks" if kind == "conversation" else "spoken"])
        name = f"{self._rng.getrandbits(128):032x}.wav"
        known = {"reported_seconds": round(said.seconds), "seconds": said.seconds}
        if at < self._since:
            return {**known, "state": "expired"}
        return {**known, "state": "stored", "sha256": said.sha256, "path": self._link(said, moment(at), name)}

    def _link(self, said: Spoken, at: datetime, name: str) -> str:
        """Let all who say a sentence have one file, which takes no room again, and a row each for its key."""
        local = self._desk.local(at)
        place = f"{local:%Y}/{local:%m}/{name}"
        if not self._desk.store.link(said.place, place):
            said.place = place
        self._rows.lock_away(place, self._desk.keys.newest, said.key)
        return place
