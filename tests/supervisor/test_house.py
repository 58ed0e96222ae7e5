"""`ivr serve` and its parts, as processes: they come back, they go together, and there is one of each."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import main
from ivr.queues import ValkeyServer
from tests.served import House, children, running


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """One house for the tests that leave it standing."""
    house = House(tmp_path_factory.mktemp("house")).start()
    yield house
    house.stop()


def run(house, *arguments):
    command = [sys.executable, "-m", "ivr.cli", *arguments]
    return subprocess.run(command, env=house.environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("words", ["web", "fallback", "work --only jobs", "work --only sweep", "broker"])
def test_a_child_that_is_killed_comes_back(served, words):
    before = served.until(lambda: served.child(words))
    os.kill(before, signal.SIGKILL)
    served.until(lambda: served.child(words) not in (None, before))
    served.until(served.healthy)


def test_a_second_one_on_the_same_place_is_refused_in_plain_words(served):
    done = run(served, "serve")
    assert done.returncode == 2
    assert "another `ivr serve` runs on" in done.stderr
    assert "Traceback" not in done.stderr
    assert served.healthy()


def test_a_second_broker_is_refused_in_plain_words(served):
    served.until(lambda: (broker := served.child("broker")) and served.workers_of(broker))  # it was killed, and is back
    done = run(served, "broker")
    assert done.returncode == 2
    assert "another Valkey is writing" in done.stderr
    assert "Traceback" not in done.stderr


def test_secrets_are_for_their_owner_alone(served):
    secrets = Path(served.environment["IVR_DATA__DIR"]) / "var" / "secrets.env"
    assert secrets.stat().st_mode & 0o777 == 0o600


def test_a_parent_that_is_killed_leaves_nobody_behind(served):
    before = list(children(served.process.pid))
    assert len(before) >= 4
    served.process.kill()
    served.process.wait()
    served.until(lambda: not any(running(pid) for pid in before), seconds=20)
    served.start()
    assert "one-time password" in served.log.read_text()
    assert served.log.read_text().count("one-time password") == 1, "it is told at the first start only"


def test_told_to_stop_it_stops_and_takes_all_with_it(served):
    before = list(children(served.process.pid))
    begun = time.monotonic()
    assert served.stop() == 0
    assert time.monotonic() - begun < 12
    assert not any(running(pid) for pid in before)
    served.start()


@pytest.mark.parametrize("words", [("migrate",), ("web",), ("export", "calls"), ("serve",)])
@pytest.mark.parametrize("url", ["postgresql+psycopg://nobody@127.0.0.1:1/none", "nonsense"])
def test_a_database_that_will_not_do_is_named_without_a_traceback(tmp_path, words, url):
    done = CliRunner().invoke(
        main, words, env={**House(tmp_path, IVR_DATA__DATABASE_URL=url).environment, "IVR_SERVER__SECRET_KEY": "x"}
    )
    assert done.exit_code == 2
    assert "IVR_DATA__DATABASE_URL" in done.output
    assert "Traceback" not in done.output


def test_a_redis_address_of_no_known_kind_is_named(tmp_path):
    done = CliRunner().invoke(main, ["work"], env=House(tmp_path, IVR_DATA__REDIS_URL="localhost:6379").environment)
    assert done.exit_code == 2
    assert "IVR_DATA__REDIS_URL" in done.output


def test_a_sweep_without_its_database_says_so_in_a_line_and_goes_on(tmp_path):
    house = House(tmp_path, IVR_DATA__DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")
    house.start("work", "--only", "sweep", healthy=False)
    try:
        house.until(lambda: house.log.read_text().count("could not use the database") > 1, seconds=20)
        assert house.process.poll() is None
        assert "Traceback" not in house.log.read_text()
    finally:
        house.stop()


def test_the_web_part_alone_wants_its_key(tmp_path):
    done = run(House(tmp_path), "web")
    assert done.returncode == 2
    assert "IVR_SERVER__SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_web_and_work_run_apart_on_a_database_and_a_redis_of_ones_own(tmp_path, tmp_path_factory, postgres):
    place = tmp_path_factory.mktemp("r")
    broker = ValkeyServer(place, place / "s").start()
    settings = {
        "IVR_DATA__DATABASE_URL": postgres.create("apart", "template0"),
        "IVR_DATA__REDIS_URL": f"unix://{place / 's'}",
        "IVR_SERVER__SECRET_KEY": "a key of a test",
        "IVR_SERVER__PROCESSES": "2",
    }
    web, work = House(tmp_path, **settings), House(tmp_path, **settings)
    try:
        web.start("web")
        work.start("work", healthy=False)
        work.until(lambda: work.child("work --only jobs") and work.child("work --only sweep"))
        assert web.export("tickets") == []
        assert web.stop() == 0
        assert work.stop() == 0
    finally:
        broker.kill()
        broker.wait()


def test_a_worker_without_its_redis_says_so_and_goes_on_trying(tmp_path):
    house = House(tmp_path, IVR_DATA__REDIS_URL="redis://127.0.0.1:1/0").start("work", "--only", "jobs", healthy=False)
    try:
        house.until(lambda: "cannot be reached" in house.log.read_text(), seconds=20)
        assert house.process.poll() is None
        assert "Traceback" not in house.log.read_text()
    finally:
        house.stop()
