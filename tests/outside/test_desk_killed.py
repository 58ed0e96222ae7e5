"""The web process killed in the middle of a claim, a dial or a wrap-up: the callback returns, once, to its place."""

import contextlib
import os
import signal
import threading
import time

import pytest
import requests

from tests.outside.carrier import Carrier
from tests.outside.conftest import ACCOUNT, TOKEN, opened
from tests.outside.console import Operator

NUMBERS = [f"+9891213800{n:02}" for n in range(3)]
LEASE_SECONDS = 3


@pytest.fixture
def desk(tmp_path, trap):
    """A house whose leases are short, three who wait, and an operator."""
    carrier = Carrier(ACCOUNT, TOKEN)
    house, exchange = opened(tmp_path, trap, carrier, IVR_CALLBACKS__LEASE_SECONDS=str(LEASE_SECONDS))
    try:
        house.start()
        for number in NUMBERS:
            exchange.dials(number).presses("0")
        yield house, carrier, Operator(house)
    finally:
        house.stop()
        carrier.close()


def kill_web(house):
    before = house.until(lambda: house.child("web"))
    os.kill(before, signal.SIGKILL)
    for pid in house.workers_of(before):
        os.kill(pid, signal.SIGKILL)
    house.until(lambda: house.child("web") not in {None, before} and house.healthy())


def states(house):
    return {row["number"]: row["state"] for row in house.export("callbacks")}


def during(house, act):
    """Kill the web process while somebody is doing something; what they hear of it is not what counts."""

    def safely():
        with contextlib.suppress(requests.RequestException):
            act()

    doing = threading.Thread(target=safely)
    doing.start()
    time.sleep(0.02)
    kill_web(house)
    doing.join()


def test_killed_in_a_claim(desk):
    house, _, sara = desk
    for _ in range(3):
        during(house, lambda: sara.post("/callbacks", "/callbacks/next"))
        house.until(lambda: set(states(house).values()) == {"queued"}, seconds=20)
    sara.post("/callbacks", "/callbacks/next")
    assert sara.holds() == 1, "the first is still the first"
    assert len(house.export("callbacks")) == len(NUMBERS)


def test_killed_in_a_dial(desk):
    house, carrier, sara = desk
    sara.post("/callbacks", "/callbacks/next")
    during(house, lambda: sara.post("/callbacks", "/callbacks/1/dial"))
    time.sleep(LEASE_SECONDS + 3)
    assert len(carrier.ordered) <= 1, "no telephone rings twice for one try"
    states_now = states(house)
    assert states_now[NUMBERS[0]] in {"queued", "dialling"}, states_now
    assert [states_now[number] for number in NUMBERS[1:]] == ["queued", "queued"]


def test_killed_in_a_wrap_up(desk):
    house, _, sara = desk
    sara.post("/callbacks", "/callbacks/next")
    during(house, lambda: sara.post("/callbacks", "/callbacks/1/wrap-up", disposition="reached", note="spoken with"))
    house.until(lambda: states(house)[NUMBERS[0]] in {"queued", "done"}, seconds=20)
    closed = [row for row in house.export("callbacks") if row["state"] == "done"]
    assert all(row["disposition"] == "reached" for row in closed), "done and written down, or neither"
    sara.post("/callbacks", "/callbacks/next")
    assert sara.holds() == (2 if closed else 1)


def test_a_vanished_browser(desk):
    house, _, sara = desk
    sara.post("/callbacks", "/callbacks/next")
    assert states(house)[NUMBERS[0]] == "claimed"
    sara.http.close()
    house.until(lambda: states(house)[NUMBERS[0]] == "queued", seconds=20)
    sara.post("/callbacks", "/callbacks/next")
    assert sara.holds() == 1
