"""What comes twice, late, in the wrong order, or from a stranger: nothing is done twice, and nothing for strangers."""

import random

import pytest

from tests.outside.caller import signature

REPORT = ("1", "3", "3")


@pytest.fixture
def exchange(evening):
    return evening.exchange


@pytest.fixture
def rows(evening):
    """Export again, once the voices among it are here; give what belongs to a call."""
    house = evening.house

    def export(kind, sid):
        def here():
            found = [row for row in house.export(kind) if row["call_sid"] == sid]
            voices = [voice for row in found for voice in row.get("recordings", [row])]
            return None if "pending" in [voice.get("state") for voice in voices] else found or ["none"]

        return [row for row in house.until(here) if row != "none"]

    return export


def dials_and(exchange, *keys):
    caller = exchange.dials("+989121379999")
    for key in keys:
        caller.presses(key)
    return caller


def test_every_turn_posted_again_sounds_the_same_and_does_nothing(exchange, rows):
    caller = dials_and(exchange, *REPORT)
    caller.speaks(3)
    caller.presses("1").presses("7")
    replies = [[exchange.post(url, form) for _ in range(3)] for url, form in caller.asked]
    for url, form in reversed(caller.asked):
        replies.append([exchange.post(url, form), exchange.post(url, form)])
    assert all(reply.status_code == 200 for three in replies for reply in three)
    assert all(len({reply.content for reply in three}) == 1 for three in replies)
    (ticket,) = rows("tickets", caller.sid)
    assert len(ticket["recordings"]) == 1
    (call,) = rows("calls", caller.sid)
    assert [turn["keys"] for turn in call["path"]] == caller.keyed


def test_news_of_recordings_ten_times_and_in_any_order_are_one_recording_each(exchange, rows):
    caller = dials_and(exchange, *REPORT)
    first = caller.speaks(3, reported=False)
    caller.presses("2")
    second = caller.speaks(4, reported=False)
    caller.hangs_up()
    news = [(url, form) for url, form in caller.asked if "RecordingUrl" in form]
    for sid, seconds in ((second, 4), (first, 3)):
        told = {"RecordingSid": sid, "RecordingUrl": f"{exchange.media}/{sid}", "RecordingStatus": "completed"}
        form = caller.form(**told, RecordingDuration=str(seconds))
        news += [(f"{exchange.hotline}/voice/recording", form)] * 10
    over = caller.form(CallStatus="completed", CallDuration="30")
    news += [(f"{exchange.hotline}/voice/status", over)] * 3
    random.Random(137).shuffle(news)
    assert {exchange.post(url, form).status_code for url, form in news} <= {200, 204}
    (ticket,) = rows("tickets", caller.sid)
    assert [(row["sid"], row["state"]) for row in ticket["recordings"]] == [(second, "stored")]
    assert {row["sid"] for row in rows("recordings", caller.sid)} == {first, second}


def test_news_of_a_recording_before_any_of_its_call_open_its_ticket(exchange, rows):
    sid, call = exchange.carrier.records(3), exchange.carrier.sid("CA")
    form = {"CallSid": call, "AccountSid": exchange.carrier.account, "RecordingSid": sid, "RecordingDuration": "3"}
    told = {**form, "RecordingUrl": f"{exchange.media}/{sid}", "RecordingStatus": "completed"}
    assert exchange.post(f"{exchange.hotline}/voice/recording", told).status_code < 300
    known = {"CallSid": call, "AccountSid": exchange.carrier.account, "From": "+989121370077"}
    assert exchange.post(f"{exchange.hotline}/voice/status", {**known, "CallStatus": "completed"}).status_code < 300
    (ticket,) = rows("tickets", call)
    assert (ticket["category"], ticket["district"], ticket["caller"]) == ("other", "unknown", "+989121370077")
    assert [row["sid"] for row in ticket["recordings"]] == [sid]


def test_who_does_not_sign_changes_nothing(exchange, rows):
    call = exchange.carrier.sid("CA")
    form = {"CallSid": call, "AccountSid": exchange.carrier.account, "From": "+989121370078"}
    told = {**form, "CallStatus": "completed", "RecordingSid": exchange.carrier.records(1)}
    for path in ("answer", "turn/1", "recording", "status", "fallback"):
        url = f"{exchange.hotline}/voice/{path}"
        other = signature("another token", url, told)
        assert [exchange.post(url, told, signed=bad).status_code for bad in ("", "bm9ib2R5", other)] == [403] * 3
    assert rows("calls", call) == []


def test_a_form_that_was_changed_on_the_way_is_refused(exchange, rows):
    caller = dials_and(exchange, "1", "3")
    url, form = caller.asked[-1]
    signed = exchange.post(url, form).request.headers["X-Twilio-Signature"]
    assert exchange.post(url, {**form, "Digits": "4"}, signed=signed).status_code == 403
    assert exchange.post(url.replace("turn/2", "turn/3"), form, signed=signed).status_code == 403
    caller.hangs_up()
    (call,) = rows("calls", caller.sid)
    assert [turn["keys"] for turn in call["path"]] == ["", "1", "3"]


def test_a_voice_is_fetched_from_the_account_alone_wherever_it_is_said_to_be(exchange, rows, trap, evening):
    carrier = exchange.carrier
    carrier.moved_to = f"{trap.url}/media.wav"
    caller = dials_and(exchange, *REPORT)
    sid = caller.speaks(3)
    caller.hangs_up()
    evening.house.until(lambda: carrier.fetches(sid))
    assert trap.asked == []
    carrier.moved_to = ""
    (ticket,) = rows("tickets", caller.sid)
    assert [(row["state"], row["sha256"]) for row in ticket["recordings"]] == [("stored", carrier.digest(sid))]
    assert carrier.fetches(sid) == 2
    assert trap.asked == []
