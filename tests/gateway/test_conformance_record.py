"""<Record>, row by row of Twilio's table, on a real call. https://www.twilio.com/docs/voice/twiml/record"""

import time

import numpy as np
import pytest

from tests.exchange.ear import RATE, correlation
from tests.gateway.stage import CLIPS, media

pytestmark = pytest.mark.side_by_side

LATE = 1.8
LOUD = 0.05


def waits_for_the_tone(call, seconds=0.6):
    """Wait until the recording has begun."""
    call.asked("answer")
    call.phone.hears(seconds)


def quiet(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.mark.parametrize(
    ("given", "asked", "method"), [('action="kept"', "kept", "POST"), ('action="kept" method="GET"', "kept", "GET")]
)
def test_action_gets_the_recording(stage, given, asked, method):
    with stage.call(f"<Record {given}/>", **{asked: "<Hangup/>"}) as call:
        waits_for_the_tone(call)
        call.phone.speaks(CLIPS["thanks"])
        call.phone.presses("#")
        told = call.asked(asked)
        assert told.method == method
        assert told["RecordingUrl"].endswith(told["RecordingSid"])
        assert told["Digits"] == "#"
        assert int(told["RecordingDuration"]) == 2
        assert correlation(CLIPS["thanks"], media(stage, told["RecordingUrl"])) > 0.9
        call.ends()


def test_without_an_action_its_own_document_is_asked(stage):
    def answers(asked):
        return "<Hangup/>" if "RecordingSid" in asked.form else "<Record/>"

    with stage.call(answers) as call:
        waits_for_the_tone(call)
        call.phone.speaks(CLIPS["thanks"])
        call.phone.presses("1")
        call.ends()
        assert call.times("answer", Digits="1") == 1


def test_timeout_is_silence_after_speech(stage):
    with stage.call('<Record timeout="2" action="kept"/>', kept="<Hangup/>") as call:
        waits_for_the_tone(call)
        call.phone.speaks(np.concatenate([CLIPS["thanks"], quiet(0.9), CLIPS["thanks"]]))
        silent = time.monotonic()
        told = call.asked("kept")
        assert 1 < told.at - silent < 2 + LATE
        assert told["Digits"] == ""
        assert int(told["RecordingDuration"]) in (4, 5)
        call.ends()


def test_timeout_is_silence_before_speech(stage):
    with stage.call('<Record timeout="2" playBeep="false" action="kept"/><Redirect>later</Redirect>', later="") as call:
        began = call.asked("answer").at
        assert 2 <= call.asked("later").at - began < 2.3 + LATE
        call.ends()
        assert call.times("kept") == 0


@pytest.mark.parametrize(
    ("given", "pressed", "ends"),
    [("", "7", "7"), ('finishOnKey="12*"', "5#*1", "*"), ('finishOnKey="#"', "1*#", "#"), ('finishOnKey=""', "1#", "")],
    ids=["any", "some", "hash", "none"],
)
def test_finish_on_key(stage, given, pressed, ends):
    with stage.call(f'<Record {given} timeout="2" action="kept"/>', kept="<Hangup/>") as call:
        waits_for_the_tone(call)
        call.phone.speaks(CLIPS["thanks"])
        call.phone.presses(pressed)
        assert call.asked("kept")["Digits"] == ends
        call.ends()


def test_max_length_ends_it(stage):
    with stage.call('<Record maxLength="3" action="kept"/>', kept="<Hangup/>") as call:
        waits_for_the_tone(call)
        call.phone.speaks(CLIPS["menu"], wait=False)
        told = call.asked("kept")
        assert told.at - call.asked("answer").at < 4.6 + LATE
        assert int(told["RecordingDuration"]) in (3, 4)  # the exchange looks at its clock once a second
        assert told["Digits"] == ""
        call.ends()


@pytest.mark.parametrize(("given", "beeps"), [("", True), ('playBeep="true"', True), ('playBeep="false"', False)])
def test_play_beep(stage, given, beeps):
    with stage.call(f'<Record {given} timeout="1" action="kept"/>') as call:
        call.ends()
        assert (abs(call.phone.heard()) > LOUD).any() == beeps


@pytest.mark.parametrize(("given", "seconds"), [("", 2), ('trim="trim-silence"', 2), ('trim="do-not-trim"', 5)])
def test_trim(stage, given, seconds):
    with stage.call(f'<Record {given} timeout="4" action="kept"/>', kept="<Hangup/>") as call:
        waits_for_the_tone(call)
        call.phone.speaks(np.concatenate([quiet(1.5), CLIPS["thanks"], quiet(1.5)]))
        call.phone.presses("#")
        told = call.asked("kept")
        assert abs(int(told["RecordingDuration"]) - seconds) <= (seconds > 2)
        assert abs(len(media(stage, told["RecordingUrl"])) / RATE - int(told["RecordingDuration"])) <= 0.5
        call.ends()


def test_recording_status_callback_is_told_of_completed(stage):
    answer = '<Record recordingStatusCallback="news" action="kept"/>'
    with stage.call(answer, kept="<Hangup/>", news="") as call:
        waits_for_the_tone(call)
        call.phone.speaks(CLIPS["thanks"])
        call.phone.presses("#")
        told, kept = call.asked("news"), call.asked("kept")
        assert told.method == "POST"
        for name in ("RecordingSid", "RecordingUrl", "RecordingDuration", "CallSid", "AccountSid"):
            assert told[name] == kept[name]
        assert (told["RecordingStatus"], told["RecordingSource"]) == ("completed", "RecordVerb")
        assert told["RecordingChannels"] == "1"
        assert told["RecordingStartTime"]
        call.ends()
        assert call.times("news") == 1


def test_recording_status_callback_method_and_all_its_events(stage):
    events = 'recordingStatusCallbackMethod="GET" recordingStatusCallbackEvent="in-progress completed absent"'
    answer = f'<Record recordingStatusCallback="/voice/news" {events} action="kept"/>'
    with stage.call(answer, kept="<Hangup/>", news="") as call:
        waits_for_the_tone(call)
        assert call.asked("news")["RecordingStatus"] == "in-progress"
        call.phone.speaks(CLIPS["thanks"])
        call.phone.presses("#")
        assert call.asked("news", 2)["RecordingStatus"] == "completed"
        assert {one.method for one in call.script.of("news")} == {"GET"}
        call.ends()


@pytest.mark.parametrize("events", ["absent", "completed"])
def test_who_says_nothing_goes_on_and_absent_is_told(stage, events):
    answer = (
        f'<Record recordingStatusCallback="news" recordingStatusCallbackEvent="{events}" timeout="1" action="kept"/>'
        "<Redirect>later</Redirect>"
    )
    with stage.call(answer, later="<Hangup/>", news="") as call:
        call.asked("later")
        call.ends()
        assert call.times("kept") == 0
        assert [one["RecordingStatus"] for one in call.script.of("news")] == (["absent"] if events == "absent" else [])


def test_a_key_without_a_word_before_it_goes_on_too(stage):
    with stage.call('<Record action="kept"/><Redirect>later</Redirect>', later="<Hangup/>") as call:
        waits_for_the_tone(call)
        call.phone.presses("#")
        call.asked("later")
        call.ends()
        assert call.times("kept") == 0


def test_a_hang_up_keeps_what_was_said_and_says_so(stage):
    answer = '<Record recordingStatusCallback="news" action="kept"/><Redirect>later</Redirect>'
    with stage.call(answer, kept="<Play>/audio/menu.wav</Play>", news="") as call:
        waits_for_the_tone(call)
        call.phone.speaks(CLIPS["thanks"])
        call.phone.hangs_up()
        kept, news, over = call.asked("kept"), call.asked("news"), call.asked("status")
        assert kept["Digits"] == "hangup"
        assert kept["RecordingSid"] == news["RecordingSid"]
        assert correlation(CLIPS["thanks"], media(stage, kept["RecordingUrl"])) > 0.9
        assert over["CallStatus"] == "completed"
        assert call.times("later") == 0


def test_a_hang_up_without_a_word_asks_nobody(stage):
    answer = '<Record recordingStatusCallback="news" recordingStatusCallbackEvent="absent completed" action="kept"/>'
    with stage.call(answer, news="") as call:
        waits_for_the_tone(call)
        call.phone.hangs_up()
        assert call.asked("news")["RecordingStatus"] == "absent"
        call.asked("status")
        assert call.times("kept") == 0
