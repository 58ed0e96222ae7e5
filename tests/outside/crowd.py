"""Callers on several lines, one call after another, whatever is killed meanwhile; and what must be left of them."""

import itertools
import threading
import time
from dataclasses import dataclass, field

import requests

from tests.outside.caller import Caller, Exchange, signature

PATIENCE_SECONDS = 60
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


class Deaf:
    """What is said is the matter of other tests."""

    def hears(self, url):
        return ""


@dataclass
class Persistent(Exchange):
    """A carrier that asks again when a connection breaks, at the next house if there are several behind one address."""

    houses: list = field(default_factory=list)
    ear: object = field(default_factory=Deaf)
    broken: int = 0
    _turns: itertools.count = field(default_factory=itertools.count)

    def post(self, url, form, signed=None):
        path, headers = url.removeprefix(self.hotline), {"X-Twilio-Signature": signature(self.carrier.token, url, form)}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            house = self.houses[next(self._turns) % len(self.houses)]
            try:
                return requests.post(house.url + path, data=form, headers=headers, timeout=15)
            except BROKEN:
                self.broken += 1
                assert time.monotonic() < deadline, "nobody answers any more"
                time.sleep(0.05)


def report(exchange, n):
    """Report something, in every third call by hanging up while speaking; give the caller."""
    caller = exchange.dials(f"+98912138{n:04}").presses("1").presses(str(n % 7 + 1)).presses(str(n % 8 + 1))
    if n % 3 == 0:
        caller.speaks(3, key="hangup")
    else:
        caller.speaks(3)
        caller.presses("1").presses("7")
    return caller


class Crowd:
    """Calls that go on as long as the block does; those under way are played to their end."""

    def __init__(self, exchange, lines=4):
        self.exchange, self.callers, self.trouble = exchange, [], []
        self._numbers, self._over = itertools.count(), threading.Event()
        self._lines = [threading.Thread(target=self._line) for _ in range(lines)]

    def __enter__(self):
        for line in self._lines:
            line.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for line in self._lines:
            line.join()
        if self.trouble:
            raise self.trouble[0]

    def _line(self):
        while not self._over.is_set():
            try:
                self.callers.append(report(self.exchange, next(self._numbers)))
            except Exception as trouble:  # noqa: BLE001  # told by whoever opened the block
                self.trouble.append(trouble)
                return


def stored(house):
    """Give the voices, once none is on its way."""
    rows = house.export("recordings")
    return rows if all(row["state"] == "stored" for row in rows) else None


def nothing_is_lost(house, carrier, callers: list[Caller]):
    """Compare what was answered with what is here: every turn, one ticket a call, every voice as it was spoken."""
    paths = {row["call_sid"]: [turn["keys"] for turn in row["path"]] for row in house.export("calls")}
    assert paths == {caller.sid: caller.keyed for caller in callers}
    tickets = house.export("tickets")
    assert sorted(one["call_sid"] for one in tickets) == sorted(paths)
    assert len({one["code"] for one in tickets}) == len(callers)
    assert [len(one["recordings"]) for one in tickets] == [1] * len(callers)
    kept = {row["sid"]: row["sha256"] for row in house.export("recordings")}
    assert kept == {sid: carrier.digest(sid) for sid in carrier.media}
