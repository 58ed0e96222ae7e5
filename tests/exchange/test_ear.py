"""The ear hears what was played, and nothing else."""

import numpy as np
import pytest

from ivr.audio import Sound
from ivr.speech.cache import ClipCache
from tests.exchange.ear import RATE, cached, correlation, recognised, words
from tests.exchange.g711 import line
from tests.exchange.speaker import WORDS, speech

DIGITS = {str(digit): speech(word) for digit, word in enumerate(WORDS["digits"])}
SENTENCES = {name: speech(WORDS[name]) for name in ("complaint", "apology", "thanks", "menu", "menu_longer")}
CLIPS = DIGITS | SENTENCES
NOISE = np.random.default_rng(137)


def silence(seconds):
    return NOISE.normal(0, 0.0005, round(seconds * RATE)).astype(np.float32)


def played(*parts):
    """Give what is heard when clips, and seconds of silence, come over a line one after another."""
    sound = [silence(part) if isinstance(part, float) else CLIPS[part] for part in parts]
    return line(np.concatenate(sound))


@pytest.mark.parametrize("name", CLIPS)
def test_every_clip_is_recognised_and_no_other(name):
    (heard,) = recognised(played(0.7, name, 0.5), CLIPS)
    assert heard.clip == name
    assert heard.start == pytest.approx(0.7, abs=0.01)
    assert heard.correlation > 0.95
    assert heard.seconds == pytest.approx(len(CLIPS[name]) / RATE, abs=0.15)


def test_clips_in_a_row_are_heard_in_their_order():
    code = "1405837226"
    assert words(played(0.3, "thanks", *code, 1.2, *code, 0.4, "apology"), CLIPS) == [
        "thanks", *code, *code, "apology",
    ]  # fmt: skip


def test_what_was_not_played_is_not_heard():
    others = {name: clip for name, clip in CLIPS.items() if name != "complaint"}
    assert recognised(played(0.3, "complaint", 0.3), others) == []
    assert recognised(silence(3.0), CLIPS) == []
    assert recognised(0.3 * np.sin(np.arange(3 * RATE) * 0.35), CLIPS) == []


def test_nothing_is_heard_in_nothing():
    assert recognised(np.zeros(0), CLIPS) == []
    assert recognised(np.zeros(RATE), {"silent": np.zeros(RATE), **CLIPS}) == []


def test_a_key_cuts_a_clip_off():
    cut = np.concatenate([silence(0.4), CLIPS["apology"][: round(1.3 * RATE)], silence(0.2), CLIPS["thanks"]])
    first, second = recognised(line(cut), CLIPS)
    assert (first.clip, second.clip) == ("apology", "thanks")
    assert first.seconds == pytest.approx(1.3, abs=0.26)


def test_clips_that_begin_alike_are_told_apart_by_how_they_go_on():
    assert words(played(0.2, "menu", 0.2, "menu_longer"), CLIPS) == ["menu", "menu_longer"]


def test_a_packet_twice_and_one_lost_do_no_harm():
    sound, packet = played(0.5, "complaint"), RATE // 50
    sound = np.concatenate([sound[: 2 * RATE], sound[2 * RATE - packet :]])
    sound = np.concatenate([sound[: 4 * RATE], sound[4 * RATE + packet :]])
    (heard,) = recognised(sound, CLIPS)
    assert heard.seconds == pytest.approx(len(CLIPS["complaint"]) / RATE, abs=0.2)
    assert correlation(CLIPS["complaint"], sound) > 0.95


def test_a_hole_in_a_clip_is_forgiven():
    sound = played(0.5, "complaint")
    sound[3 * RATE : 3 * RATE + RATE // 10] = 0
    sound = np.concatenate([sound[: 5 * RATE], silence(0.06), sound[5 * RATE :]])
    (heard,) = recognised(sound, CLIPS)
    assert heard.seconds == pytest.approx(len(CLIPS["complaint"]) / RATE, abs=0.2)


def test_a_beginning_that_suffered_is_forgiven():
    sound, packet = played(0.5, "complaint", 0.5, "menu_longer"), RATE // 50
    hurt = round(0.75 * RATE)
    sound = np.concatenate([sound[:hurt], silence(0.06), sound[hurt + packet :]])
    first, second = recognised(sound, CLIPS)
    assert (first.clip, second.clip) == ("complaint", "menu_longer")
    assert first.start == pytest.approx(0.5, abs=0.05)


def test_a_quiet_line_is_heard_as_well():
    assert words(line(0.1 * played(0.3, "thanks")), CLIPS) == ["thanks"]


def test_speech_that_came_through_correlates():
    said = CLIPS["complaint"]
    assert correlation(said, line(np.concatenate([silence(1.7), said, silence(1.0)]))) > 0.98
    assert correlation(said, line(said[RATE:])) > 0.9


def test_other_speech_does_not():
    assert correlation(CLIPS["complaint"], played(0.3, "apology", "thanks", "menu")) < 0.4
    assert correlation(CLIPS["complaint"], silence(5.0)) < 0.2
    assert correlation(CLIPS["complaint"], np.zeros(0)) == 0


def test_a_house_keeps_its_clips_by_their_words(speech_cache):
    (heard,) = recognised(played(0.4, "thanks"), cached(speech_cache))
    assert heard.clip == WORDS["thanks"]


@pytest.fixture
def speech_cache(tmp_path):
    cache = ClipCache(tmp_path)
    for number, name in enumerate(SENTENCES):
        cache.put(f"{number:032x}", Sound(SENTENCES[name], RATE), WORDS[name])
    return tmp_path
