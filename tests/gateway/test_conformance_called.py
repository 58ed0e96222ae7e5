"""<Number>, <Sip> and <Client>: whom a Dial rings, row by row of Twilio's tables, on a real call.

https://www.twilio.com/docs/voice/twiml/number
"""

import time
from contextlib import ExitStack

import pytest

from tests.exchange.ear import words
from tests.gateway.stage import CLIPS, comes_through, dials, rings

pytestmark = pytest.mark.side_by_side

EVENTS = 'statusCallback="leg" statusCallbackEvent="initiated ringing answered completed"'
PUT_THROUGH = '<Gather numDigits="1" timeout="6" action="choice"><Play>/audio/apology.wav</Play></Gather><Hangup/>'


def test_number_rings_through_the_trunk_as_the_country_dials(stage):
    answer = '<Dial action="over"><Number>+98 912 345 6789</Number></Dial>'
    with stage.fixed("trunk") as far, stage.call(answer, over="<Hangup/>") as call:
        far.wait_ringing()
        assert "sip:09123456789@" in far.waits_for("ringing", since=far._call_began)["called"]
        far.answer()
        far.hears(0.5)
        far.hangs_up()
        assert call.asked("over")["DialCallStatus"] == "completed"
        call.ends()


def test_words_straight_inside_are_a_number(stage):
    answer = '<Dial action="over">+982188137137</Dial>'
    with stage.fixed("trunk") as far, stage.call(answer, over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer(486)
        assert call.asked("over")["DialCallStatus"] == "busy"
        call.ends()


@pytest.mark.parametrize(
    "number", ["110", "115", "125", "123", "112", "+19005551234", "+252612345678", "+982199", "137", "+9890912345678"]
)
def test_emergency_premium_and_foreign_numbers_are_never_rung(stage, number):
    with stage.call(f'<Dial action="over">{number}</Dial>', over="<Hangup/>") as call:
        over = call.asked("over")
        assert over["DialCallStatus"] == "failed"
        call.ends()


@pytest.mark.parametrize("called", ["<Sip>sip:201</Sip>", "<Client>201</Client>"])
def test_an_extension_rings_as_sip_and_as_client(stage, called):
    answer = f'<Dial action="over">{called}</Dial>'
    with stage.fixed("201") as far, stage.call(answer, over="<Hangup/>") as call:
        far.wait_ringing()
        far.answer()
        far.hears(0.7)
        call.phone.speaks(CLIPS["thanks"])
        comes_through(CLIPS["thanks"], far)
        far.hangs_up()
        assert call.asked("over")["DialCallStatus"] == "completed"
        call.ends()


def test_who_answers_first_is_put_through_and_the_others_stop_ringing(stage):
    with stage.telephone() as slow, stage.telephone() as quick, stage.telephone() as busy:
        answer = f'<Dial action="over">{rings(slow)}{rings(busy)}{rings(quick)}</Dial>'
        with stage.call(answer, over="<Hangup/>") as call:
            for one in (slow, quick, busy):
                one.wait_ringing()
            busy.answer(486)
            quick.answer()
            slow.wait_over(3)
            assert 200 not in slow.codes
            quick.hears(0.7)
            call.phone.speaks(CLIPS["thanks"])
            comes_through(CLIPS["thanks"], quick)
            quick.hangs_up()
            assert call.asked("over")["DialCallStatus"] == "completed"
            call.ends()


def test_of_several_who_are_not_reached_the_busy_one_is_told_of(stage):
    with ExitStack() as stack:
        one, other = (stack.enter_context(stage.telephone()) for _ in range(2))
        answer = f'<Dial action="over">{rings(one)}{rings(other)}</Dial>'
        call = stack.enter_context(stage.call(answer, over="<Hangup/>"))
        one.wait_ringing()
        other.wait_ringing()
        one.answer(486)
        assert call.times("over") == 0
        other.answer(404)
        assert call.asked("over")["DialCallStatus"] == "busy"
        call.ends()


def test_a_whisper_is_heard_by_the_called_alone_and_then_both_talk(stage):
    documents = {"whisper": PUT_THROUGH, "choice": "", "over": "<Hangup/>"}
    with stage.telephone() as far, stage.call(dials(far, 'action="over"', 'url="whisper"'), **documents) as call:
        far.wait_ringing()
        far.answer()
        far.hears(1.5)
        far.presses("1")
        choice = call.asked("choice")
        assert (choice["Digits"], choice["ParentCallSid"]) == ("1", call.sid)
        assert choice["CallSid"] != call.sid
        far.hears(0.7)
        call.phone.speaks(CLIPS["thanks"])
        far.hangs_up()
        assert call.asked("over")["DialCallStatus"] == "completed"
        call.ends()
        assert words(far.heard(), CLIPS)[0] == "apology"
        comes_through(CLIPS["thanks"], far)
        assert "apology" not in call.heard


@pytest.mark.parametrize("refused", ["by a key", "by silence", "by hanging up"])
def test_a_whisper_that_is_refused_puts_nobody_through(stage, refused):
    documents = {"whisper": PUT_THROUGH.replace('"6"', '"2"'), "choice": "<Hangup/>", "over": "<Hangup/>"}
    with stage.telephone() as far, stage.call(dials(far, 'action="over"', 'url="whisper"'), **documents) as call:
        far.wait_ringing()
        far.answer()
        far.hears(0.5)
        if refused == "by a key":
            far.presses("2")
        elif refused == "by hanging up":
            far.hangs_up()
        far.wait_over(12)
        over = call.asked("over")
        assert over["DialCallStatus"] == "no-answer"
        assert "DialBridged" not in over.form
        call.ends()


def test_a_whispers_method_get(stage):
    documents = {"whisper": "", "over": "<Hangup/>"}
    given = 'url="whisper" method="GET"'
    with stage.telephone() as far, stage.call(dials(far, 'action="over"', given), **documents) as call:
        far.wait_ringing()
        far.answer()
        assert call.asked("whisper").method == "GET"
        assert call.asked("whisper")["CallStatus"] == "in-progress"
        far.hears(0.5)
        far.hangs_up()
        assert call.asked("over")["DialCallStatus"] == "completed"
        call.ends()


@pytest.mark.parametrize(("digits", "keys"), [("137#", "137#"), ("ww12", "12"), ("1w2*", "12*")])
def test_send_digits_are_pressed_when_the_called_has_answered(stage, digits, keys):
    with stage.fixed("trunk") as far:
        answer = f'<Dial action="over"><Number sendDigits="{digits}">+982188137137</Number></Dial>'
        with stage.call(answer, over="<Hangup/>") as call:
            far.wait_ringing()
            assert far.keys == ""
            far.answer()
            far.waits_for("key", since=far._call_began, key=keys[-1])
            assert far.keys == keys
            far.hangs_up()
            call.ends()


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_status_callbacks_come_in_their_order(stage, method):
    given = f'{EVENTS} statusCallbackMethod="{method}"'
    with stage.telephone() as far, stage.call(dials(far, inside=given), leg="") as call:
        far.wait_ringing()
        far.answer()
        far.hears(1)
        far.hangs_up()
        call.asked("leg", CallStatus="completed")
        call.ends()
        told = call.script.of("leg")
        assert [one["CallStatus"] for one in told] == ["initiated", "ringing", "in-progress", "completed"]
        assert [one["SequenceNumber"] for one in told] == ["0", "1", "2", "3"]
        assert {one.method for one in told} == {method}
        assert {one["ParentCallSid"] for one in told} == {call.sid}
        assert {one["Direction"] for one in told} == {"outbound-dial"}
        assert len({one["CallSid"] for one in told} - {call.sid}) == 1
        assert int(told[-1]["CallDuration"]) >= 1
        assert all(one["Timestamp"] for one in told)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("completed", ["completed"]),
        ("ringing", ["ringing"]),
        ("answered ringing", ["ringing", "in-progress"]),
        ("", []),
    ],
)
def test_status_callback_event(stage, wanted, told):
    given = f'statusCallback="leg" statusCallbackEvent="{wanted}"' if wanted else ""
    with stage.telephone() as far, stage.call(dials(far, inside=given), leg="") as call:
        far.wait_ringing()
        far.answer()
        far.hears(0.5)
        far.hangs_up()
        call.ends()
        time.sleep(0.3)
        assert [one["CallStatus"] for one in call.script.of("leg")] == told


@pytest.mark.parametrize(("code", "status"), [(486, "busy"), (480, "no-answer"), (404, "failed")])
def test_a_leg_that_is_not_reached_says_why(stage, code, status):
    with stage.telephone() as far, stage.call(dials(far, inside='statusCallback="leg"'), leg="") as call:
        far.wait_ringing()
        far.answer(code)
        assert call.asked("leg")["CallStatus"] == status
        call.ends()


def test_a_leg_whose_caller_leaves_is_canceled(stage):
    with stage.telephone() as far, stage.call(dials(far, inside='statusCallback="leg"'), leg="") as call:
        far.wait_ringing()
        call.phone.hangs_up()
        assert call.asked("leg")["CallStatus"] == "canceled"
