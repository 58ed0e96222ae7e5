"""The gateway forgets calls that ended long ago, and none that goes on."""

import asyncio
import sqlite3
import time

import pytest

from ivr.gateway import server
from ivr.gateway.ledger import Leg
from ivr.gateway.news import GIVEN_UP_AFTER_SECONDS
from ivr.gateway.server import FORGET_SECONDS, KEPT_SECONDS, Gateway
from ivr.services import doubt

OLD, LATE, LIVE, FIRST = ("CA" + digit * 32 for digit in "1234")


def leg(sid, age, status):
    return Leg(sid, sid, "inbound", "+989121234567", "137", status=status, created=time.time() - age)


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'hotline.db'}"


def test_old_calls_are_forgotten_at_once_and_daily(config, monkeypatch):
    slept, sleep = [], asyncio.sleep

    async def runs():
        gateway = Gateway(config)
        ledger = gateway.parts.ledger
        for one in (leg(OLD, KEPT_SECONDS + 60, "completed"), leg(LIVE, KEPT_SECONDS + 60, "in-progress")):
            ledger.keep_leg(one)
        ledger.keep_leg(leg(LATE, KEPT_SECONDS - 60, "completed"))

        async def passes(seconds):
            slept.append((seconds, [bool(ledger.leg(sid)) for sid in (OLD, LATE, LIVE, FIRST)]))
            ledger.keep_leg(leg(FIRST, KEPT_SECONDS + 60, "failed"))
            await sleep(0)

        monkeypatch.setattr(server.asyncio, "sleep", passes)
        forgetting = asyncio.create_task(gateway._forget_forever())
        while len(slept) < 2:
            await sleep(0)
        forgetting.cancel()
        await asyncio.gather(forgetting, return_exceptions=True)
        ledger.close()

    asyncio.run(runs())
    left = [False, True, True, False]
    assert slept[:2] == [(FORGET_SECONDS, left), (FORGET_SECONDS, left)]


def test_a_ledger_that_cannot_be_written_to_ends_nothing(config, caplog):
    async def runs():
        gateway = Gateway(config)
        other = sqlite3.connect(config.var_dir / "gateway" / f"{config.gateway.app}.db", isolation_level=None)
        gateway.parts.ledger._db.execute("PRAGMA busy_timeout = 1")
        other.execute("BEGIN IMMEDIATE")
        forgetting = asyncio.create_task(gateway._forget_forever())
        await asyncio.sleep(0)
        assert not forgetting.done()
        forgetting.cancel()
        await asyncio.gather(forgetting, return_exceptions=True)
        other.close()
        gateway.parts.ledger.close()

    asyncio.run(runs())
    assert "were not forgotten" in caplog.text


def test_a_call_is_known_for_longer_than_anybody_asks_for_it():
    assert 10 * (doubt.NEAR + doubt.CLOCKS_APART).total_seconds() < KEPT_SECONDS
    assert GIVEN_UP_AFTER_SECONDS < KEPT_SECONDS
