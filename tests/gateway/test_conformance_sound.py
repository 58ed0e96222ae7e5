"""<Play>, <Say> and <Pause>, row by row of Twilio's tables, on a real call. https://www.twilio.com/docs/voice/twiml"""

import hashlib
import time

import pytest
import requests

from ivr import audio
from ivr.config import Speech
from ivr.speech import voice_from
from tests.exchange.ear import correlation, recognised, samples_of
from tests.gateway.stage import CLIPS

pytestmark = pytest.mark.side_by_side

LATE = 1.0
PLAY = "<Play>/audio/{}.wav</Play>".format


def test_play_is_heard_to_its_end(stage):
    with stage.call(PLAY("thanks") + PLAY("four")) as call:
        call.ends()
        assert call.heard == ["thanks", "four"]
        assert call.phone.codes[-1] == 200


@pytest.mark.parametrize("times", [2, 3])
def test_play_loop(stage, times):
    with stage.call(f'<Play loop="{times}">/audio/four.wav</Play>' + PLAY("five")) as call:
        call.ends()
        assert call.heard == ["four"] * times + ["five"]


def test_play_loop_0_goes_on_until_the_caller_leaves(stage):
    with stage.call('<Play loop="0">/audio/five.wav</Play>' + PLAY("four")) as call:
        call.phone.hears(7)
        assert not call.phone.over
        call.phone.hangs_up()
        call.asked("status")
        assert set(call.heard) == {"five"}
        assert len(call.heard) >= 3


@pytest.mark.parametrize(("digits", "keys", "waits"), [("1w2", "12", 1), ("ww9*#", "9*#", 2), ("137", "137", 0)])
def test_play_digits_are_pressed_towards_the_caller(stage, digits, keys, waits):
    with stage.call(f'<Play digits="{digits}"/>' + PLAY("thanks")) as call:
        began = call.asked("answer").at
        call.ends()
        assert call.phone.keys == keys
        assert time.monotonic() - began > waits * 0.5 + 0.5
        assert call.heard[-1] == "thanks"


@pytest.mark.parametrize("lost", [PLAY("lost"), "<Play>http://127.0.0.1:9/other/place/sound.wav</Play>"])
def test_what_cannot_be_played_stops_nothing(stage, lost):
    with stage.call(PLAY("four") + lost + PLAY("five")) as call:
        call.ends()
        assert call.heard == ["four", "five"]


def test_a_relative_address_is_the_documents(stage):
    with stage.call("<Play>../audio/four.wav</Play>") as call:
        call.ends()
        assert call.heard == ["four"]


def spoken(call, sentence):
    """Find a sentence of the gateway's own voice in what a telephone heard."""
    name = hashlib.sha256(sentence.encode()).hexdigest()[:32]
    said = samples_of(requests.get(f"{call.stage.url}/said/{name}.wav", timeout=5).content)
    settings = Speech()
    voice = audio.to_telephone(voice_from(settings).speak(sentence), settings.level_dbfs).samples
    assert correlation(voice, said) > 0.4  # no breath is drawn twice alike
    return recognised(call.phone.heard(), {sentence: said})


@pytest.mark.parametrize(
    ("given", "times"), [("", 1), ('loop="2"', 2), ('language="fa-IR" voice="woman"', 1)], ids=["", "loop", "voice"]
)
def test_say(stage, given, times):
    sentence = "Please hold the line until somebody answers."
    with stage.call(f"<Say {given}>{sentence}</Say>") as call:
        call.ends(15)
        assert len(spoken(call, sentence)) == times


def test_say_loop_0_goes_on_until_the_caller_leaves(stage):
    with stage.call('<Say loop="0">once again</Say>' + PLAY("four")) as call:
        call.phone.hears(6)
        call.phone.hangs_up()
        call.asked("status")
        assert len(spoken(call, "once again")) >= 3
        assert "four" not in call.heard


@pytest.mark.parametrize(("given", "seconds"), [("", 1), ('length="3"', 3)])
def test_pause(stage, given, seconds):
    with stage.call(PLAY("four") + f"<Pause {given}/>" + PLAY("five")) as call:
        call.ends()
        four, five = recognised(call.phone.heard(), {name: CLIPS[name] for name in ("four", "five")})
        assert seconds - 0.1 < five.start - four.start - four.seconds < seconds + LATE


def test_a_pause_before_anything_else_is_before_the_answer(stage):
    with stage.call('<Pause length="2"/>' + PLAY("four"), wait=False) as call:
        began = call.asked("answer").at
        call.phone.wait_answered()
        assert time.monotonic() - began >= 2
        call.ends()
        assert call.heard == ["four"]
