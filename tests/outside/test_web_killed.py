"""kill -9 of web workers at random moments under load: what was answered is in the database, or in the spool."""

import os
import random
import signal
import time

import pytest

from tests.longer import times
from tests.outside.carrier import Carrier
from tests.outside.conftest import ACCOUNT, TOKEN, opened
from tests.outside.crowd import Crowd, Persistent, nothing_is_lost, stored

KILLS = times(10, 100)
PROCESSES = 2


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request, tmp_path, trap):
    carrier, settings = Carrier(ACCOUNT, TOKEN), {}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("web_killed", "template0")
        settings = {"IVR_DATA__DATABASE_URL": url, "IVR_SERVER__PROCESSES": str(PROCESSES)}
    house, exchange = opened(tmp_path, trap, carrier, **settings)
    try:
        house.start()
        yield house, Persistent(carrier, exchange.hotline, exchange.media, houses=[house])
    finally:
        house.stop()
        carrier.close()


def kill_one(house, chance):
    """Kill a web worker at some moment; wait until another has taken its place."""
    arbiter = house.until(lambda: house.child("web"))
    before = house.until(lambda: house.workers_of(arbiter))
    time.sleep(chance.uniform(0, 0.3))
    os.kill(chance.choice(before), signal.SIGKILL)
    house.until(
        lambda: len(set(house.workers_of(arbiter)) & set(before)) < len(before) <= len(house.workers_of(arbiter))
    )
    house.until(house.healthy)


def test_what_was_answered_is_kept(served):
    """Check 7."""
    house, exchange = served
    chance = random.Random(137)
    with Crowd(exchange) as crowd:
        for _ in range(KILLS):
            kill_one(house, chance)
            more = len(crowd.callers) + 1
            house.until(lambda more=more: len(crowd.callers) >= more)
    house.until(lambda: stored(house), seconds=180)
    nothing_is_lost(house, exchange.carrier, crowd.callers)
    print(f"{KILLS} kills, {len(crowd.callers)} calls, {exchange.broken} connections broken")  # noqa: T201
