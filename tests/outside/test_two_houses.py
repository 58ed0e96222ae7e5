"""Two houses on one PostgreSQL, one Valkey and one store, as on two machines; one is killed, and nothing is lost."""

import itertools
import os
import signal
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from ivr.queues import ValkeyServer
from tests.outside.conftest import ACCOUNT, TOKEN
from tests.outside.crowd import Crowd, Persistent, nothing_is_lost, stored
from tests.served import House, children
from tests.services.test_store import BUCKET, KEY, SECRET, elsewhere_store  # noqa: F401  # a fixture

PUBLIC = "https://137.example.ir"
LINES, CALLS = 4, 12
PATIENCE_SECONDS = 120


class Machine(House):
    """A house whose directories are all its own."""

    def __init__(self, directory, **settings):
        directory.mkdir()
        super().__init__(directory, **settings)

    def is_lost(self):
        """Lose the machine: every process of it at once."""
        everybody = [self.process.pid, *children(self.process.pid)]
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)  # so that none starts another
        for pid in everybody:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


class Fetcher:
    """Fetches all that is played, from whichever house there is, and as a rule not from the one that named it."""

    def __init__(self, houses):
        self.houses, self.fetched = houses, 0
        self._turns = itertools.count(1)

    def hears(self, url):
        for house in itertools.islice(itertools.cycle(self.houses), next(self._turns) % 2, 9):
            with suppress(requests.ConnectionError):
                sound = requests.get(house.url + url.removeprefix(PUBLIC), timeout=15)
                assert (sound.status_code, sound.content[:4]) == (200, b"RIFF")
                self.fetched += 1
                return ""
        pytest.fail("nobody gives the sound")


@pytest.fixture
def valkey():
    with tempfile.TemporaryDirectory(prefix="hotline-2-") as short:  # a socket's path has few bytes
        server = ValkeyServer(Path(short) / "v", Path(short) / "v" / "s")
        process = server.start()
        yield f"unix://{server.socket}"
        process.kill()
        process.wait()


@pytest.fixture
def two(tmp_path, postgres, valkey, carrier, elsewhere_store):  # noqa: F811
    settings = {
        "IVR_TWILIO__ACCOUNT_SID": ACCOUNT,
        "IVR_TWILIO__AUTH_TOKEN": TOKEN,
        "IVR_TWILIO__API_URL": carrier.url,
        "IVR_SERVER__PUBLIC_URL": PUBLIC,
        "IVR_SERVER__SECRET_KEY": "a secret that both know",
        "IVR_PHONE__AUTH_TOKEN": "another",
        "IVR_GATEWAY__AUTH_TOKEN": "and another",
        "IVR_DATA__DATABASE_URL": postgres.create("two_houses", "template0"),
        "IVR_DATA__REDIS_URL": valkey,
        "IVR_DATA__KEYS_FILE": str(tmp_path / "keys"),
        "IVR_DATA__STORE_URL": f"s3://{BUCKET}/qom",
        "IVR_DATA__STORE_ENDPOINT": elsewhere_store.url,
        "IVR_DATA__STORE_KEY": KEY,
        "IVR_DATA__STORE_SECRET": SECRET,
    }
    with ExitStack() as ending:
        houses = []
        for name in ("first", "second"):
            house = Machine(tmp_path / name, **settings).start()
            ending.callback(house.stop)
            houses.append(house)
        yield houses


def test_a_lost_machine_takes_nothing_with_it_that_was_answered(two, carrier):
    lost, left = two
    exchange = Persistent(carrier, PUBLIC, f"{carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings", houses=two)
    exchange.ear = Fetcher(two)
    with Crowd(exchange, LINES) as crowd:
        left.until(lambda: len(crowd.callers) >= CALLS)
        carrier.flowing.clear()  # voices stop half way, on both machines
        before = len(carrier.asked)
        left.until(lambda: len(carrier.asked) >= before + 2)
        lost.is_lost()
        since = time.monotonic()
        carrier.flowing.set()
        more = len(crowd.callers) + CALLS
        left.until(lambda: len(crowd.callers) >= more)
    assert exchange.broken, "it was killed under load"
    assert exchange.ear.fetched > len(crowd.callers)
    left.until(lambda: stored(left), seconds=PATIENCE_SECONDS)
    print(f"{len(crowd.callers)} calls; the last voice was here {time.monotonic() - since:.0f} s after the loss")  # noqa: T201
    nothing_is_lost(left, carrier, crowd.callers)
