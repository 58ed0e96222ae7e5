"""<Redirect>, <Reject> and <Hangup>, row by row of Twilio's tables, and how a call stands in what is asked.

https://www.twilio.com/docs/voice/twiml
"""

import time

import pytest

pytestmark = pytest.mark.side_by_side

PLAY = "<Play>/audio/{}.wav</Play>".format


@pytest.mark.parametrize(
    ("given", "method"), [("", "POST"), ('method="POST"', "POST"), ('method="GET"', "GET")], ids=["", "POST", "GET"]
)
def test_redirect_method(stage, given, method):
    with stage.call(f"<Redirect {given}>next?n=2</Redirect>{PLAY('menu')}", next=PLAY("thanks")) as call:
        call.ends()
        (asked,) = call.script.of("next")
        assert asked.method == method
        assert "/voice/next?n=2" in asked.url
        assert call.heard == ["thanks"]


def test_redirect_addresses_are_relative_to_their_own_document(stage):
    documents = {
        "sub/one": "<Redirect>two</Redirect>",
        "sub/two": "<Redirect>../three</Redirect>",
        "three": f"<Redirect>{stage.desk.url}/voice/four</Redirect>",
        "four": PLAY("thanks"),
    }
    with stage.call("<Redirect>/voice/sub/one</Redirect>", **documents) as call:
        call.ends()
        assert [one.name for one in call.script.asked] == ["answer", *documents, "status"]


def test_redirect_without_an_address_asks_its_own_document_again(stage):
    with stage.call(["<Redirect/>", PLAY("thanks")]) as call:
        call.ends()
        assert call.times("answer") == 2


def test_redirect_elsewhere_is_not_followed(stage):
    with stage.call("<Redirect>http://127.0.0.1:9/voice/next</Redirect>", fallback="<Hangup/>") as call:
        call.ends()
        assert call.asked("fallback")["ErrorUrl"] == "http://127.0.0.1:9/voice/next"


def test_a_circle_ends(stage):
    with stage.call("<Redirect>/voice/answer</Redirect>", wait=False) as call:
        call.phone.wait_over(30)
        assert call.times("answer") <= 500


@pytest.mark.parametrize(
    ("given", "code", "status"),
    [('reason="busy"', 486, "busy"), ('reason="rejected"', 603, "failed"), ("", 603, "failed")],
)
def test_reject(stage, given, code, status):
    with stage.call(f"<Reject {given}/>{PLAY('menu')}", wait=False) as call:
        call.phone.wait_over()
        assert call.phone.codes[-1] == code
        assert 200 not in call.phone.codes
        over = call.asked("status")
        assert (over["CallStatus"], over["CallDuration"]) == (status, "0")


def test_reject_after_a_redirect_still_answers_nobody(stage):
    with stage.call("<Redirect>next</Redirect>", wait=False, next="<Reject reason='busy'/>") as call:
        call.phone.wait_over()
        assert call.phone.codes[-1] == 486
        assert 200 not in call.phone.codes


def test_reject_of_a_call_that_was_answered_hangs_up(stage):
    with stage.call(PLAY("thanks") + "<Reject/>") as call:
        call.ends()
        assert call.heard == ["thanks"]


def test_hangup_ends_the_call_and_nothing_follows(stage):
    with stage.call(f"{PLAY('thanks')}<Hangup/>{PLAY('menu')}") as call:
        call.ends()
        assert call.heard == ["thanks"]


def test_hangup_first_answers_and_hangs_up(stage):
    with stage.call("<Hangup/>", wait=False) as call:
        call.phone.wait_over()
        assert 200 in call.phone.codes
        assert call.asked("status")["CallStatus"] == "completed"


def test_a_document_that_runs_out_hangs_up(stage):
    with stage.call("") as call:
        call.ends()


def test_call_status_in_the_forms_of_one_call(stage):
    documents = {"menu": '<Gather numDigits="1" timeout="1" action="last"/>', "last": "<Hangup/>"}
    with stage.call('<Gather numDigits="1" action="menu"/>', **documents) as call:
        call.phone.presses("1")
        call.asked("menu")
        time.sleep(0.2)
        call.phone.presses("2")
        over = call.ends()
        told = [(one.name, one["CallStatus"]) for one in call.script.asked]
        assert told == [
            ("answer", "ringing"), ("menu", "in-progress"), ("last", "in-progress"), ("status", "completed"),
        ]  # fmt: skip
        first = call.asked("answer")
        assert (first["From"], first["To"]) == (call.phone.number, "137")
        assert (first["Direction"], first["AccountSid"], first["ApiVersion"]) == ("inbound", "GW137", "2010-04-01")
        assert (first["Caller"], first["Called"]) == (first["From"], first["To"])
        assert int(over["CallDuration"]) >= 1
        assert over["SequenceNumber"] == "0"


def test_a_caller_who_leaves_is_asked_for_no_more_documents(stage):
    with stage.call(PLAY("menu") + "<Redirect>next</Redirect>") as call:
        call.phone.hears(1)
        call.phone.hangs_up()
        assert call.asked("status")["CallStatus"] == "completed"
        assert call.times("next") == 0
