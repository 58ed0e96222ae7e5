"""All that was heard on a telephone, from the first sound to the last: clips one after another, tones, and the rest.

Unlike tests.exchange.ear it leaves no sound unexplained, and tells digits apart that are said fast.
"""

from typing import NamedTuple

import numpy as np

from tests.exchange.ear import likeness

RATE = 8000
FRAME = RATE // 50
HEAD = RATE * 3 // 10  # what a clip is looked for by; if that was spoilt, by what follows it
PIECES = 3
BLOCK = RATE // 4  # what the rest of it is compared by
SLACK = RATE // 25  # a packet or two may come late, twice or not at all
SLIP = RATE // 10  # so far a spoilt beginning may shift what follows
STALL = RATE * 3 // 10  # a machine that does too much at once stands still for so long
PATIENT_BLOCKS = 3
WINDOW = 4096
ALIKE = 0.7
VERY = 0.9
CHANCE = 0.6  # other words of the same voice may be so like
SURE_SECONDS = 0.5
SPOILT = 0.45  # a short word that lost a packet in its middle still is, and most like itself
CUT_SECONDS = 0.3
CRUMB = RATE // 12  # the end of a word, or of its echo in the code that it was sent in
MADE_UP = RATE // 8  # what a telephone makes up for packets that are late is shorter than any word
AUDIBLE = 10 ** (-50 / 20)
TONE, STRANGE = "tone", "?"


class Heard(NamedTuple):
    """Words, where they begin, how long they were to be heard, and whether to their end."""

    words: str
    start: float
    seconds: float
    whole: bool


class Hearing:
    """Knows some clips: samples by their words."""

    def __init__(self, clips):
        self._bodies = {words: _loud(np.asarray(clip, np.float32)) for words, clip in clips.items()}
        self._names = list(self._bodies)
        self._pieces = [self._cut(piece * HEAD) for piece in range(PIECES)]

    def _cut(self, start):
        """Give what clips are looked for by: lengths, and spectra of one size."""
        pieces = [body[start : start + HEAD] for body in self._bodies.values()]
        alike = [_longer(piece / max(np.linalg.norm(piece), 1e-9), HEAD) for piece in pieces]
        return np.array([len(piece) for piece in pieces]), np.conj(np.fft.rfft(np.asarray(alike, np.float32), WINDOW))

    def hears(self, sound):
        """Give everything that is to be heard, in order: a list of Heard."""
        sound = np.concatenate([np.zeros(SLACK), sound, np.zeros(PIECES * HEAD + STALL)]).astype(np.float32)
        found, place = [], SLACK
        while (place := _onset(sound, place)) is not None:
            one = self._clip(sound, place) or self._rest(sound, place)
            before, place = place, round(one.start + one.seconds * RATE)
            assert place > before, f"this ear stands still at {one}"
            if found and one.words == found[-1].words == STRANGE and one.start - found[-1].start < _reach(found[-1]):
                found[-1] = found[-1]._replace(seconds=(place - found[-1].start) / RATE)
            else:
                found.append(one)
        return [
            one._replace(start=round((one.start - SLACK) / RATE, 3))
            for one in found
            if one.words != STRANGE or one.seconds * RATE > MADE_UP
        ]

    def _clip(self, sound, place):
        """Find the clip that explains the most from here on: whole, or one whose beginning was spoilt.

        None if one that begins after a crumb explains more.
        """
        worth, best = self._whole(sound, place)
        if best is None or best.seconds < SURE_SECONDS + HEAD / RATE or not best.whole:
            later, other = self._spoilt(sound, place)
            worth, best = (later, other) if later > worth else (worth, best)
            if self._within(sound, place, best, HEAD + SLIP) > worth:
                return None
        return best

    def _within(self, sound, place, one, reach=2 * CRUMB):
        """Say how much is explained by a clip that begins a little later, within what was found: that may be a crumb.

        What begins when it has ended is the next word, however short the one before.
        """
        end = one.start + one.seconds * RATE - SLACK if one else np.inf
        later = [self._whole(sound, place + crumb) for crumb in range(SLACK, reach, SLACK)]
        return max((worth for worth, other in later if other and other.start < end), default=0)

    def _whole(self, sound, place):
        found = [self._judged(words, sound, start) for words, start, _ in self._candidates(sound, place)]
        return max((one for one in found if one[1].seconds), default=(0, None))

    def _spoilt(self, sound, place):
        """Find a clip by what follows its beginning, which may have slipped."""
        found = []
        for further in range(HEAD, PIECES * HEAD, HEAD):
            for words, start, _ in self._candidates(sound, place + further, further // HEAD, slack=SLIP):
                worth, one = self._judged(words, sound, start, further)
                slipped = (start - further - place) / RATE
                if one.seconds > further / RATE + SURE_SECONDS:
                    found.append((worth, one._replace(start=place, seconds=one.seconds + slipped)))
        return max(found, default=(0, None))

    def _rest(self, sound, place):
        """Find a tone, or a short word that was spoilt; else a little that is strange."""
        if tone := _tone(sound, place):
            return tone
        guesses = self._candidates(sound, place, least=SPOILT)
        short = [(alike, start, words) for words, start, alike in guesses if len(self._bodies[words]) <= 2 * HEAD]
        _, start, words = max(short, default=(0, 0, ""))
        one = Heard(words, start, len(self._bodies[words]) / RATE, True) if words else None
        return Heard(STRANGE, place, FRAME / RATE, False) if self._within(sound, place, one) > 0 or not one else one

    def _judged(self, words, sound, place, start=0):
        """Follow a clip, or the rest of it; give how much it explains, and what was heard."""
        body = self._bodies[words]
        followed, alike, end = _followed(body[start:], sound, place)
        left = max(0, len(body) - start - followed)
        whole = followed > 0 and left < CUT_SECONDS * RATE
        if whole:
            end += left + _put_off(body, sound, end + left)
        seconds = (end - place + start) / RATE
        worth = followed / RATE * (alike - CHANCE) * (1.1 if whole else 1)
        return worth, Heard(words, place, seconds, whole)

    def _candidates(self, sound, place, piece=0, least=ALIKE, slack=SLACK):
        """Give the clips of which a piece is like what is heard about here, just where, and how like."""
        (lengths, spectra), window = self._pieces[piece], sound[place - slack : place + HEAD + slack]
        shifts = np.arange(2 * slack + 1)
        at = np.fft.irfft(np.fft.rfft(window, WINDOW) * spectra, WINDOW)[:, : len(shifts)]
        energy = np.concatenate([[0], np.cumsum(np.square(_longer(window, 2 * (HEAD + slack)), dtype=np.float64))])
        energy = energy[shifts + lengths[:, None]] - energy[shifts]
        alike = np.where(lengths[:, None] > CRUMB, at / np.sqrt(np.maximum(energy, 1e-6)), 0)
        best, most = np.argmax(alike, axis=1), alike.max(axis=1)
        found = np.flatnonzero(most >= least)
        return [(self._names[n], place + int(best[n]) - slack, float(most[n])) for n in found]


def loudness(sound):
    """Measure each 20 ms (root mean square)."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt(np.mean(np.square(frames), axis=1))


def tonal(sound):
    """Say whether a piece is a tone: nearly all of it is of one pitch."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    top = int(np.argmax(power))
    return bool(power[max(0, top - 3) : top + 4].sum() > 0.9 * power.sum())


def _followed(body, sound, place):
    """Compare block after block until too many in a row differ; give how far it goes, how like, and where that is."""
    heard, end, missed, alike, sizes = 0, place, 0, [], []
    starts = range(0, max(1, len(body) - BLOCK // 2), BLOCK)
    for start in starts:
        block = body[start : None if start == starts[-1] else start + BLOCK]
        if _rms(block) < AUDIBLE:
            continue
        like, shift = likeness(block, sound, place + start, STALL if missed else SLACK)
        if like >= ALIKE:
            place, heard, missed = place + shift, start + len(block), 0
            end = place + heard
            alike.append(like)
            sizes.append(len(block))
        else:
            missed += 1
            if missed == PATIENT_BLOCKS:
                break
    return heard, float(np.average(alike, weights=sizes)) if alike else 0.0, end


def _put_off(body, sound, end):
    """Give how far a stall in the last block has put the clip's end off: not at all if it, or its end, is in place.

    It comes later, never sooner, and it has to be the very piece: any vowel of the same voice is somewhat like it.
    """
    block, last = body[-BLOCK:], body[-BLOCK // 4 :]
    place, later = end - len(last), STALL // 2
    if likeness(block, sound, end - len(block), SLACK)[0] >= VERY or likeness(last, sound, place, SLACK)[0] >= ALIKE:
        return 0
    like, shift = likeness(last, sound, place + later, later)
    return later + shift if like >= VERY else 0


def _tone(sound, place):
    end = place
    while _rms(sound[end : end + FRAME]) > AUDIBLE and tonal(sound[end : end + 2 * FRAME]):
        end += FRAME
    return Heard(TONE, place, (end - place) / RATE, True) if end - place > CRUMB else None


def _reach(one):
    return one.seconds * RATE + FRAME


def _onset(sound, place):
    loud = np.flatnonzero(np.abs(sound[place:]) > AUDIBLE)
    return place + int(loud[0]) if len(loud) else None


def _loud(clip):
    loud = np.flatnonzero(np.abs(clip) > AUDIBLE)
    return clip[loud[0] : loud[-1] + 1] if len(loud) else clip[:1]


def _longer(some, length):
    return np.concatenate([some, np.zeros(length - len(some), np.float32)])


def _rms(some):
    return float(np.sqrt(np.mean(np.square(some)))) if len(some) else 0.0
