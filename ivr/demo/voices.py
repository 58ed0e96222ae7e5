"""Voices of the demonstration: a few sentences, spoken once, and linked to wherever they are said."""

import hashlib
import os
import random
import shutil
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ivr import audio, config
from ivr.demo.office import moment
from ivr.demo.town import DAY
from ivr.demo.words import words
from ivr.services.desk import Desk
from ivr.speech.choice import voice_from

MASTERS = Path("demo")


@cache
def _spoken(settings: config.Speech, text: str) -> audio.Sound:
    """Speak a sentence once in a process: synthesisers do not say it twice alike."""
    return audio.to_telephone(voice_from(settings).speak(text))


@dataclass
class Spoken:
    """One sentence as a file."""

    path: Path
    seconds: float
    sha256: str


class Voices:
    """Gives recordings; those that are older than `days` are no longer kept."""

    def __init__(self, desk: Desk, rng: random.Random, end: float, days: int) -> None:
        self._folder, self._rng, self._desk = desk.config.recordings_dir, rng, desk
        self._since = end - days * DAY
        self._known: set[Path] = set()
        self._said = {kind: [self._speak(text) for text in words()[kind]] for kind in ("spoken", "talks")}

    def _speak(self, text: str) -> Spoken:
        said = _spoken(self._desk.config.speech, text)
        data = audio.wav_bytes(said)
        digest = hashlib.sha256(data).hexdigest()
        path = self._folder / MASTERS / f"{digest[:16]}.wav"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(data)
        return Spoken(path, round(said.seconds, 2), digest)

    def __call__(self, kind: str, at: float) -> dict[str, Any]:
        said = self._rng.choice(self._said["talks" if kind == "conversation" else "spoken"])
        name = f"{self._rng.getrandbits(128):032x}.wav"
        known = {"reported_seconds": round(said.seconds), "seconds": said.seconds}
        if at < self._since:
            return {**known, "state": "expired"}
        return {**known, "state": "stored", "sha256": said.sha256, "path": self._link(said, moment(at), name)}

    def _link(self, said: Spoken, at: datetime, name: str) -> str:
        local = self._desk.local(at)
        place = Path(f"{local:%Y}") / f"{local:%m}" / name
        target = self._folder / place
        if target.parent not in self._known:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._known.add(target.parent)
        target.unlink(missing_ok=True)  # left by a build that was broken off
        try:
            os.link(said.path, target)
        except OSError:  # no links there, or no more of them: a copy does
            shutil.copyfile(said.path, target)
            said.path = target
        return str(place)
