"""Every transcript of the calls that the hotline makes itself, carried out on a real exchange."""

import pytest

from tests.exchange.ear import correlation
from tests.gateway.day import outbound as calls
from tests.gateway.day import voices
from tests.outside.ear import digit_by_digit

MOVED = {"confirm_solved heard": "confirmed", "reject_solved heard": "rejected", "confirm_solved late": "duplicate"}


@pytest.fixture(
    params=[
        pytest.param(
            call,
            id=call["call"],
            marks=() if call in calls.callbacks() else pytest.mark.skip(reason="that is another setting"),
        )
        for call in calls.CALLBACKS
    ]
)
def taken(request):
    return request.param


@pytest.fixture(
    params=[
        pytest.param(
            call,
            id=call["call"],
            marks=() if call in calls.feedback() else pytest.mark.skip(reason="the gateway listens for no machine"),
        )
        for call in calls.FEEDBACK
    ]
)
def asked(request):
    return request.param


def of(played):
    if played.trouble:
        raise played.trouble
    return played


def test_an_operator_hears_what_is_written(day, whole, taken):
    day.understands(of(whole.desk.calls[taken["call"]]).citizen, strictly=False)


def test_the_citizen_is_rung_or_not_and_it_is_known_how_it_went(whole, taken):
    played = of(whole.desk.calls[taken["call"]])
    if went := calls.ends(taken):
        assert whole.desk.rung[taken["call"]] == played.number
        assert whole.desk.suggested[taken["call"]] == calls.SUGGESTED[went]
    else:
        assert taken["call"] not in whole.desk.rung


def test_both_hear_each_other(whole, taken):
    said = of(whole.desk.calls[taken["call"]]).voices
    assert bool(said) == (calls.ends(taken) == "completed")
    for sent, got in said.values():
        assert correlation(sent, got) > voices.SAME
    for (sent, _), (_, got) in [(said[one], said[other]) for one, other in (("operator", "citizen"),) if said]:
        assert correlation(sent, got) < voices.OTHER


def test_a_citizen_hears_what_is_written(day, whole, asked):
    played = of(whole.asked.calls[asked["call"]])
    said = day.understands(played.citizen)
    assert said["own_code"] == digit_by_digit(played.code)


def test_the_ticket_goes_on_as_the_citizen_says(day, whole, asked):
    played = of(whole.asked.calls[asked["call"]])
    (ticket,) = [row for row in day.rows["tickets"] if row["code"] == played.code]
    did = [f"{one['action']} {one['result']}" for turn in asked["turns"] for one in turn.get("does", ())]
    assert ticket["state"] == next((MOVED[one] for one in did if one in MOVED), "answered")
    voices.are_kept(day.house, ticket["recordings"], list(played.voices.values()))
