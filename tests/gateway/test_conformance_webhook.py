"""What a gateway does when the hotline does not answer as it should, on a real call.

https://www.twilio.com/docs/api/errors, https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

import time

import pytest

from tests.exchange.ear import words
from tests.gateway.script import Reply, written
from tests.gateway.stage import CLIPS

pytestmark = pytest.mark.side_by_side

PLAY = "<Play>/audio/{}.wav</Play>".format


def slowly(verbs, seconds):
    return Reply(written(verbs), delay=seconds)


LARGE = "<Response>" + " " * 66_000 + "</Response>"
WRONG = {
    "a server error": (Reply("", 500), "11200"),
    "not there": (Reply("", 404), "11200"),
    "moved elsewhere": (Reply("", 302), "11200"),
    "no answer in time": (slowly(PLAY("menu"), 8), "11200"),
    "hung up": (Reply(cut=True), "11200"),
    "too large": (Reply(LARGE), "11200"),
    "not XML": (Reply("Good morning"), "12100"),
    "nothing at all": (Reply(""), "12100"),
    "another document": (Reply("<html/>"), "12100"),
    "a verb that is none": (Reply("<Response><Dance/></Response>"), "12100"),
    "an attribute that makes no sense": (Reply('<Response><Gather numDigits="no"/></Response>'), "12100"),
    "a document type": (Reply("<!DOCTYPE Response><Response/>"), "12100"),
    "not UTF-8": (Reply(b'<?xml version="1.0"?><Response><Say>\xff</Say>'), "12100"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_brings_the_fallback_with_its_code_and_address(stage, wrong):
    reply, code = WRONG[wrong]
    with stage.call("<Redirect>next?n=1</Redirect>", next=reply, fallback=PLAY("thanks")) as call:
        call.ends(20)
        told = call.asked("fallback")
        assert told["ErrorCode"] == code
        assert told["ErrorUrl"] == f"{stage.desk.url}/voice/next?n=1"
        assert told["CallSid"] == call.sid
        assert call.heard == ["thanks"]
        assert (call.times("next"), call.times("fallback")) == (1, 1)


def test_the_first_document_has_a_fallback_too(stage):
    with stage.call(Reply("", 500), fallback=PLAY("thanks")) as call:
        call.ends()
        assert call.heard == ["thanks"]


def test_an_actions_digits_are_not_lost_on_the_fallback(stage):
    with stage.call('<Gather numDigits="1" action="next"/>', next=Reply("", 500), fallback="<Hangup/>") as call:
        call.phone.presses("4")
        assert call.asked("next")["Digits"] == "4"
        call.ends()


@pytest.mark.parametrize("fallback", [Reply("", 500), Reply("Sorry"), Reply(cut=True)], ids=["500", "words", "cut"])
def test_without_a_fallback_the_exchange_itself_takes_a_message(stage, fallback):
    with stage.call(Reply("", 500), fallback=fallback, recording="") as call:
        call.hears("apology")
        call.phone.hears(1)
        call.phone.speaks(CLIPS["menu"])
        call.phone.presses("#")
        call.phone.wait_over()
        assert words(call.phone.heard(), CLIPS)[-1] == "thanks"
        kept = call.asked("recording", RecordingStatus="completed")
        assert kept["CallSid"] == call.sid


OVERRIDES = {
    "rc=2&rp=5xx": ([Reply("", 500), Reply("", 503)], 3),
    "rc=2&rp=4xx": ([Reply("", 404), Reply("", 429)], 3),
    "rc=3&rp=all": ([Reply("", 500), Reply("", 404), Reply(cut=True)], 4),
    "rc=1": ([Reply(cut=True)], 2),
    "rc=1&rp=ct": ([Reply(cut=True)], 2),
    "rc=1&rp=rt&rt=500": ([slowly(PLAY("menu"), 1.5)], 2),
    "rc=1&rp=ct,rt&rt=500": ([slowly(PLAY("menu"), 1.5)], 2),
}


@pytest.mark.parametrize("rules", OVERRIDES)
def test_connection_overrides_ask_again_and_nothing_is_done_twice(stage, rules):
    replies, tries = OVERRIDES[rules]
    rules = rules.replace("&", "&amp;")
    with stage.call(f"<Redirect>next#{rules}</Redirect>", next=[*replies, PLAY("thanks")]) as call:
        call.ends()
        assert call.times("next") == tries
        assert call.times("fallback") == 0
        assert call.heard == ["thanks"]
        assert all("#" not in one.url for one in call.script.asked)


@pytest.mark.parametrize(
    ("rules", "reply", "tries"),
    [
        ("rc=2", Reply("", 500), 1),
        ("rc=2&amp;rp=4xx", Reply("", 500), 1),
        ("rc=2&amp;rp=5xx", Reply("", 404), 1),
        ("rc=2&amp;rp=5xx", Reply("", 500), 3),
        ("rc=0", Reply(cut=True), 1),
        ("rc=1&amp;rp=ct&amp;rt=500", Reply("", delay=1.5), 1),
        ("rc=5&amp;rp=rt&amp;rt=900&amp;tt=1500", Reply("", delay=3), 2),
    ],
)
def test_connection_overrides_end_and_then_comes_the_fallback(stage, rules, reply, tries):
    with stage.call(f"<Redirect>next#{rules}</Redirect>", next=reply, fallback=PLAY("thanks")) as call:
        call.ends()
        assert call.times("next") == tries
        assert call.heard == ["thanks"]
        assert call.asked("fallback")["ErrorUrl"] == f"{stage.desk.url}/voice/next"


def test_a_rule_that_is_none_brings_the_fallback(stage):
    with stage.call("<Redirect>next#rc=many</Redirect>", fallback=PLAY("thanks")) as call:
        call.ends()
        assert call.times("next") == 0
        assert call.asked("fallback")["ErrorCode"] == "11100"


def test_rules_may_stand_behind_an_action(stage):
    answer = '<Gather numDigits="1" action="next?n=1#rc=1&amp;rp=5xx"/>'
    with stage.call(answer, next=[Reply("", 500), "<Hangup/>"]) as call:
        call.phone.presses("8")
        call.ends()
        assert [(one["Digits"], one.url.rpartition("/")[2]) for one in call.script.of("next")] == [
            ("8", "next?n=1")
        ] * 2


def test_a_slow_answer_is_waited_for_and_the_caller_may_leave_meanwhile(stage):
    with stage.call(slowly(PLAY("thanks"), 2), wait=False) as call:
        began = call.asked("answer").at
        call.phone.wait_answered()
        assert time.monotonic() - began >= 2
        call.ends()
        assert call.heard == ["thanks"]
    with stage.call(PLAY("thanks") + "<Redirect>next</Redirect>", next=slowly(PLAY("menu"), 2.5)) as call:
        call.asked("next")
        call.phone.hangs_up()
        assert call.asked("status").at - call.asked("next").at < 2


def test_news_are_told_until_they_are_taken_in_their_order_and_once(stage):
    answer = (
        '<Record recordingStatusCallback="news" recordingStatusCallbackEvent="in-progress completed" action="kept"/>'
    )
    news = [Reply("", 500), Reply(cut=True), "", Reply("", 503), ""]
    with stage.call(answer, news=news, kept="<Hangup/>", status=[Reply("", 500), ""]) as call:
        call.phone.hears(0.6)
        call.phone.speaks(CLIPS["thanks"])
        call.phone.presses("#")
        call.asked("status", 2)
        time.sleep(1)
        told = [one["RecordingStatus"] for one in call.script.of("news")]
        assert told == ["in-progress"] * 3 + ["completed"] * 2
        assert [one["SequenceNumber"] for one in call.script.of("status")] == ["0", "0"]
