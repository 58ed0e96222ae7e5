"""Every transcript of callers, dialled on a real exchange: what was heard, and what the call left."""

import statistics
from datetime import UTC, datetime, timedelta

import pytest

from tests.gateway.day import voices
from tests.gateway.day.citizen import KEY_SECONDS, KEY_UP_SECONDS
from tests.gateway.day.day import DAY_SECONDS, FIRST, NAMES, TURN
from tests.outside.console import QOM
from tests.outside.ear import NUMBERS, digit_by_digit

pytestmark = pytest.mark.timeout(DAY_SECONDS)
HOURS = {"afternoon": range(12, 16)}  # as the settings have them


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def day(whole, name):
    """Give the day on which a call was played."""
    return next(day for day in whole.days if name in day.calls)


@pytest.fixture
def played(name, day):
    one = day.calls[name]
    if one.trouble:
        raise one.trouble
    return one


@pytest.fixture
def call(day, played):
    """Find its row; of those who withhold their number, by what they keyed."""
    rows = [row for row in day.rows["calls"] if row["caller"] == played.international and row["direction"] == "inbound"]
    if played.withheld:
        rows = [row for row in rows if keys(row) == played.keyed]
    else:
        rows.sort(key=lambda row: row["started_at"])
    return rows[-1]


def keys(row):
    return [turn["keys"] for turn in row["path"]]


def said(day, played):
    if played.said is None:
        played.said = day.understands(played.citizen, strictly="live" not in played.story.given)
    return played.said


def test_every_prompt_is_heard_as_it_is_written(day, played):
    said(day, played)


def test_every_key_arrives_and_the_call_ends_as_described(played, call):
    assert keys(call) == played.keyed
    assert call["path"][0]["event"] == "answered"
    assert call["started_at"] <= call["ended_at"]
    if played.story.disposition:
        assert call["disposition"] == played.story.disposition
    assert call["disposition"]


def test_the_tickets_are_those_of_the_story_and_say_what_was_said(day, played, call):
    story = played.story
    if story.tickets is not None:
        tickets_are(day, day.of_call("tickets", call["call_sid"]), played, story.tickets or silence(day, played, call))
    if story.earlier is not None:
        tickets_are(day, day.of_call("tickets", played.earlier), played, [story.earlier])


def silence(day, played, call):
    """Expect a ticket of whoever was silent after the tone: that is a voice, if empty."""
    absent = [row for row in day.of_call("recordings", call["call_sid"]) if row["state"] == "absent"]
    return played.story.left_by_silence() if absent and not played.earlier else []


def tickets_are(day, found, played, wanted):
    assert [[ticket["category"], ticket["district"]] for ticket in found] == [one[:2] for one in wanted]
    for ticket, (_, _, names) in zip(found, wanted, strict=True):
        voices.are_kept(day.house, ticket["recordings"], [played.voices[name] for name in names])
        assert ticket["state"] == "new"
        age = datetime.now(UTC) - datetime.fromisoformat(ticket["opened_at"])
        assert timedelta(0) <= age < timedelta(minutes=30)


def test_the_code_that_was_spoken_is_the_tickets(day, played, call):
    for ticket in day.of_call("tickets", call["call_sid"]):
        assert ticket["caller"] == played.international
        if "code" in said(day, played):
            assert said(day, played)["code"] == digit_by_digit(ticket["code"])


def test_a_callback_waits_where_the_caller_heard(day, played):
    waiting = [row for row in day.rows["callbacks"] if row["state"] == "queued" and row["type"] != "feedback"]
    if played.story.callback:
        number, kind = played.story.callback
        (callback,) = [row for row in waiting if row["number"] == (played.international if number == "own" else number)]
        assert callback["type"] == kind
        if played.story.window:
            assert datetime.fromisoformat(callback["due_at"]).astimezone(QOM).hour in HOURS[played.story.window]
        if "ahead" in said(day, played):
            assert said(day, played)["ahead"] == NUMBERS[waiting.index(callback)]


def test_the_first_who_asks_hears_that_nobody_waits(whole):
    day = whole.days[0]
    day.understands(day.calls[TURN].citizen)
    waiting = [row for row in day.rows["callbacks"] if row["state"] == "queued" and row["type"] != "feedback"]
    assert waiting[0]["number"] == f"+98{FIRST[1:]}"


def test_how_long_after_a_key_the_next_prompt_begins(whole, capsys):
    """Print it; the telephone itself hears 0.1 s late."""
    waits = {"one key": [], "several keys and #": [], "speech and #": []}
    day = whole.days[0]
    parts = [part for played in day.calls.values() if not played.trouble for part in played.citizen.parts()]
    for turn, sound in parts:
        if turn.keys and turn.hears and (heard := day.hearing.hears(sound)):
            kind = "speech and #" if turn.keys == "#" else "one key" if len(turn.keys) == 1 else "several keys and #"
            waits[kind].append(heard[0].start - KEY_SECONDS * len(turn.keys) + KEY_UP_SECONDS)
    with capsys.disabled():
        for kind, seconds in waits.items():
            spread = f"{min(seconds):.2f} to {max(seconds):.2f} s, median {statistics.median(seconds):.2f} s"
            print(f"\nafter {kind} the next prompt begins in {spread}, {len(seconds)} times", end=" ")  # noqa: T201
