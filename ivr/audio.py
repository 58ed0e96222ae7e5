"""Sound in and out: what callers recorded is checked, what they hear is made fit for a telephone line."""

import io
import math
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]

TELEPHONE_RATE = 8000
LEVEL_DBFS = -20.0
LEAD_SECONDS = 0.03
TAIL_SECONDS = 0.06
SILENCE_DBFS = -120.0  # said of digital silence, which has no level

FRAME_SECONDS = 0.01
AUDIBLE_BELOW_LOUDEST_DB = 38.0
SPEECH_BELOW_LOUDEST_DB = 30.0
INAUDIBLE_RMS = 10 ** (-70 / 20)

KNEE = 0.7  # below it samples pass unchanged
CEILING = 0.97  # above it none come out
LEVELLING_PASSES = 4

STREAMED_SIZE = 0x7FFF0000  # a writer that could not seek back left a placeholder this large
BLOCK_FRAMES = 65536


File = Path | BinaryIO


class NotAudio(ValueError):  # says what the file is not
    """Raised when a file is not a whole, decodable sound."""


@dataclass(frozen=True, eq=False)
class Sound:
    """Mono samples between -1 and 1."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class Inspection:
    seconds: float
    rms_dbfs: float


def read(path: File) -> Sound:
    """Decode a whole file and mix it down to one channel."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise NotAudio(f"{_name(path)}: cannot be decoded ({error.error_string})") from error
    if not len(samples):
        raise NotAudio(f"{_name(path)}: holds no sound")
    return Sound(samples.mean(axis=1, dtype=np.float32), rate)


def peaks(path: File, bars: int) -> list[int]:
    """Give how loud each of so many parts of a file is, from 0 to 100 of the loudest. Raises NotAudio."""
    samples = np.abs(read(path).samples)
    loudest = float(samples.max()) or 1.0
    return [round(100 * float(part.max()) / loudest) if len(part) else 0 for part in np.array_split(samples, bars)]


def from_pcm16(data: bytes, rate: int) -> Sound:
    """Take the samples a synthesiser gives: 16 bits, the machine's byte order, one channel."""
    return Sound(np.frombuffer(data, dtype=np.int16).astype(np.float32) / np.float32(32768), rate)


def silence(seconds: float) -> Sound:
    return Sound(np.zeros(round(seconds * TELEPHONE_RATE), dtype=np.float32), TELEPHONE_RATE)


def wav_bytes(sound: Sound) -> bytes:
    """Write 8 kHz, one channel, 16-bit PCM in a RIFF file; the same samples always give the same bytes."""
    file = io.BytesIO()
    soundfile.write(file, _resampled(sound).samples, TELEPHONE_RATE, format="WAV", subtype="PCM_16", endian="LITTLE")
    return file.getvalue()


def to_telephone(sound: Sound, level_dbfs: float = LEVEL_DBFS) -> Sound:
    """Resample, trim the silence round the speech and bring the speech to one loudness.

    The level is the RMS of the frames that hold speech, so pauses do not make a prompt louder. A soft
    limiter keeps peaks under CEILING; what it takes away is given back in a few passes.
    """
    telephone = _resampled(sound)
    return Sound(_levelled(_trimmed(telephone.samples), 10 ** (level_dbfs / 20)), TELEPHONE_RATE)


def speech_dbfs(sound: Sound) -> float:
    """Measure how loud the speech is, leaving out the pauses."""
    return _dbfs(_speech_rms(sound.samples, sound.rate))


def inspect(path: File) -> Inspection:
    """Decode a caller's recording to its end and measure it; raise NotAudio for anything less than whole."""
    with path.open("rb") if isinstance(path, Path) else nullcontext(path) as file:
        _check_riff_is_whole(file, _name(path))
    try:
        with soundfile.SoundFile(path) as file:
            frames, energy = _measured(file)
            expected, rate = file.frames, file.samplerate
    except soundfile.LibsndfileError as error:
        raise NotAudio(f"{_name(path)}: cannot be decoded ({error.error_string})") from error
    if not frames:
        raise NotAudio(f"{_name(path)}: holds no sound")
    if frames < expected:
        raise NotAudio(f"{_name(path)}: ends after {frames} of {expected} frames")
    return Inspection(frames / rate, _dbfs(math.sqrt(energy / frames)))


def _measured(file: soundfile.SoundFile) -> tuple[int, float]:
    """Count frames and sum the mean energy of the channels, block by block: a recording may be long."""
    frames, energy = 0, 0.0
    for block in file.blocks(blocksize=BLOCK_FRAMES, dtype="float32", always_2d=True):
        frames += len(block)
        energy += float(np.square(np.nan_to_num(block), dtype=np.float64).mean(axis=1).sum())
    return frames, energy


def _name(file: File) -> str:
    return file.name if isinstance(file, Path) else "the sound"


def _check_riff_is_whole(file: BinaryIO, name: str) -> None:
    """Compare what a WAV file promises with what is there; the decoder itself does not mind a cut one."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    riff = file.read(4) == b"RIFF"
    file.seek(12)
    promised = _data_chunk_end(file) if riff else None
    file.seek(0)
    if promised is not None and promised > size:
        raise NotAudio(f"{name}: is cut off, {size} of {promised} bytes")


def _data_chunk_end(file: BinaryIO) -> int | None:
    while len(header := file.read(8)) == 8:  # noqa: PLR2004  # a chunk's name and its size
        length = int.from_bytes(header[4:], "little")
        if header[:4] == b"data":
            return None if length >= STREAMED_SIZE else file.tell() + length
        file.seek(length + length % 2, io.SEEK_CUR)
    return None


def _resampled(sound: Sound) -> Sound:
    if sound.rate == TELEPHONE_RATE:
        return sound
    return Sound(soxr.resample(sound.samples, sound.rate, TELEPHONE_RATE, quality="HQ"), TELEPHONE_RATE)


def _frame_rms(samples: Samples, rate: int) -> NDArray[np.float64]:
    length = round(FRAME_SECONDS * rate)
    padded = np.pad(samples, (0, -len(samples) % length)).reshape(-1, length)
    rms: NDArray[np.float64] = np.sqrt(np.square(padded, dtype=np.float64).mean(axis=1))
    return rms


def _trimmed(samples: Samples) -> Samples:
    frames = _frame_rms(samples, TELEPHONE_RATE)
    loudest = frames.max(initial=0.0)
    if loudest < INAUDIBLE_RMS:
        return samples
    audible = np.flatnonzero(frames > loudest * 10 ** (-AUDIBLE_BELOW_LOUDEST_DB / 20))
    length = round(FRAME_SECONDS * TELEPHONE_RATE)
    start = max(0, int(audible[0]) * length - round(LEAD_SECONDS * TELEPHONE_RATE))
    end = (int(audible[-1]) + 1) * length + round(TAIL_SECONDS * TELEPHONE_RATE)
    return samples[start:end]


def _speech_rms(samples: Samples, rate: int) -> float:
    frames = _frame_rms(samples, rate)
    loudest = frames.max(initial=0.0)
    if loudest < INAUDIBLE_RMS:
        return 0.0
    speech = frames[frames > loudest * 10 ** (-SPEECH_BELOW_LOUDEST_DB / 20)]
    return float(np.sqrt(np.square(speech).mean()))


def _levelled(samples: Samples, target: float) -> Samples:
    levelled, gain = samples, 1.0
    for _ in range(LEVELLING_PASSES):
        now = _speech_rms(levelled, TELEPHONE_RATE)
        if now == 0.0:
            break
        gain *= target / now
        levelled = _limited(samples * np.float32(gain))
    return levelled


def _limited(samples: Samples) -> Samples:
    """Bend what is above the knee towards the ceiling, so that nothing is clipped."""
    size = np.abs(samples)
    room = CEILING - KNEE
    bent = np.sign(samples) * (KNEE + room * np.tanh((size - KNEE) / room))
    return np.where(size > KNEE, bent, samples).astype(np.float32)


def _dbfs(rms: float) -> float:
    return max(SILENCE_DBFS, 20 * math.log10(rms)) if rms > 0 else SILENCE_DBFS
