"""Recordings: taken off the exchange, mended, judged, trimmed, and kept until somebody deletes them."""

import asyncio
import hashlib
import io
import logging
import os
import wave
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from ivr.gateway.ari import NOT_FOUND, Ari, AriError
from ivr.gateway.ledger import Ledger, Voice

log = logging.getLogger(__name__)

RATE = 8000
HEADER_BYTES = 44
FRAME = 160  # 20 ms
AUDIBLE = 32768 * 10 ** (-50 / 20)
SPOKEN_FRAMES = 5  # a tenth of a second above what can be heard
STEADY, STEADY_BELOW = 2.0, 32768 * 10 ** (-38 / 20)  # 6 dB: a hum that never changes is a line, not a voice
MARGIN_FRAMES = 13  # a quarter of a second is left round what was said

Samples = NDArray[np.int16]


def sid_of(name: str) -> str:
    """Give a name on the exchange the sid that every gateway would give it."""
    return "RE" + hashlib.sha256(name.encode()).hexdigest()[:32]


def samples_of(data: bytes) -> Samples:
    """Read a WAV file of the exchange's: 8 kHz, 16 bits. What a header promises counts for nothing.

    An exchange that is killed leaves a header that was never filled in, and perhaps half a sample.
    """
    body = data[HEADER_BYTES:] if data[:4] == b"RIFF" else data
    return np.frombuffer(body[: len(body) - len(body) % 2], dtype="<i2")


def wav_of(samples: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def levels(samples: Samples) -> NDArray[np.float64]:
    """Measure how loud each 20 ms are (RMS)."""
    padded = np.pad(samples.astype(np.float64), (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    measured: NDArray[np.float64] = np.sqrt(np.mean(np.square(padded), axis=1))
    return measured


def spoken(samples: Samples) -> bool:
    """Say whether anything was said. In doubt it was: an empty voice costs a look, a lost one a citizen."""
    if not len(samples):
        return False
    loud = np.sort(levels(samples))[-SPOKEN_FRAMES:]
    if len(loud) < SPOKEN_FRAMES or loud[0] < AUDIBLE:
        return False
    middle = float(np.median(levels(samples)))
    return not (loud[0] < STEADY * middle and loud[0] < STEADY_BELOW)


def trimmed(samples: Samples) -> Samples:
    """Take away the silence before and after what was said."""
    audible = np.flatnonzero(levels(samples) >= AUDIBLE)
    if not len(audible):
        return samples[:0]
    start = max(0, int(audible[0]) - MARGIN_FRAMES) * FRAME
    return samples[start : (int(audible[-1]) + 1 + MARGIN_FRAMES) * FRAME]


class Voices:
    """Where recordings are kept: a file each, named by its sid."""

    def __init__(self, directory: Path, ledger: Ledger, ari: Ari) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory, self._ledger, self._ari = directory, ledger, ari

    def path(self, sid: str) -> Path:
        return self._directory / f"{sid}.wav"

    async def take(self, voice: Voice) -> None:
        """Fetch a finished recording, judge and store it. Nothing is told or deleted yet.

        Raises AriError when the exchange cannot be asked.
        """
        samples = samples_of(await self._fetched(voice))
        kept = trimmed(samples) if voice.trim else samples
        said = len(kept) > 0 and (voice.source != "RecordVerb" or spoken(samples))
        voice.status = "completed" if said else "absent"
        if said:
            voice.seconds = max(1, round(len(kept) / RATE))
            await asyncio.to_thread(self._store, voice.sid, wav_of(kept))

    async def _fetched(self, voice: Voice) -> bytes:
        try:
            return await self._ari.raw("GET", f"/recordings/stored/{quote(voice.name, safe='')}/file")
        except AriError as error:
            if error.status == NOT_FOUND:
                return b""
            raise

    def _store(self, sid: str, data: bytes) -> None:
        """Write it so that a crash leaves all of it or none."""
        part = self._directory / f".{sid}.part"
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path(sid))
        folder = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    async def clear(self, voice: Voice) -> None:
        """Delete the exchange's own copy, once ours is safe."""
        await self._ari.quietly("DELETE", f"/recordings/stored/{quote(voice.name, safe='')}")

    def delete(self, sid: str) -> bool:
        """Forget a recording for good; say whether there was one."""
        voice = self._ledger.voice(sid)
        if voice is None or voice.status == "deleted":
            return False
        voice.status = "deleted"
        self.path(sid).unlink(missing_ok=True)
        self._ledger.keep_voice(voice)
        return True
