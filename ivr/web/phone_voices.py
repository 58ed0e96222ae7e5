"""Voices as the browser sends them: pieces of 8 kHz PCM, joined to a WAV when the speaker is done."""

import shutil
import wave
from array import array
from datetime import datetime
from pathlib import Path

from db.models import PhoneRecording
from ivr.web.phone_news import Office

RATE = 8000
SAMPLE_BYTES = 2
FRAME = RATE // 50
HEARD = 110  # mean of the absolute samples; about -48 dBFS
MARGIN_FRAMES = 15  # of the silence at both ends, this much stays
MOST_PIECES = 20000


def keep(office: Office, sid: str, number: int, pcm: bytes) -> None:
    """Keep a piece; one that comes twice replaces itself."""
    directory = _pieces(office, sid)
    directory.mkdir(parents=True, exist_ok=True)
    whole = pcm[: len(pcm) - len(pcm) % SAMPLE_BYTES]
    part = directory / f"{number:06}.part"
    part.write_bytes(whole)
    part.replace(directory / f"{number:06}.pcm")


def finish(office: Office, recording: PhoneRecording, now: datetime) -> None:
    """Join the pieces; a voice in which nothing is heard is absent, and leaves no file."""
    samples = _joined(_pieces(office, recording.sid))
    first, last = _ends(samples)
    if recording.trim:
        samples = samples[first:last]
    recording.status, recording.ended_at = ("completed" if last else "absent"), now
    if last:
        recording.seconds = max(1, round(len(samples) / RATE))
        _write(path(office, recording.sid), samples)
    shutil.rmtree(_pieces(office, recording.sid), ignore_errors=True)


def path(office: Office, sid: str) -> Path:
    return office.voices_dir / f"{sid}.wav"


def forget(office: Office, sid: str) -> None:
    path(office, sid).unlink(missing_ok=True)


def _pieces(office: Office, sid: str) -> Path:
    return office.voices_dir / sid


def _joined(directory: Path) -> "array[int]":
    samples = array("h")
    for piece in sorted(directory.glob("*.pcm")):
        samples.frombytes(piece.read_bytes())
    return samples


def _ends(samples: "array[int]") -> tuple[int, int]:
    """Find where sound begins and ends; (0, 0) if there is none."""
    frames = range(0, len(samples), FRAME)
    loud = [start for start in frames if sum(map(abs, samples[start : start + FRAME])) > HEARD * FRAME]
    if not loud:
        return 0, 0
    margin = MARGIN_FRAMES * FRAME
    return max(0, loud[0] - margin), min(len(samples), loud[-1] + FRAME + margin)


def _write(target: Path, samples: "array[int]") -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    part.replace(target)
