"""An ear that knows what it may hear: which clips are in a recording, and whether speech came through."""

import io
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
import requests

RATE = 8000
HEAD = RATE // 2  # what a clip is looked for by
BLOCK = RATE // 4  # what the rest of it is compared by
PARTS = 3  # so many of its first half seconds may be looked for
HOLE, MOST = 2, 0.6  # damage: at most so many blocks in a row; and so much has to be left
SLACK = RATE // 25  # a packet or two may come late, twice or not at all
DRIFT = RATE // 5  # on a busy machine, more
ALIKE = 0.7  # other words of the same voice reach half of it
AUDIBLE = 10 ** (-50 / 20)
OVERLAP = 0.1  # seconds that two clips in a row may seem to share
SHORTEST = 0.3  # seconds of a clip, below which nobody could tell


class Heard(NamedTuple):
    """A clip, where it begins, how like itself it was, and how much of it was to be heard."""

    clip: str
    start: float
    correlation: float
    seconds: float


def samples_of(data):
    """Give the samples within 1 of a WAV file: a path, or its bytes."""
    with wave.open(io.BytesIO(data) if isinstance(data, bytes) else str(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def fetched(urls):
    """Fetch what a house serves under /audio; samples by address."""
    return {url: samples_of(requests.get(url, timeout=10).content) for url in urls}


def cached(directory):
    """Read the clips that a house keeps; samples by their words."""
    paths = sorted(path for path in Path(directory).glob("[0-9a-f]*.wav") if path.with_suffix(".txt").exists())
    return {path.with_suffix(".txt").read_text(encoding="utf-8"): samples_of(path) for path in paths}


def recognised(recording, clips):
    """Say which of some clips are in a recording, in order, also those that were cut off: a list of Heard.

    Of explanations that contradict each other the one that explains the most sound is taken.
    """
    padded = np.concatenate([np.zeros(SLACK), recording, np.zeros(HEAD + BLOCK + SLACK)]).astype(np.float32)
    search = _Search(padded)
    found = [heard for name, clip in clips.items() for heard in search.places(name, np.asarray(clip, np.float32))]
    return _likeliest([one._replace(start=round(one.start - SLACK / RATE, 3)) for one in found])


def words(recording, clips):
    """Give just the clips' names."""
    return [one.clip for one in recognised(recording, clips)]


def correlation(sent, got):
    """Say how much of what was sent came through: the median of its half seconds', at the best delay."""
    sent, got = np.asarray(sent, np.float32), np.asarray(got, np.float32)
    size = _fast(len(sent) + len(got))
    at = np.fft.irfft(np.fft.rfft(got, size) * np.conj(np.fft.rfft(sent, size)), size)
    lag = int(np.argmax(at))
    lag -= size if lag > len(got) else 0
    margin = np.zeros(len(sent) + DRIFT, np.float32)
    got = np.concatenate([margin, got, margin])
    place, alike = lag + len(margin), []
    for start in range(0, len(sent), RATE // 2):
        part = sent[start : start + RATE // 2]
        if _rms(part) > AUDIBLE:
            like, shift = likeness(part, got, place + start, DRIFT)
            place += shift if like > ALIKE else 0
            alike.append(like)
    return float(np.median(alike)) if alike else 0.0


class _Search:
    """A recording, and what is worked out of it once for all clips."""

    def __init__(self, recording):
        self.recording = recording
        self.size = _fast(len(recording) + HEAD)
        self.spectrum = np.fft.rfft(recording, self.size)
        self.scales = {}
        self.energy = np.concatenate([[0.0], np.cumsum(recording.astype(np.float64) ** 2)])

    def places(self, name, clip):
        """Find where a clip begins, and how far it goes."""
        loud = np.flatnonzero(abs(clip) > AUDIBLE)
        if not len(loud):
            return
        onset, end = int(loud[0]), int(loud[-1]) + 1
        body = clip[onset:end]
        for place in self._beginnings(body):
            seconds, alike = self._followed(body, place)
            if seconds >= min(SHORTEST, len(body) / RATE):
                yield Heard(name, (place - onset) / RATE, round(alike, 3), round(onset / RATE + seconds, 3))

    def _beginnings(self, body):
        """Find where it may begin: by its head, or if that has suffered by what comes after it."""
        found = []
        for start in range(0, min(len(body), PARTS * HEAD), HEAD):
            part = body[start : start + HEAD]
            if start and (len(part) < HEAD or _rms(part) < AUDIBLE):
                continue
            for place in self._peaks(part):
                if place >= start and all(abs(place - start - other) > DRIFT for other in found):
                    found.append(place - start)
        return found

    def _peaks(self, part):
        """Give the places that are most like a part of a clip."""
        at = np.fft.irfft(self.spectrum * np.conj(np.fft.rfft(part, self.size)), self.size)
        alike = at[: len(self.recording) - len(part) + 1] * self._scale(len(part))
        places = np.flatnonzero(alike >= ALIKE * np.sqrt(np.sum(part**2)))
        while len(places):
            best = int(places[np.argmax(alike[places])])
            yield best
            places = places[abs(places - best) > HEAD // 2]

    def _scale(self, length):
        """Work out once by how much each stretch of the recording is to be divided; nothing is like a quiet one."""
        if length not in self.scales:
            energy = self.energy[length:] - self.energy[:-length]
            quiet = energy < AUDIBLE**2 * length / 4
            self.scales[length] = np.where(quiet, 0, 1 / np.sqrt(np.maximum(energy, 1e-9))).astype(np.float32)
        return self.scales[length]

    def _followed(self, body, place):
        """Compare block after block until some in a row are not alike; give the seconds, and the likeness.

        Of what was heard most has to be like it: words that two clips share do not make them one.
        """
        heard, missed, holes, alike = 0, 0, 0, []
        for start in range(0, len(body), BLOCK):
            block = body[start : start + BLOCK]
            if _rms(block) < AUDIBLE:
                continue
            like, shift = likeness(block, self.recording, place + start, SLACK * (missed + 1))
            if like >= ALIKE:
                place, heard, holes, missed = place + shift, start + len(block), holes + missed, 0
                alike.append(like)
            elif missed == HOLE:
                break
            else:
                missed += 1
        if len(alike) < MOST * (len(alike) + holes):
            return 0.0, 0.0
        return heard / RATE, float(np.mean(alike)) if alike else 0.0


def likeness(block, recording, place, slack=SLACK):
    """Compare a block with a recording round a place; give the best likeness, and how far from the place it is."""
    first = max(0, place - slack)
    window = recording[first : place + slack + len(block)]
    if len(window) < len(block):
        return 0.0, 0
    energy = np.convolve(window.astype(np.float64) ** 2, np.ones(len(block)), "valid")
    alike = np.correlate(window, block, "valid") / np.sqrt(np.maximum(energy * np.sum(block**2), 1e-9))
    best = int(np.argmax(alike))
    return float(alike[best]), first + best - place


def _likeliest(found):
    """Choose those that do not contradict each other and explain the most."""
    found = sorted(found, key=lambda one: one.start + one.seconds)
    best = [(0.0, [])]
    for number, one in enumerate(found):
        before = next(
            (n for n in range(number, 0, -1) if found[n - 1].start + found[n - 1].seconds <= one.start + OVERLAP), 0
        )
        worth, chain = best[before]
        with_it = (worth + one.seconds * one.correlation, [*chain, one])
        best.append(max(best[-1], with_it, key=lambda choice: choice[0]))
    return best[-1][1]


def _rms(samples):
    return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0


def _fast(size):
    """Give the next size that is quickly transformed."""
    return 1 << (size - 1).bit_length()
