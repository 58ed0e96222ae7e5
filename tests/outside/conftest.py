"""The served product on one side, a provider that is not ours on the other; nothing between them but HTTP."""

import pytest

from tests.outside.caller import Exchange
from tests.outside.carrier import Carrier
from tests.outside.evening import Evening
from tests.outside.provider import ACCOUNT, TOKEN, Call, Media
from tests.served import House


class Town:
    """Citizens with telephones, and what the city's machine has on them afterwards."""

    def __init__(self, directory, **settings):
        self.media = Media()
        self.house = House(
            directory,
            IVR_TWILIO__ACCOUNT_SID=ACCOUNT,
            IVR_TWILIO__AUTH_TOKEN=TOKEN,
            IVR_TWILIO__API_URL=self.media.url,
            **settings,
        ).start()
        self._numbers = iter(range(10**6))

    def new_number(self):
        return f"+98912{next(self._numbers):07}"

    def call(self, number=None):
        return Call(self.house.url, self.media, self.new_number() if number is None else number)

    def rows(self, kind, call):
        return [row for row in self.house.export(kind) if row["call_sid"] == call.sid]

    def ticket(self, call):
        (found,) = self.rows("tickets", call)
        return found

    def close(self):
        code = self.house.stop()
        self.media.shutdown()
        self.media.server_close()
        return code


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    opened = Town(tmp_path_factory.mktemp("town"))
    yield opened
    assert opened.close() == 0


@pytest.fixture
def new_town(tmp_path):
    """Open further towns, for tests that need one to themselves."""
    opened = []

    def open_one(**settings):
        opened.append(Town(tmp_path, **settings))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


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
