"""One place, and one day in it, for all tests here."""

import pytest

from tests.gateway.day.day import TOKEN, Day
from tests.gateway.day.hang_ups import HangUps
from tests.gateway.day.outbound import Outbound
from tests.gateway.place import Place

SETTINGS = {
    "IVR_GATEWAY__AUTH_TOKEN": TOKEN,
    "IVR_SPEECH__WORDS_PER_MINUTE": "250",  # faster than one would like to hear it
    "IVR_CALLBACKS__RING_SECONDS": "6",
    "IVR_FEEDBACK__PERSON_PERCENT": "0",
    "IVR_FEEDBACK__CALLS_AT_ONCE": "1",
}


@pytest.fixture(scope="session")
def day(tmp_path_factory):
    with Place(tmp_path_factory.mktemp("day"), **SETTINGS) as place:
        one = Day(place)
        one.outbound, one.hang_ups = Outbound(one), HangUps()
        one.passes(one.outbound, one.hang_ups)
        yield one


@pytest.fixture(scope="session")
def outbound(day):
    return day.outbound


@pytest.fixture(scope="session")
def hang_ups(day):
    return day.hang_ups
