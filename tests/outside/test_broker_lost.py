"""Broker and worker are killed and the queue is deleted: what was asked for is asked for again, from the database."""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from ivr.config import Config, Data
from tests.outside.crowd import Crowd, nothing_is_lost, report, stored
from tests.served import children, running

CALLS = 6
KILLS = 5
LIVES_SECONDS = 6  # longer than what counts as dying young


def test_the_queue_is_made_anew_from_the_database(line):
    """Check 11."""
    exchange, house = line
    exchange.carrier.flowing.clear()  # the first voice stops half way, and the others wait in the queue
    callers = [report(exchange, n) for n in range(CALLS)]
    house.until(lambda: exchange.carrier.asked)
    os.kill(house.process.pid, signal.SIGSTOP)  # nobody starts another one for now
    gone = [pid for pid, told in children(house.process.pid).items() if "ivr.cli broker" in told or "only jobs" in told]
    gone += [child for pid in gone for child in children(pid)]  # with the worker that would fetch the others itself
    for pid in gone:
        with suppress(ProcessLookupError):  # some end with their parent
            os.kill(pid, signal.SIGKILL)
    house.until(lambda: not any(map(running, gone)))
    place = Path(house.environment["IVR_DATA__DIR"], "var", "valkey")
    assert any(place.iterdir())
    shutil.rmtree(place)
    os.kill(house.process.pid, signal.SIGCONT)
    exchange.carrier.flowing.set()
    since = time.monotonic()
    house.until(lambda: stored(house), seconds=120)
    print(f"{CALLS} voices; the last was here {time.monotonic() - since:.0f} s after the loss")  # noqa: T201
    nothing_is_lost(house, exchange.carrier, callers)


def answers(house):
    """Say whether the broker answers."""
    config = Config(data=Data(dir=Path(house.environment["IVR_DATA__DIR"])))
    with suppress(RedisError), Redis.from_url(config.redis_url, socket_timeout=1) as asked:
        return asked.ping()
    return False


def test_a_broker_that_is_killed_is_back_at_once(line):
    """Check 10."""
    exchange, house = line
    away = []
    with Crowd(exchange, lines=1) as crowd:
        for _ in range(KILLS):
            time.sleep(LIVES_SECONDS)
            killed = [pid for pid, told in children(house.process.pid).items() if "valkey-server" in told]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            since = time.monotonic()
            house.until(lambda killed=killed: not any(map(running, killed)) and answers(house))
            away.append(time.monotonic() - since)
    house.until(lambda: stored(house), seconds=120)
    nothing_is_lost(house, exchange.carrier, crowd.callers)
    print(f"{len(crowd.callers)} calls; the broker was away for {', '.join(f'{one:.2f}' for one in away)} s")  # noqa: T201
