"""What a ticket keeps of what was said."""

import pytest

from tests.exchange.ear import correlation
from tests.exchange.telephone import read_wav
from tests.gateway.day.hearing import AUDIBLE, FRAME, RATE, loudness

SAME, OTHER = 0.8, 0.4
NEAR_SECONDS = 1.5


def are_kept(house, rows, spoken):
    """Hold that these rows are voices, each of them just what was said, in this order."""
    heard = [row for row in rows if row["state"] != "absent"]
    assert len(heard) == len(spoken)
    for row, one in zip(heard, spoken, strict=True):
        assert row["state"] == "stored"
        kept = read_wav(house.voice(row))
        assert len(kept) / RATE == pytest.approx(_seconds(one.sound), abs=NEAR_SECONDS)
        assert row["seconds"] == pytest.approx(len(kept) / RATE, abs=0.6)
        assert correlation(one.sound, kept) > SAME
        assert correlation(one.other, kept) < OTHER


def _seconds(sound):
    """Count from the first sound to the last."""
    loud = [n for n, level in enumerate(loudness(sound)) if level > AUDIBLE]
    return (loud[-1] + 1 - loud[0]) * FRAME / RATE
