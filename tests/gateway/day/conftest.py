"""One place, and one day in it, for all tests here; and what is left of it at a place that is set up otherwise."""

from types import SimpleNamespace

import pytest

from tests.gateway.day import outbound
from tests.gateway.day.announced import Announced
from tests.gateway.day.asked import Asked
from tests.gateway.day.day import NAMES, TOKEN, Day
from tests.gateway.day.desk import Desk
from tests.gateway.day.hang_ups import HangUps
from tests.gateway.day.live import Live
from tests.gateway.day.trunk import Trunk
from tests.gateway.place import Place
from tests.outside import stories

SETTINGS = {
    "IVR_GATEWAY__AUTH_TOKEN": TOKEN,
    "IVR_SPEECH__WORDS_PER_MINUTE": "250",  # faster than one would like to hear it
    "IVR_CALLBACKS__RING_SECONDS": "6",
    "IVR_FEEDBACK__PERSON_PERCENT": "0",
    "IVR_FEEDBACK__CALLS_AT_ONCE": "9",
}
OTHERWISE = {**SETTINGS, "IVR_CALLBACKS__ASK_WINDOW": "true", "IVR_CALLBACKS__RECORD": "false"}


def one_after_another(*parts):
    def both(day):
        for part in parts:
            part(day)

    return both


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """Let both days pass; give them, and what their parts keep of them."""
    parts = SimpleNamespace(days=[], desks=[])
    with Place(tmp_path_factory.mktemp("day"), **SETTINGS) as place, Trunk(place.exchange) as trunk:
        told = [story for story in stories.every() if story.name in NAMES]
        day = Day(place, trunk, told, {"callback_first": "callback_place"})
        desk = Desk(day, outbound.callbacks(), day.opens_the_queue)
        parts.asked, parts.hang_ups, parts.announced = Asked(day), HangUps(), Announced(day)
        parts.days.append(day)
        parts.desks.append(desk)
        day.passes(desk, parts.asked, parts.hang_ups, one_after_another(Live(), parts.announced))
    with Place(tmp_path_factory.mktemp("other"), **OTHERWISE) as place, Trunk(place.exchange) as trunk:
        day = Day(place, trunk, stories.of_another_setting())
        desk = Desk(day, outbound.callbacks(recorded=False), day.queue_is_free.set)
        parts.days.append(day)
        parts.desks.append(desk)
        day.passes(desk)
    return parts


@pytest.fixture(scope="session")
def day(whole):
    return whole.days[0]
