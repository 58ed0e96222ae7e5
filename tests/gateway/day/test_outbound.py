"""Every transcript of the calls that the hotline makes itself, carried out on a real exchange."""

import pytest

from tests.exchange.ear import correlation
from tests.gateway.day import outbound as calls
from tests.gateway.day import voices
from tests.gateway.day.day import DAY_SECONDS
from tests.outside.ear import digit_by_digit

pytestmark = pytest.mark.timeout(DAY_SECONDS)
MOVED = {"confirm_solved heard": "confirmed", "reject_solved heard": "rejected", "confirm_solved late": "duplicate"}


def name_of(call):
    return call["call"]


@pytest.fixture(params=calls.CALLBACKS, ids=name_of)
def taken(request):
    return request.param


@pytest.fixture
def desk(whole, taken):
    """Give the desk at which a call was taken."""
    return next(desk for desk in whole.desks if taken["call"] in desk.calls)


@pytest.fixture(params=calls.ANNOUNCE, ids=name_of)
def announced(request):
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


def test_an_operator_hears_what_is_written(desk, taken):
    desk.day.understands(of(desk.calls[taken["call"]]).citizen, strictly=False)


def test_the_citizen_is_rung_or_not_and_it_is_known_how_it_went(desk, taken):
    played = of(desk.calls[taken["call"]])
    if went := calls.ends(taken):
        assert desk.rung[taken["call"]] == played.number
        assert desk.suggested[taken["call"]] == calls.SUGGESTED[went]
    else:
        assert taken["call"] not in desk.rung


def test_both_hear_each_other(desk, taken):
    said = of(desk.calls[taken["call"]]).voices
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


def test_a_supervisor_hears_what_is_written(day, whole, announced):
    day.understands(of(whole.announced.calls[announced["call"]]).citizen)


def test_what_is_to_be_heard_on_the_air_is_the_last_speech_that_was_kept(whole, announced):
    played, name = of(whole.announced.calls[announced["call"]]), announced["call"]
    spoken = list(played.voices.values()) if any("keep_take" in str(turn) for turn in announced["turns"]) else []
    assert len(whole.announced.kept[name]) == bool(spoken)
    for kept in whole.announced.kept[name]:
        assert correlation(spoken[-1].sound, kept) > voices.SAME
        assert correlation(spoken[-1].other, kept) < voices.OTHER
        assert correlation(spoken[0].sound, kept) < voices.OTHER
