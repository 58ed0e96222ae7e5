"""Somebody at a real telephone, who waits by ear: what was said has ended when it has been quiet for a while."""

import time
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from tests.gateway.day.hearing import AUDIBLE, FRAME, RATE, loudness, tonal

QUIET_SECONDS = 0.8
LOOKING_SECONDS = 3.5  # an announcement is looked for every 2 s
PATIENCE_SECONDS = 90
KEY_SECONDS, KEY_UP_SECONDS = 0.25, 0.05
TONE_FRAMES, GAP_FRAMES = 8, 3


@dataclass
class Turn:
    """What the caller did, the prompts that should be heard then, and the sample where it begins.

    The prompt `before` may be heard before them, as often as it takes.
    """

    did: str
    start: int
    keys: str = ""
    hears: list | None = None
    before: str = ""


@dataclass
class Spoken:
    """A sentence that was said, all of it or until the caller hung up, and one that was not."""

    sound: np.ndarray
    other: np.ndarray
    words: str = ""


@dataclass
class Citizen:
    """One call at a telephone."""

    telephone: object
    turns: list = field(default_factory=list)
    sound: np.ndarray | None = None

    def dials(self, uri):
        self.telephone.dial(uri, seconds=20)
        self._begins("answered")
        return self

    def picks_up(self):
        self.telephone.answer()
        self._begins("answered")
        return self

    def _begins(self, did, keys=""):
        self.turns.append(Turn(did, len(self.telephone.heard()) if self.turns else 0, keys))

    def _now(self):
        """Give what has been heard in this turn so far."""
        return self.telephone.heard()[self.turns[-1].start :]

    def _until(self, true):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.telephone.over and not true(self._now()):
            assert time.monotonic() < deadline, f"nothing more was to be heard after {[one.did for one in self.turns]}"
            time.sleep(0.1)

    def listens(self, *, tone=False, quiet=QUIET_SECONDS):
        """Hear out what is said, until it is quiet; or until the tone has ended, after which one speaks."""
        self._until(_toned if tone else partial(_said, quiet=quiet))

    def hears(self, seconds):
        """Wait until so much has been heard of what is said."""
        self._until(lambda sound: np.count_nonzero(loudness(sound) > AUDIBLE) * FRAME >= seconds * RATE)

    def hears_the_tone_begin(self):
        self._until(_toning)

    def presses(self, keys):
        self._begins("presses", keys)
        self.telephone.presses(keys)

    def is_silent(self):
        self._begins("is silent")

    def speaks(self, sentence):
        self.telephone.speaks(sentence)

    def breaks_off(self, sentence, leave):
        """Leave in the middle of a sentence; give as much as was said."""
        began = self.telephone.speaks(sentence, wait=False)
        time.sleep(0.65 * len(sentence) / RATE)
        said = time.time() - began
        leave()
        return sentence[: round(said * RATE)]

    def hangs_up(self):
        if not self.telephone.over:
            self.telephone.hangs_up()

    def tears_it_off(self):
        """Be gone without a goodbye."""
        self.telephone.kill()

    def waits(self):
        self._begins("waits")

    def is_done(self):
        """Keep what was heard, for when the telephone is gone."""
        self.sound = self.telephone.heard()

    def parts(self):
        """Give the turns, each with its sound."""
        ends = [turn.start for turn in self.turns[1:]] + [len(self.sound)]
        return [(turn, self.sound[turn.start : end]) for turn, end in zip(self.turns, ends, strict=True)]


def _said(sound, quiet):
    loud = np.flatnonzero(loudness(sound) > AUDIBLE)
    return len(loud) > 0 and (len(sound) // FRAME - loud[-1]) * FRAME > quiet * RATE


def _toning(sound):
    """Say whether a tone is under way."""
    last = sound[len(sound) // FRAME * FRAME - TONE_FRAMES * FRAME :][: TONE_FRAMES * FRAME]
    return len(sound) > TONE_FRAMES * FRAME and bool(np.all(loudness(last) > AUDIBLE)) and tonal(last)


def _toned(sound):
    """Say whether the last sound was a tone, and has ended."""
    loud = np.flatnonzero(loudness(sound) > AUDIBLE)
    if len(loud) < TONE_FRAMES or len(sound) // FRAME - loud[-1] < GAP_FRAMES:
        return False
    return tonal(sound[(loud[-1] - TONE_FRAMES) * FRAME : loud[-1] * FRAME])
