"""Voices as the browser sends them: sealed pieces of 8 kHz PCM, joined to a WAV when the speaker is done."""

import io
import shutil
import wave
from array import array
from datetime import datetime
from pathlib import Path

from db.models import PhoneRecording
from db.session import Session
from ivr import vault
from ivr.services import keeping
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
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = directory / f"{number:06}.part"
    with part.open("wb") as file, vault.Sealer(file, office.desk.keys.newest) as sealed:
        sealed.write(pcm[: len(pcm) - len(pcm) % SAMPLE_BYTES])
    part.replace(directory / f"{number:06}.pcm")


def finish(session: Session, office: Office, recording: PhoneRecording, now: datetime) -> None:
    """Join the pieces; a voice in which nothing is heard is absent, and leaves no file."""
    samples = _joined(office, recording.sid)
    first, last = _ends(samples)
    if recording.trim:
        samples = samples[first:last]
    recording.status, recording.ended_at = ("completed" if last else "absent"), now
    if last:
        recording.seconds = max(1, round(len(samples) / RATE))
        keeping.put(session, office.desk, place(recording.sid), _wav(samples), here=True)
    else:
        clean(office, recording.sid)


def clean(office: Office, sid: str) -> None:
    """Throw away the pieces of what is joined, once it is sure to be: whoever finishes may be rolled back."""
    shutil.rmtree(_pieces(office, sid), ignore_errors=True)


def place(sid: str) -> str:
    return f"phone/{sid}.wav"


def forget(session: Session, sid: str, now: datetime) -> None:
    keeping.remove(session, place(sid), now)


def _pieces(office: Office, sid: str) -> Path:
    return office.desk.config.var_dir / "phone" / sid


def _joined(office: Office, sid: str) -> "array[int]":
    samples = array("h")
    for piece in sorted(_pieces(office, sid).glob("*.pcm")):
        with piece.open("rb") as file, vault.Opened(file, office.desk.keys) as opened:
            samples.frombytes(opened.read())
    return samples


def _ends(samples: "array[int]") -> tuple[int, int]:
    """Find where sound begins and ends; (0, 0) if there is none."""
    frames = range(0, len(samples), FRAME)
    loud = [start for start in frames if sum(map(abs, samples[start : start + FRAME])) > HEARD * FRAME]
    if not loud:
        return 0, 0
    margin = MARGIN_FRAMES * FRAME
    return max(0, loud[0] - margin), min(len(samples), loud[-1] + FRAME + margin)


def _wav(samples: "array[int]") -> bytes:
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return whole.getvalue()
