"""Whoever puts the telephone down leaves behind what they said, and nothing else."""

import pytest

from tests.gateway.day import voices
from tests.gateway.day.day import DAY_SECONDS
from tests.gateway.day.hang_ups import every

pytestmark = pytest.mark.timeout(DAY_SECONDS)


@pytest.fixture(params=[one.name for one in every()])
def gone(request, whole):
    one = whole.hang_ups.calls[request.param]
    if one.trouble:
        raise one.trouble
    return one


def test_what_was_said_before_is_in_a_ticket_and_nothing_else(day, gone):
    (call,) = [row for row in day.rows["calls"] if row["caller"] == f"+98{gone.number[1:]}"]
    assert call["disposition"] == gone.disposition
    tickets = day.of_call("tickets", call["call_sid"])
    assert [[one["category"], one["district"]] for one in tickets] == ([gone.ticket] if gone.ticket else [])
    for ticket in tickets:
        voices.are_kept(day.house, ticket["recordings"], [gone.said] if gone.voice else [])
    kept = [row for row in day.of_call("recordings", call["call_sid"]) if row["state"] != "absent"]
    assert len(kept) == gone.voice
    assert call["caller"] not in [row["number"] for row in day.rows["callbacks"]]
