"""Clips of announcements in the store that several machines share: every machine keeps copies of what it needs.

They lie in plain, as prompts do, each under the hash of its bytes. No turn asks the store for one.
"""

import logging
import os
import tempfile
import threading
import time
from pathlib import Path

from ivr.services.desk import Desk
from ivr.services.keeping import Away
from ivr.speech import HASH, Clip, content_of

log = logging.getLogger(__name__)

FOLDER = "announcements"  # beside the years of recordings
SEATS, PATIENCE_SECONDS, REST_SECONDS = 4, 3.0, 5.0


def share(desk: Desk, clip: Clip) -> None:
    """Put a clip where all machines find it, its words first; nothing to do without a store. Raises Away."""
    if desk.shares:
        _put(desk, clip.words.encode(), _place(clip.hash, "txt"))
        _put(desk, clip.path.read_bytes(), _place(clip.hash, "wav"))


def shared(desk: Desk, content: str) -> bool:
    """Say whether the store has a clip. Raises Away."""
    return desk.store.holds(_place(content, "wav"))


def bring(desk: Desk, content: str) -> Clip | None:
    """Find a clip on this machine, or else copy it from the store; None if it is in neither. Raises Away."""
    here = desk.speech.find(content)
    if here is not None or not desk.shares or not HASH.fullmatch(content):
        return here
    wav = _read(desk, _place(content, "wav"))
    if wav is None:
        return None
    if content_of(wav) != content:
        log.error("a clip in the store is not what it was", extra={"clip": content})
        return None
    return desk.speech.take_in(wav, (_read(desk, _place(content, "txt")) or b"").decode())


class Counter:
    """Gives clips to whoever asks, strangers among them: a few at a time, and none for a while after it was away."""

    def __init__(self) -> None:
        self._seats = threading.BoundedSemaphore(SEATS)
        self._resting_until = 0.0

    def bring(self, desk: Desk, content: str) -> Clip | None:
        """Do as `bring` does. Raises Away."""
        here = desk.speech.find(content)
        if here is not None or not desk.shares:
            return here
        if time.monotonic() < self._resting_until:
            raise Away("it was away a moment ago")
        if not self._seats.acquire(timeout=PATIENCE_SECONDS):
            raise Away("too many wait for it")
        try:
            return bring(desk, content)
        except Away:
            self._resting_until = time.monotonic() + REST_SECONDS
            raise
        except OSError as why:  # this machine's disk is full, as a rule
            raise Away(str(why)) from why
        finally:
            self._seats.release()


def _place(content: str, kind: str) -> str:
    return f"{FOLDER}/{content}.{kind}"


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
