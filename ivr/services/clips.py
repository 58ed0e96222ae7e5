"""Clips in the store that several machines share: announcements, and what each machine's voice has said.

They lie in plain, each under the hash of its bytes, and every machine keeps copies of what it needs. No turn asks the
store for one.
"""

import logging
import os
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path

from ivr.services.desk import Desk
from ivr.services.keeping import Away
from ivr.speech import HASH, Clip, content_of

log = logging.getLogger(__name__)

FOLDER, PROMPTS = "announcements", "prompts"  # beside the years of recordings
SEATS, PATIENCE_SECONDS, REST_SECONDS = 4, 3.0, 5.0
LOOKS, LOOK_SECONDS = 3, 0.5  # what another machine has just said is in the store a moment later
AT_ONCE = 20


def share(desk: Desk, clip: Clip, folder: str = FOLDER) -> None:
    """Put a clip where all machines find it, its words first; nothing to do without a store. Raises Away."""
    if desk.shares:
        _put(desk, clip.words.encode(), _place(folder, clip.hash, "txt"))
        _put(desk, clip.path.read_bytes(), _place(folder, clip.hash, "wav"))


def shared(desk: Desk, content: str, folder: str = FOLDER) -> bool:
    """Say whether the store has a clip. Raises Away."""
    return desk.store.holds(_place(folder, content, "wav"))


def offer(desk: Desk, known: set[str]) -> None:
    """Share some of what this machine's voice has said and nobody knows of yet. Raises Away.

    A telephone may ask any machine for it, and no two voices need say the same words with the same bytes.
    """
    for clip in islice(desk.speech.said(known), AT_ONCE):
        if not shared(desk, clip.hash, PROMPTS):
            share(desk, clip, PROMPTS)
        known.add(clip.hash)


def bring(desk: Desk, content: str) -> Clip | None:
    """Find a clip on this machine, or else copy it from the store; None if it is in neither. Raises Away."""
    here = desk.speech.find(content)
    if here is not None or not desk.shares or not HASH.fullmatch(content):
        return here
    for folder in (FOLDER, PROMPTS):
        if (wav := _read(desk, _place(folder, content, "wav"))) is None:
            continue
        if content_of(wav) != content:
            log.error("a clip in the store is not what it was", extra={"clip": content})
            continue
        words = (_read(desk, _place(folder, content, "txt")) or b"").decode()
        return desk.speech.take_in(wav, words, announced=folder == FOLDER)
    return None


class Counter:
    """Gives clips to whoever asks, strangers among them: a few at a time, and none for a while after it was away."""

    def __init__(self) -> None:
        self._seats = threading.BoundedSemaphore(SEATS)
        self._resting_until = 0.0

    def bring(self, desk: Desk, content: str) -> Clip | None:
        """Do as `bring` does, and look again for what may be on its way. Raises Away."""
        here = desk.speech.find(content)
        if here is not None or not desk.shares:
            return here
        if time.monotonic() < self._resting_until:
            raise Away("it was away a moment ago")
        if not self._seats.acquire(timeout=PATIENCE_SECONDS):
            raise Away("too many wait for it")
        try:
            return self._looked_for(desk, content)
        except Away:
            self._resting_until = time.monotonic() + REST_SECONDS
            raise
        except OSError as why:  # this machine's disk is full, as a rule
            raise Away(str(why)) from why
        finally:
            self._seats.release()

    def _looked_for(self, desk: Desk, content: str) -> Clip | None:
        for _ in range(LOOKS):
            if (found := bring(desk, content)) is not None:
                return found
            time.sleep(LOOK_SECONDS)
        return bring(desk, content)


def _place(folder: str, content: str, kind: str) -> str:
    return f"{folder}/{content}.{kind}"


def _read(desk: Desk, place: str) -> bytes | None:
    try:
        with desk.store.open(place) as file:
            return file.read()
    except FileNotFoundError:
        return None


def _put(desk: Desk, content: bytes, place: str) -> None:
    with tempfile.TemporaryDirectory(dir=desk.config.var_dir, prefix=".") as directory:
        part = Path(directory) / "part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        desk.store.put(part, place)
