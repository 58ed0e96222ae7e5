"""A real Valkey in a directory of its own, and a worker in a process of its own."""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis

from ivr.queues import ValkeyServer

WORKER = """
import logging, sys
logging.basicConfig(level=logging.WARNING)
from ivr.queues import run_worker
from tests.queues.kinds import KINDS
run_worker(sys.argv[1], burst="burst" in sys.argv, kinds=KINDS)
"""
ROOT = Path(__file__).parent.parent.parent


class Broker:
    """A Valkey that can be killed, frozen and started again in the same place."""

    def __init__(self, directory):
        self.server = ValkeyServer(directory, directory / "s")
        self.url = f"unix://{directory / 's'}"
        self.process = None

    def start(self):
        self.process = self.server.start()
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def asks(self):
        return Redis.from_url(self.url)


@pytest.fixture
def broker():
    with tempfile.TemporaryDirectory(prefix="hotline-q-") as short:  # a socket's path has few bytes
        one = Broker(Path(short) / "valkey").start()
        yield one
        one.kill()


@pytest.fixture
def workers(broker):
    """Start workers that carry out what tests/queues/kinds.py names."""
    started = []

    def start(*words):
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", WORKER, broker.url, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def until(true, seconds=20):
    """Wait until something holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """Where jobs of these tests write down that they ran."""
    place = tmp_path / "notes"
    place.mkdir()
    monkeypatch.setenv("HOTLINE_TEST_NOTES", str(place))
    return place
