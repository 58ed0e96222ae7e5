"""The whole house served, a provider on the other side, and somebody who would like to be asked for voices."""

import pytest

from tests.outside.caller import Exchange
from tests.outside.evening import Evening
from tests.outside.carrier import Carrier
from tests.served import House

ACCOUNT, TOKEN = "AC" + "137" * 10 + "13", "a token that only the provider and the hotline know"


@pytest.fixture(scope="session")
def trap():
    """A server that webhooks name, and that nobody has any business with."""
    server = Carrier(ACCOUNT, TOKEN)
    yield server
    server.close()


def opened(directory, trap, provider):
    house = House(
        directory,
        IVR_TWILIO__ACCOUNT_SID=ACCOUNT,
        IVR_TWILIO__AUTH_TOKEN=TOKEN,
        IVR_TWILIO__API_URL=provider.url,
    )
    return house, Exchange(provider, house.url, f"{trap.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings")


@pytest.fixture(scope="session")
def evening(tmp_path_factory, trap):
    provider = Carrier(ACCOUNT, TOKEN)
    house, exchange = opened(tmp_path_factory.mktemp("outside"), trap, provider)
    try:
        house.start()
        yield Evening(house, exchange).passes()
    finally:
        house.stop()
        provider.close()


@pytest.fixture
def line(tmp_path, trap):
    """A house of one's own, with its line to the provider."""
    provider = Carrier(ACCOUNT, TOKEN)
    house, exchange = opened(tmp_path, trap, provider)
    try:
        house.start()
        yield exchange, house
    finally:
        provider.flowing.set()
        house.stop()
        provider.close()
