"""The whole house served, a carrier on the other side, and somebody who would like to be asked for voices."""

import pytest

from tests.outside.caller import Exchange
from tests.outside.carrier import Carrier
from tests.outside.evening import Evening
from tests.served import House

ACCOUNT, TOKEN = "AC" + "7" * 32, "a token that only the carrier and the hotline know"


@pytest.fixture(scope="session")
def trap():
    """A server that webhooks name, and that nobody has any business with."""
    server = Carrier(ACCOUNT, TOKEN)
    yield server
    server.close()


def opened(directory, trap, carrier, **settings):
    house = House(
        directory,
        IVR_TWILIO__ACCOUNT_SID=ACCOUNT,
        IVR_TWILIO__AUTH_TOKEN=TOKEN,
        IVR_TWILIO__API_URL=carrier.url,
        **settings,
    )
    return house, Exchange(carrier, house.url, f"{trap.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings")


@pytest.fixture(scope="session")
def evening(tmp_path_factory, trap):
    carrier = Carrier(ACCOUNT, TOKEN)
    house, exchange = opened(tmp_path_factory.mktemp("outside"), trap, carrier)
    try:
        house.start()
        yield Evening(house, exchange).passes()
    finally:
        house.stop()
        carrier.close()


@pytest.fixture
def carrier():
    server = Carrier(ACCOUNT, TOKEN)
    yield server
    server.close()


@pytest.fixture
def line(tmp_path, trap):
    """A house of one's own, with its line to the carrier."""
    carrier = Carrier(ACCOUNT, TOKEN)
    house, exchange = opened(tmp_path, trap, carrier)
    try:
        house.start()
        yield exchange, house
    finally:
        carrier.flowing.set()
        house.stop()
        carrier.close()
