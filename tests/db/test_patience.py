"""PostgreSQL is waited for no longer than a thread may, and a connection that has gone meanwhile is not used."""

import threading
import time

import pytest
from sqlalchemy import text

from db import patience, session
from db.session import AWAY

BACKEND = text("SELECT pg_backend_pid()")
SLOW = text("SELECT pg_sleep(20)")


@pytest.fixture
def database_url(postgres, request):
    return postgres.create(f"patience_{abs(hash(request.node.name))}", "template_house")


def backend(database):
    with database.reading() as reading:
        return reading.scalar(BACKEND)


def test_a_thread_waits_no_longer_than_it_may(database):
    began = time.monotonic()
    with pytest.raises(AWAY), patience.within(0.3), database.reading() as reading:
        reading.execute(SLOW)
    assert time.monotonic() - began < 10
    assert backend(database), "the next one has a connection of its own"


def test_whoever_has_no_deadline_waits_on(database):
    with database.reading() as reading:
        assert reading.scalar(text("SELECT 137 FROM pg_sleep(0.5)")) == 137


def test_a_deadline_is_one_threads_alone(database):
    done = []

    def other():
        with database.reading() as reading:
            done.append(reading.scalar(text("SELECT 137 FROM pg_sleep(1)")))

    thread = threading.Thread(target=other)
    thread.start()
    with pytest.raises(AWAY), patience.within(0.2), database.reading() as reading:
        reading.execute(SLOW)
    thread.join()
    assert done == [137]


def test_nothing_of_what_was_given_up_stays(database):
    def count():
        with database.reading() as reading:
            return reading.scalar(text("SELECT count(*) FROM code_failure"))

    def writes():
        with patience.within(0.5), database.transaction() as writing:
            writing.execute(text("INSERT INTO code_failure (caller, at) VALUES ('', now())"))
            writing.execute(SLOW)

    with pytest.raises(AWAY):
        writes()
    assert count() == 0


def test_no_connection_is_opened_when_no_time_is_left_for_it(database):
    with pytest.raises(AWAY), patience.within(1.0), database.reading() as reading:
        reading.scalar(BACKEND)


def test_a_connection_that_rested_is_asked_whether_it_is_still_there(database, postgres, monkeypatch):
    monkeypatch.setattr(session, "FRESH_SECONDS", 0.0)
    gone = backend(database)
    postgres.run(f"SELECT pg_terminate_backend({gone})")
    assert backend(database) != gone


def test_a_fresh_one_that_is_gone_fails_once(database, postgres, monkeypatch):
    monkeypatch.setattr(session, "FRESH_SECONDS", 1000.0)
    gone = backend(database)
    postgres.run(f"SELECT pg_terminate_backend({gone})")
    with pytest.raises(AWAY):
        backend(database)
    assert backend(database) != gone
