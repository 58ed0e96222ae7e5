"""One place, and one day in it, for all tests here."""

from types import SimpleNamespace

import pytest

from tests.gateway.day.asked import Asked
from tests.gateway.day.day import TOKEN, Day
from tests.gateway.day.desk import Desk
from tests.gateway.day.hang_ups import HangUps
from tests.gateway.day.live import Live
from tests.gateway.day.trunk import Trunk
from tests.gateway.place import Place

SETTINGS = {
    "IVR_GATEWAY__AUTH_TOKEN": TOKEN,
    "IVR_SPEECH__WORDS_PER_MINUTE": "250",  # faster than one would like to hear it
    "IVR_CALLBACKS__RING_SECONDS": "6",
    "IVR_FEEDBACK__PERSON_PERCENT": "0",
    "IVR_FEEDBACK__CALLS_AT_ONCE": "9",
}


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """Let the day pass; give it, and what its parts keep of it."""
    with Place(tmp_path_factory.mktemp("day"), **SETTINGS) as place, Trunk(place.exchange) as trunk:
        day = Day(place, trunk)
        parts = SimpleNamespace(day=day, desk=Desk(day), asked=Asked(day), hang_ups=HangUps())
        day.passes(parts.desk, parts.asked, parts.hang_ups, Live())
        yield parts


@pytest.fixture(scope="session")
def day(whole):
    return whole.day
