"""A served house on a day unlike others: the next call hears it, it ends by itself, everybody is answered once."""

import time
from datetime import datetime, timedelta

import pytest

from ivr import persian
from tests.outside.carrier import Carrier
from tests.outside.conftest import ACCOUNT, TOKEN, opened
from tests.outside.console import QOM, Supervisor
from tests.outside.ear import letters
from tests.outside.rung import Rung

NUMBERS = [f"+9891213700{n:02}" for n in range(3)]


@pytest.fixture
def city(tmp_path, trap):
    """A house with all its processes, where every answer is asked about by machine, and its supervisor."""
    carrier = Carrier(ACCOUNT, TOKEN)
    house, exchange = opened(tmp_path, trap, carrier, IVR_FEEDBACK__PERSON_PERCENT="0")
    try:
        house.start()
        yield house, exchange, Supervisor(house)
    finally:
        house.stop()
        carrier.close()


def hears(exchange, prompt):
    """Say whether a citizen who dials now hears a prompt."""
    call = exchange.dials("+989121370099")
    heard = letters(call.heard)
    call.hangs_up()
    return letters(exchange.ear.prompts[prompt]) in heard


def reports(exchange, number):
    call = exchange.dials(number)
    call.presses("1").presses("4").speaks(3)
    call.presses("1").hangs_up()


def pick_up_all(house, exchange):
    """Answer whoever is rung, until nobody is rung any more; give the numbers in the order of ringing."""
    orders = exchange.carrier.ordered
    for n in range(len(NUMBERS)):
        house.until(lambda n=n: len(orders) > n, seconds=40)
        Rung.by(exchange, orders[n]).picks_up().presses("1")
    time.sleep(6)
    return [order["To"][0] for order in orders]


def test_it_is_heard_at_once_and_everybody_is_answered_once(city):
    house, exchange, zahra = city
    assert not hears(exchange, "banner_rain")
    assert zahra.post("/day", "/day/situations", kind="rain").ok
    assert hears(exchange, "banner_rain"), "the very next call"
    for number in (*NUMBERS, NUMBERS[0]):
        reports(exchange, number)
    assert zahra.post("/day", "/day/situations/1/answer", kind="done", text="the streets are dry").ok
    assert sorted(pick_up_all(house, exchange)) == NUMBERS
    assert len(house.export("tickets")) == 5
    assert zahra.post("/day", "/day/situations/1/stop").ok
    assert not hears(exchange, "banner_rain")


def test_it_ends_by_itself(city):
    _, exchange, zahra = city
    now = datetime.now(QOM)
    end = (now + timedelta(seconds=70 if now.second > 40 else 60)).replace(second=0, microsecond=0)
    window = {"starts_at": persian.jalali(now - timedelta(hours=1), QOM), "ends_at": persian.jalali(end, QOM)}
    assert zahra.post("/day", "/day/situations", kind="snow", **window).ok
    assert hears(exchange, "banner_snow")
    time.sleep(max(0.0, (end - datetime.now(QOM)).total_seconds()))
    assert not hears(exchange, "banner_snow")
