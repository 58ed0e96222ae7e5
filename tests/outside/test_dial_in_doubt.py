"""An order to ring somebody was taken, and who gave it never heard so: nobody is rung twice, and the call is found."""

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.outside.crowd import report, stored
from tests.outside.operator import Operator
from tests.outside.rung import Rung
from tests.served import running

CITIZEN = "+989121380001"


@pytest.fixture
def desk(line):
    """A house, its carrier, and an operator who has somebody to call."""
    exchange, house = line
    exchange.dials(CITIZEN).presses("0")
    sara = Operator(house)
    sara.post("/callbacks", "/callbacks/next")
    yield house, exchange, sara
    exchange.carrier.answering.set()


def tries(house):
    """Read how the tries stand, and of which call each is."""
    place = Path(house.environment["IVR_DATA__DIR"], "var", "hotline.db")
    with closing(sqlite3.connect(place)) as books:
        return books.execute("SELECT state, call_sid FROM attempt ORDER BY id").fetchall()


def talks_to_the_citizen(exchange, order):
    """Pick up, be put through, and talk: the call is like any other."""
    telephone = Rung.by(exchange, order).picks_up().presses("1")
    assert telephone.is_put_through() == CITIZEN
    telephone.talks(3)


def test_an_order_that_is_not_answered_in_time_rings_once_and_is_found_in_the_list(desk):
    """Check 17."""
    house, exchange, sara = desk
    carrier = exchange.carrier
    carrier.answering.clear()
    assert sara.post("/callbacks", "/callbacks/1/dial").ok
    house.until(lambda: "dialling is in doubt" in house.log.read_text())
    house.until(lambda: tries(house) == [("asked", carrier.ordered[0]["CallSid"][0])])
    carrier.answering.set()
    talks_to_the_citizen(exchange, carrier.ordered[0])
    assert tries(house) == [("ended", carrier.ordered[0]["CallSid"][0])]
    assert len(carrier.ordered) == 1


def test_a_worker_that_is_killed_while_it_orders_leaves_one_ringing_telephone(desk):
    """Check 9: the job dies with its worker, and whoever takes its place orders nothing again."""
    house, exchange, sara = desk
    carrier = exchange.carrier
    carrier.answering.clear()
    assert sara.post("/callbacks", "/callbacks/1/dial").ok
    house.until(lambda: carrier.ordered)
    worker = house.child("work --only jobs")
    horses = house.workers_of(worker)
    os.kill(worker, signal.SIGKILL)
    house.until(lambda: house.child("work --only jobs") not in {None, worker})
    carrier.answering.set()
    assert not any(map(running, horses))
    report(exchange, 1)  # whose voice the next worker fetches: so it works
    house.until(lambda: house.export("recordings") and stored(house))
    assert (len(carrier.ordered), tries(house)) == (1, [("asking", None)])
    talks_to_the_citizen(exchange, carrier.ordered[0])
    assert tries(house) == [("ended", carrier.ordered[0]["CallSid"][0])]
    assert len(house.export("tickets")) == 1
    assert len(carrier.ordered) == 1
