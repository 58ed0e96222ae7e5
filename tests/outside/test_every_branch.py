"""Every branch, driven from outside by a telephone that knows TwiML, and seen through `ivr export`."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.outside import stories
from tests.outside.ear import CALLFLOWS, NUMBERS, digit_by_digit, letters


@pytest.fixture(params=[story.name for story in stories.every()])
def played(request, evening):
    one = evening.calls[request.param]
    if one.trouble:
        raise one.trouble
    return one


def voices_are(evening, rows, sids):
    """Hold that a ticket's voices are these, each the very bytes that the carrier served."""
    carrier = evening.exchange.carrier
    heard = [row for row in rows if row["state"] != "absent"]
    assert [row["sid"] for row in heard] == sids
    for row in heard:
        assert row["state"] == "stored"
        assert row["sha256"] == carrier.digest(row["sid"])
        assert hashlib.sha256(evening.house.voice(row).read_bytes()).hexdigest() == row["sha256"]
        assert row["seconds"] == pytest.approx((len(carrier.media[row["sid"]]) - 44) / 16000, abs=0.1)


def test_a_call_ends_as_described(evening, played):
    story, sid = played.story, played.caller.sid
    (call,) = evening.of_call("calls", sid)
    valid = played.number.startswith("+98") or played.number == "+12025550123"
    assert call["caller"] == (played.number if valid else None)
    assert call["direction"] == "inbound"
    assert call["started_at"] <= call["ended_at"]
    assert [turn["keys"] for turn in call["path"]] == played.caller.keyed
    assert call["path"][0]["event"] == "answered"
    if story.disposition:
        assert call["disposition"] == story.disposition
    assert call["disposition"]


def test_a_call_leaves_the_tickets_it_should(evening, played):
    story = played.story
    if story.tickets is not None:
        wanted = story.tickets or silent_messages(played)
        tickets_are(evening, evening.of_call("tickets", played.caller.sid), played, wanted)
    if story.earlier is not None:
        tickets_are(evening, evening.of_call("tickets", played.earlier), played, [story.earlier])


def silent_messages(played):
    """Expect a ticket of whoever was silent after the tone: the carrier tells of it, and that is a voice, if empty."""
    silent = [form for _, form in played.caller.told if form["RecordingStatus"] == "absent"]
    return played.story.left_by_silence() if silent and not played.earlier else []


def tickets_are(evening, found, played, wanted):
    assert [[ticket["category"], ticket["district"]] for ticket in found] == [one[:2] for one in wanted]
    for ticket, (_, _, voices) in zip(found, wanted, strict=True):
        voices_are(evening, ticket["recordings"], played.left(voices))
        assert ticket["state"] == "new"
        age = datetime.now(UTC) - datetime.fromisoformat(ticket["opened_at"])
        assert timedelta(0) <= age < timedelta(minutes=10)


def test_a_new_ticket_carries_its_caller_and_its_code_was_spoken_twice(evening, played):
    for ticket in evening.of_call("tickets", played.caller.sid):
        (call,) = evening.of_call("calls", played.caller.sid)
        assert ticket["caller"] == call["caller"]
        assert len(ticket["code"]) == 10
        if "code" in played.said:
            assert played.said["code"] == digit_by_digit(ticket["code"])


def test_a_callback_waits_where_the_caller_heard(evening, played):
    waiting = [row for row in evening.rows["callbacks"] if row["state"] == "queued"]
    if played.story.callback:
        number, kind, about = [*played.story.callback, None][:3]
        number = played.number if number == "own" else number
        (callback,) = [row for row in waiting if row["number"] == number]
        assert callback["type"] == kind
        assert datetime.fromisoformat(callback["due_at"]) <= datetime.now(UTC) + timedelta(days=1)
        codes = {
            row["code"] for row in evening.rows["tickets"] if row["call_sid"] in {played.caller.sid, played.earlier}
        }
        if about is not None:
            assert callback["ticket_code"] in (codes if about == "yes" else {None})
        place = waiting.index(callback)
        assert played.said["ahead"] == NUMBERS[place]
    elif played.story.callback == []:
        assert played.number not in [row["number"] for row in waiting]


def test_what_is_read_out_is_what_is_known(evening, played):
    if played.story.reads:
        assert played.said["callback_number"] == digit_by_digit(played.story.reads)
    if "ticket_status" not in played.said:
        return
    districts, categories = (stories.read(CALLFLOWS / f"{name}.yaml") for name in ("districts", "categories"))
    terms = stories.read(CALLFLOWS / "prompts.fa.yaml")["terms"]
    (district,) = [one["name"] for one in districts if one["code"] == "6"]
    (category,) = [one["name"] for one in categories["categories"] if one["code"] == "drain"]
    assert played.said["ticket_district"] == letters(district)
    assert played.said["ticket_category"] == letters(category)
    assert played.said["ticket_status"] == letters(terms["status.new"])


def test_the_first_who_asks_hears_that_nobody_waits(evening):
    evening.exchange.ear.understands(evening.first.heard, ["callback_first", "goodbye"])


def test_all_keys_of_the_hotline_were_pressed(evening):
    """No branch is forgotten: whoever adds a key to the flow adds a call."""
    nodes = stories.read(CALLFLOWS / "hotline_137.yaml")["nodes"]
    wanted = {(name, key) for name, node in nodes.items() if node["type"] == "menu" for key in node["choices"]}
    pressed = {(turn["node"], turn["keys"]) for call in evening.rows["calls"] for turn in call["path"]}
    assert {one for one in wanted if one[0] != "ask_window"} <= pressed
    waiting = {name for name, node in nodes.items() if node["type"] in {"digits", "record"}}
    assert waiting <= {node for node, _ in pressed}


def test_nothing_that_was_said_lies_in_plain(evening):
    """Check 22: on the disk of a house that has served a whole evening; prompts and announcements are for everybody."""
    data = Path(evening.house.environment["IVR_DATA__DIR"])
    for_everybody = {data / "var/speech", data / "var/announcements"}
    files = [path for path in data.rglob("*") if path.is_file() and for_everybody.isdisjoint(path.parents)]
    assert len([path for path in files if path.suffix == ".wav"]) == len(evening.exchange.carrier.media)
    assert [path for path in files if b"RIFF" in path.read_bytes()] == []


def test_every_voice_is_kept_once_and_nobody_was_asked_elsewhere(evening, trap):
    carrier = evening.exchange.carrier
    kept = {row["sid"]: row for row in evening.rows["recordings"] if row["state"] != "absent"}
    assert set(kept) == set(carrier.media)
    assert {sid: row["sha256"] for sid, row in kept.items()} == {sid: carrier.digest(sid) for sid in kept}
    assert [carrier.fetches(sid) for sid in kept] == [1] * len(kept)
    assert trap.asked == []
