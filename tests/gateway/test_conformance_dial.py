"""<Dial>, row by row of Twilio's table, on a real call. https://www.twilio.com/docs/voice/twiml/dial"""

import time

import pytest

from tests.exchange.ear import correlation
from tests.gateway.stage import CLIPS, SAME, comes_through, dials, media

pytestmark = pytest.mark.side_by_side

LATE = 1.5
OTHER = 0.6


def test_both_hear_each_other_and_the_action_is_asked(stage):
    with stage.telephone() as far, stage.call(dials(far, 'action="over"'), over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer()
        far.hears(0.7)
        call.phone.speaks(CLIPS["thanks"])
        far.speaks(CLIPS["apology"])
        far.hangs_up()
        over = call.asked("over")
        call.ends()
        assert over.method == "POST"
        comes_through(CLIPS["thanks"], far)
        comes_through(CLIPS["apology"], call.phone)
        assert correlation(CLIPS["thanks"], call.phone.heard()) < OTHER
        assert (over["DialCallStatus"], over["DialBridged"], over["CallStatus"]) == ("completed", "true", "in-progress")
        assert 5 <= int(over["DialCallDuration"]) <= 9
        assert over["DialCallSid"] != over["CallSid"]
        assert "RecordingUrl" not in over.form


def test_method_get(stage):
    with stage.telephone() as far, stage.call(dials(far, 'action="over" method="GET"'), over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer(486)
        assert (call.asked("over").method, call.asked("over")["DialCallStatus"]) == ("GET", "busy")
        call.ends()


def test_without_an_action_the_document_goes_on(stage):
    answer = "<Play>/audio/thanks.wav</Play>"
    with stage.telephone() as far, stage.call(dials(far) + answer) as call:
        far.wait_ringing()
        far.answer(480)
        call.ends()
        assert call.heard[-1] == "thanks"
        assert call.times("answer") == 1


@pytest.mark.parametrize(
    ("code", "status"), [(486, "busy"), (600, "busy"), (480, "no-answer"), (404, "failed"), (503, "failed")]
)
def test_dial_call_status_of_who_is_not_reached(stage, code, status):
    with stage.telephone() as far, stage.call(dials(far, 'action="over"'), over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer(code)
        over = call.asked("over")
        assert over["DialCallStatus"] == status
        assert "DialCallDuration" not in over.form
        call.ends()


def test_timeout_stops_the_ringing(stage):
    with stage.telephone() as far, stage.call(dials(far, 'timeout="3" action="over"'), over="<Hangup/>") as call:
        far.wait_ringing()
        rung = time.monotonic()
        over = call.asked("over")
        far.wait_over(3)
        assert over["DialCallStatus"] == "no-answer"
        assert 2.5 < over.at - rung < 3 + LATE
        call.ends()


def test_a_caller_who_leaves_while_it_rings_cancels_it(stage):
    with stage.telephone() as far, stage.call(dials(far, 'action="over"'), over="<Hangup/>") as call:
        far.wait_ringing()
        call.phone.hangs_up()
        far.wait_over(3)
        assert call.asked("over")["DialCallStatus"] == "canceled"
        assert call.asked("status")["CallStatus"] == "completed"


def test_a_caller_who_leaves_while_they_talk_ends_both_and_tells_the_action(stage):
    with stage.telephone() as far, stage.call(dials(far, 'action="over"'), over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer()
        call.phone.hears(1)
        call.phone.hangs_up()
        far.wait_over(3)
        over = call.asked("over")
        assert (over["DialCallStatus"], over["DialBridged"]) == ("completed", "true")
        call.asked("status")
        assert call.times("over") == 1


def test_time_limit_ends_the_talk_and_not_the_call(stage):
    with stage.telephone() as far:
        answer = dials(far, 'timeLimit="2" action="over"')
        with stage.call(answer, over="<Play>/audio/thanks.wav</Play>") as call:
            far.wait_ringing()
            far.answer()
            began = time.monotonic()
            far.wait_over(6)
            assert 1.5 < time.monotonic() - began < 2 + LATE
            over = call.asked("over")
            assert over["DialCallStatus"] == "completed"
            assert over["DialCallDuration"] in ("2", "3")
            call.ends()
            assert call.heard[-1] == "thanks"


@pytest.mark.parametrize(
    ("given", "shown"),
    [("", "0912137"), ('callerId="+982537137000"', "02537137000"), ('callerId="137"', "137")],
    ids=["the caller's own", "another", "short"],
)
def test_caller_id_is_what_the_called_see(stage, given, shown):
    with stage.telephone() as far, stage.call(dials(far, f'{given} action="over"'), over="<Hangup/>") as call:
        assert f"sip:{shown}" in far.wait_ringing()
        far.answer(486)
        call.ends()


RECORD = (
    'record="{}" recordingStatusCallback="news" recordingStatusCallbackEvent="in-progress completed absent" '
    'action="over"'
)


@pytest.mark.parametrize(
    "record",
    ["record-from-answer", "true", "record-from-ringing", "record-from-answer-dual"],
)
def test_record_keeps_both_sides(stage, record):
    with stage.telephone() as far, stage.call(dials(far, RECORD.format(record)), over="<Hangup/>", news="") as call:
        far.wait_ringing()
        far.answer()
        assert call.asked("news")["RecordingStatus"] == "in-progress"
        call.phone.hears(1)
        call.phone.speaks(CLIPS["thanks"])
        far.speaks(CLIPS["apology"])
        far.hangs_up()
        over, news = call.asked("over"), call.asked("news", RecordingStatus="completed")
        kept = media(stage, over["RecordingUrl"])
        assert min(correlation(CLIPS["thanks"], kept), correlation(CLIPS["apology"], kept)) > SAME
        assert (news["RecordingSource"], news["CallSid"]) == ("DialVerb", over["CallSid"])
        assert news["RecordingSid"] == over["RecordingSid"]
        assert int(over["RecordingDuration"]) == int(news["RecordingDuration"]) >= 5
        call.ends()


@pytest.mark.parametrize("record", ["", 'record="do-not-record"', 'record="false"'])
def test_nothing_is_recorded_unasked(stage, record):
    given = f'{record} recordingStatusCallback="news" action="over"'
    with stage.telephone() as far, stage.call(dials(far, given), over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer()
        far.hears(1)
        far.hangs_up()
        assert "RecordingSid" not in call.asked("over").form
        call.ends()
        assert call.times("news") == 0


def test_recording_status_callback_method(stage):
    given = 'record="true" recordingStatusCallback="news" recordingStatusCallbackMethod="GET"'
    with stage.telephone() as far, stage.call(dials(far, given), news="") as call:
        far.wait_ringing()
        far.answer()
        far.hears(0.7)
        far.speaks(CLIPS["thanks"])
        far.hangs_up()
        assert (call.asked("news").method, call.asked("news")["RecordingStatus"]) == ("GET", "completed")
        call.ends()
        assert call.times("news") == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_hangup_on_star(stage, wanted):
    given = f'hangupOnStar="{str(wanted).lower()}" action="over"'
    with stage.telephone() as far, stage.call(dials(far, given), over="<Play>/audio/thanks.wav</Play>") as call:
        far.wait_ringing()
        far.answer()
        call.phone.presses("1*")
        if not wanted:
            far.hears(1.5)
            assert not far.over
            far.hangs_up()
        far.wait_over(4)
        assert call.asked("over")["DialCallStatus"] == "completed"
        call.ends()
        assert call.heard[-1] == "thanks"


@pytest.mark.parametrize("wanted", [True, False])
def test_answer_on_bridge(stage, wanted):
    given = f'answerOnBridge="{str(wanted).lower()}"'
    with stage.telephone() as far, stage.call(dials(far, given), wait=False) as call:
        far.wait_ringing()
        if not wanted:
            call.phone.wait_answered(3)
            assert (abs(call.phone.hears(2.5)) > 0.02).any()  # it hears that it rings
        assert (200 in call.phone.codes) != wanted
        assert call.asked("answer")["CallStatus"] == "ringing"
        far.answer()
        call.phone.wait_answered(3)
        far.hears(0.7)
        far.speaks(CLIPS["thanks"])
        comes_through(CLIPS["thanks"], call.phone)
        far.hangs_up()
        call.ends()


def test_answer_on_bridge_does_not_answer_who_reaches_nobody(stage):
    with stage.telephone() as far, stage.call(dials(far, 'answerOnBridge="true"'), wait=False) as call:
        far.wait_ringing()
        far.answer(486)
        call.phone.wait_over()
        assert 200 not in call.phone.codes
        assert call.asked("status")["CallStatus"] == "no-answer"


@pytest.mark.parametrize(
    ("given", "least", "most"), [("", 1, 3), ('trim="trim-silence"', 1, 3), ('trim="do-not-trim"', 4, 8)]
)
def test_trim_of_a_talk(stage, given, least, most):
    given = f'record="true" {given} action="over"'
    with stage.telephone() as far, stage.call(dials(far, given), over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer()
        far.hears(1.5)
        far.speaks(CLIPS["thanks"])
        far.hears(1.5)
        far.hangs_up()
        assert least <= int(call.asked("over")["RecordingDuration"]) <= most
        call.ends()


def test_a_called_who_leaves_at_once_does_not_end_the_call(stage):
    with (
        stage.telephone() as far,
        stage.call(dials(far, 'action="over"'), over="<Play>/audio/thanks.wav</Play>") as call,
    ):
        far.wait_ringing()
        far.answer()
        far.hangs_up()
        assert call.asked("over")["DialCallStatus"] in ("completed", "no-answer")
        call.ends()
        assert call.heard[-1] == "thanks"
