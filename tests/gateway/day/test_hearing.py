"""The ear that judges the day's calls knows a clip that the way has spoilt, and lets nothing else pass for one."""

import numpy as np
import pytest

from tests.exchange.speaker import WORDS, speech
from tests.gateway.day.hearing import RATE, STRANGE, TONE, Hearing

SAID = "complaint"
CLIPS = {name: speech(WORDS[name]) for name in ("menu", SAID, "apology", "thanks")}
PAUSE = np.zeros(RATE // 2)
BEEP = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(RATE * 2 // 5) / RATE)
LOUD = np.flatnonzero(np.abs(CLIPS[SAID]) > 0.01)
MILLISECOND = RATE // 1000


@pytest.fixture(scope="module")
def hearing():
    return Hearing(CLIPS)


def heard(hearing, *sounds):
    return [(one.words, one.whole) for one in hearing.hears(np.concatenate([PAUSE, *sounds, PAUSE]))]


def stalled(place, milliseconds):
    """Let the sound stand still for a while."""
    return np.concatenate([CLIPS[SAID][:place], np.zeros(milliseconds * MILLISECOND), CLIPS[SAID][place:]])


def lost(place, milliseconds):
    return np.concatenate([CLIPS[SAID][:place], CLIPS[SAID][place + milliseconds * MILLISECOND :]])


@pytest.mark.parametrize("spoil", [stalled, lost])
@pytest.mark.parametrize("after", [20, 60, 120, 180])
def test_a_beginning_that_lost_its_rhythm_is_known_by_what_follows(hearing, spoil, after):
    assert heard(hearing, spoil(LOUD[0] + after * MILLISECOND, 60), BEEP) == [(SAID, True), (TONE, True)]


@pytest.mark.parametrize("before", [140, 180, 220])
def test_an_end_that_comes_late_is_the_clips(hearing, before):
    assert heard(hearing, stalled(LOUD[-1] - before * MILLISECOND, 100), BEEP) == [(SAID, True), (TONE, True)]


def test_the_end_of_a_short_word_is_not_looked_for_in_the_word_before_it():
    word = speech(WORDS["digits"][4])
    onset = np.flatnonzero(np.abs(word) > 0.01)[0]
    word = word[onset : onset + 280 * MILLISECOND]
    spoilt = word[: -70 * MILLISECOND]
    assert heard(Hearing({"four": word}), word, spoilt, PAUSE) == [("four", True), ("four", True)]


def test_a_clip_after_a_crumb_is_not_taken_for_a_word_that_is_somewhat_like_both():
    body = CLIPS[SAID][LOUD[0] :]
    crumb = body[RATE : RATE + 60 * MILLISECOND]
    noise = 0.5 * body[: 240 * MILLISECOND].std() * np.random.default_rng(137).standard_normal(240 * MILLISECOND)
    other = np.concatenate([crumb, body[: 240 * MILLISECOND] + noise])
    assert heard(Hearing({"other": other}), crumb, body)[0] == ("other", True)
    assert heard(Hearing({"other": other, SAID: CLIPS[SAID]}), crumb, body) == [(SAID, True)]


def test_clips_that_follow_each_other_are_told_apart(hearing):
    names = ["thanks", "menu", "thanks", "apology"]
    assert heard(hearing, *[CLIPS[name] for name in names]) == [(name, True) for name in names]


def test_a_clip_that_breaks_off_is_not_whole(hearing):
    assert heard(hearing, CLIPS[SAID][: LOUD[0] + RATE]) == [(SAID, False)]


def test_what_is_no_clip_is_strange(hearing):
    other = speech(WORDS["digits"][4])
    assert STRANGE in [words for words, _ in heard(hearing, CLIPS[SAID], other, BEEP)]


@pytest.mark.parametrize("milliseconds", [100, 135, 170])
def test_a_short_word_is_no_crumb_of_the_next_one(milliseconds):
    short, longer = (
        word[np.flatnonzero(np.abs(word) > 0.01)[0] :] for word in (speech(WORDS["digits"][n]) for n in (2, 7))
    )
    short = short[: milliseconds * MILLISECOND]
    pause = np.zeros(15 * MILLISECOND)
    words = heard(
        Hearing({"two": short, "seven": longer, SAID: CLIPS[SAID]}),
        short,
        pause,
        longer,
        pause,
        short,
        pause,
        CLIPS[SAID],
    )
    assert words == [("two", True), ("seven", True), ("two", True), (SAID, True)]


def test_a_soft_end_is_not_looked_for_in_the_next_words_vowel():
    body = CLIPS[SAID][LOUD[0] : LOUD[0] + RATE]
    vowel = body[-500:] * np.linspace(1, 0.3, 500)
    way = 1.2 * vowel.std() * np.random.default_rng(137).standard_normal(500)  # a codec is coarse where it is soft
    sound = np.concatenate([body[:-500], 0.1 * vowel + 0.1 * way])
    soft = np.concatenate([body[:-500], 0.1 * vowel])
    after = np.concatenate([vowel, CLIPS["apology"][LOUD[0] :]])
    names = heard(Hearing({"soft": soft, "after": after}), sound, after)
    assert names == [("soft", True), ("after", True)]


def test_a_clip_of_which_only_the_beginning_is_alike_is_strange():
    random = np.random.default_rng(137)
    soft, loud, other = (level * random.standard_normal((2, RATE)) for level in (0.02, 0.3, 0.3))
    same = loud[0][: 50 * MILLISECOND]
    clip, sound = (
        np.concatenate([soft[n][: 250 * MILLISECOND], same, other[n][: 400 * MILLISECOND]]) for n in range(2)
    )
    assert heard(Hearing({"clip": clip}), clip) == [("clip", True)]
    assert {words for words, _ in heard(Hearing({"clip": clip}), sound)} == {STRANGE}


def test_words_after_a_crumb_and_a_pause_are_not_taken_for_a_clip_that_is_somewhat_like_one_of_them():
    random = np.random.default_rng(137)
    first, second, others = (0.2 * random.standard_normal(1130 * MILLISECOND) for _ in range(3))
    first, second = first[: 210 * MILLISECOND], second[: 290 * MILLISECOND]
    crumb, pause = 0.2 * random.standard_normal(20 * MILLISECOND), np.zeros(340 * MILLISECOND)
    sound = np.concatenate([crumb, pause, first, np.zeros(30 * MILLISECOND), second])
    long = others.copy()
    piece = slice(600 * MILLISECOND, 890 * MILLISECOND)
    long[piece] = 0.74 * sound[piece] + 0.67 * others[piece]
    assert [words for words, _ in heard(Hearing({"long": long}), sound)] == ["long"]
    words = heard(Hearing({"long": long, "first": first, "second": second}), sound)
    assert words == [("first", True), ("second", True)]
