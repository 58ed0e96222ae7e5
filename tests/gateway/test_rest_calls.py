"""Calls by Twilio's own client, unmodified, pointed at the gateway. https://www.twilio.com/docs/voice/api/call-resource"""

import time
from contextlib import contextmanager

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.gateway.script import Reply, Script
from tests.gateway.stage import CLIPS, client, urls

pytestmark = pytest.mark.side_by_side

EVENTS = ["initiated", "ringing", "answered", "completed"]
PLAY = "<Play>/audio/{}.wav</Play>".format
LATE = 2.0


class Order:
    """A call that the hotline ordered, seen from the hotline and from who is rung."""

    def __init__(self, stage, far, documents, given):
        self.script, self.far = Script(documents), far
        answer, status = urls(stage, "answer", "status")
        number = stage.desk.expects(self.script)
        self.made = client(stage).calls.create(**{"from_": number, "url": answer, "status_callback": status, **given})
        self.sid = self.made.sid
        stage.desk.calls[self.sid] = self.script

    def status(self, stage):
        return client(stage).calls(self.sid).fetch().status

    def told(self, status):
        return self.script.waits_for("status", CallStatus=status)


@contextmanager
def ordered(stage, answer="<Play>/audio/thanks.wav</Play>", **given):
    with stage.telephone() as far:
        yield Order(stage, far, {"answer": answer}, {"to": f"sip:somebody@{far.address}:{far.port}", **given})


def test_create_rings_and_the_document_is_heard(stage):
    with ordered(stage, status_callback_event=EVENTS) as order:
        made = order.made
        assert made.status == "queued"
        assert made.direction == "outbound-api"
        assert (made.account_sid, made.api_version, made.answered_by) == ("GW137", "2010-04-01", None)
        order.far.wait_ringing()
        assert order.told("ringing")["CallSid"] == order.sid
        assert order.status(stage) == "ringing"
        order.far.answer()
        order.told("in-progress")
        assert order.status(stage) == "in-progress"
        order.far.wait_over()
        over = order.told("completed")
        assert [one["CallStatus"] for one in order.script.of("status")] == [
            "initiated", "ringing", "in-progress", "completed",
        ]  # fmt: skip
        assert [one["SequenceNumber"] for one in order.script.of("status")] == ["0", "1", "2", "3"]
        asked = order.script.waits_for("answer")
        assert (asked["CallStatus"], asked["Direction"]) == ("in-progress", "outbound-api")
        assert "AnsweredBy" not in asked.form
        fetched = client(stage).calls(order.sid).fetch()
        assert (fetched.status, fetched.duration) == ("completed", over["CallDuration"])
        assert fetched.start_time <= fetched.end_time


def test_calls_to_a_telephone_are_listed_newest_first(stage):
    with ordered(stage) as first:
        first.far.wait_ringing()
        with ordered(stage) as second:
            second.far.wait_ringing()
            everybody = [one.sid for one in client(stage).calls.list(limit=50)]
            assert everybody.index(second.sid) < everybody.index(first.sid)
            found, *earlier = client(stage).calls.list(to=first.made.to, limit=50)
            assert {one.to for one in earlier} <= {found.to} == {first.made.to} != {second.made.to}
            assert (found.sid, found.status, found.direction) == (first.sid, "ringing", "outbound-api")
            assert found.date_created == first.made.date_created


def test_completed_alone_is_told_of_unless_more_is_asked_for(stage):
    with ordered(stage) as order:
        order.far.wait_ringing()
        order.far.answer()
        order.told("completed")
        assert [one["CallStatus"] for one in order.script.of("status")] == ["completed"]


def test_callback_and_document_by_get(stage):
    with ordered(stage, method="GET", status_callback_method="GET") as order:
        order.far.wait_ringing()
        order.far.answer()
        order.told("completed")
        assert {one.method for one in order.script.asked} == {"GET"}


def test_a_client_is_an_extension_and_so_is_a_sip_name(stage):
    for to in ("sip:201", "client:201"):
        with stage.fixed("201") as far:
            order = Order(stage, far, {"answer": PLAY("thanks")}, {"to": to})
            far.wait_ringing()
            far.answer()
            assert order.told("completed")["To"] == to


def test_a_number_is_rung_through_the_trunk_and_sees_who_calls(stage):
    with stage.fixed("trunk") as far:
        order = Order(stage, far, {"answer": PLAY("thanks")}, {"to": "+989123456789", "from_": "+982537137000"})
        assert "sip:02537137000@" in far.wait_ringing()
        far.answer()
        assert order.told("completed")["From"] == "+982537137000"


@pytest.mark.parametrize(("code", "status"), [(486, "busy"), (480, "no-answer"), (404, "failed"), (503, "failed")])
def test_who_is_not_reached(stage, code, status):
    with ordered(stage) as order:
        order.far.wait_ringing()
        order.far.answer(code)
        assert order.told(status)["CallDuration"] == "0"
        assert order.status(stage) == status
        assert order.script.of("answer") == []


def test_timeout_is_no_answer(stage):
    with ordered(stage, timeout=3) as order:
        order.far.wait_ringing()
        rung = time.monotonic()
        assert 2 < order.told("no-answer").at - rung < 3 + LATE
        order.far.wait_over()
        assert order.status(stage) == "no-answer"


def test_time_limit_ends_the_call(stage):
    with ordered(stage, '<Play loop="0">/audio/menu.wav</Play>', time_limit=3) as order:
        order.far.wait_ringing()
        order.far.answer()
        began = time.monotonic()
        over = order.told("completed")
        assert 2.5 < over.at - began < 3 + LATE
        assert int(over["CallDuration"]) in (3, 4)


def test_machine_detection_says_that_it_does_not_know(stage):
    with ordered(stage, machine_detection="Enable") as order:
        order.far.wait_ringing()
        order.far.answer()
        assert order.script.waits_for("answer")["AnsweredBy"] == "unknown"
        assert order.told("completed")["AnsweredBy"] == "unknown"
        assert client(stage).calls(order.sid).fetch().answered_by == "unknown"


@pytest.mark.parametrize("status", ["canceled", "completed"])
def test_a_call_is_ended_while_it_rings(stage, status):
    with ordered(stage) as order:
        order.far.wait_ringing()
        ended = client(stage).calls(order.sid).update(status=status)
        assert ended.status == "canceled"
        order.far.wait_over()
        assert 200 not in order.far.codes
        order.told("canceled")
        with pytest.raises(TwilioRestException) as refused:
            client(stage).calls(order.sid).update(status=status)
        assert (refused.value.status, refused.value.code) == (400, 21220)


def test_a_call_is_ended_while_somebody_talks(stage):
    with ordered(stage, PLAY("menu")) as order:
        order.far.wait_ringing()
        order.far.answer()
        order.script.waits_for("answer")
        still = client(stage).calls(order.sid).update(status="canceled")
        assert still.status == "in-progress"
        client(stage).calls(order.sid).update(status="completed")
        order.far.wait_over(3)
        order.told("completed")
        assert order.status(stage) == "completed"


def test_a_call_that_came_in_is_fetched_and_ended_too(stage):
    with stage.call('<Play loop="0">/audio/menu.wav</Play>') as call:
        fetched = client(stage).calls(call.sid).fetch()
        assert (fetched.direction, fetched.status) == ("inbound", "in-progress")
        assert (fetched.from_formatted, fetched.to) == (call.phone.number, "137")
        client(stage).calls(call.sid).update(status="completed")
        call.ends()


def test_an_ordered_call_whose_document_fails_goes_to_its_fallback(stage):
    (fallback,) = urls(stage, "fallback")
    with stage.telephone() as far:
        documents = {"answer": Reply("Nothing"), "fallback": PLAY("thanks")}
        to = f"sip:somebody@{far.address}:{far.port}"
        order = Order(stage, far, documents, {"to": to, "fallback_url": fallback})
        far.wait_ringing()
        far.answer()
        assert order.script.waits_for("fallback")["ErrorCode"] == "12100"
        order.told("completed")


def test_an_ordered_call_can_record(stage):
    with ordered(stage, "<Record action='/voice/answer'/>") as order:
        order.script.documents["answer"] = ["<Record action='/voice/answer'/>", "<Hangup/>"]
        order.far.wait_ringing()
        order.far.answer()
        order.far.hears(0.8)
        order.far.speaks(CLIPS["thanks"])
        order.far.presses("#")
        kept = order.script.waits_for("answer", 2)
        assert kept["RecordingSid"].startswith("RE")
        order.told("completed")
