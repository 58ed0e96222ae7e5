"""Transactions, on both kinds of database."""

from datetime import timedelta

import pytest

from db.models import CodeFailure, Ticket
from db.queries import people, tickets
from db.session import StaleDataError, after_commit, insert_once

JOB = "ivr.jobs.fetch_recording"


@pytest.fixture
def code(line):
    line.dials().presses("4").presses("4").speaks("RE" + "1" * 32).presses("1")
    return line.rows("tickets")[0]["code"]


def test_jobs_leave_after_the_commit_and_never_without_it(database, jobs):
    with database.transaction() as session:
        after_commit(session, JOB, 7)
        assert jobs == []
    assert jobs == [(JOB, 7)]
    with pytest.raises(RuntimeError), database.transaction() as session:  # noqa: PT012  # leaving it is the test
        after_commit(session, JOB, 8)
        raise RuntimeError
    assert jobs == [(JOB, 7)]


def test_a_row_is_inserted_once_and_the_transaction_lives_on(database, code, clock):
    with database.transaction() as session:
        session.add(CodeFailure(caller="", at=clock()))
        again = Ticket(
            code=code, category="clean", district="1", unit="district", priority="normal", opened_at=clock(),
            due_at=clock(), changed_at=clock(),
        )  # fmt: skip
        assert not insert_once(session, again)
    with database.reading() as session:
        assert people.count_code_failures(session, clock() - timedelta(hours=1)) == 1
        assert session.query(Ticket).count() == 1


def test_whoever_changes_what_has_changed_meanwhile_is_told(database, code):
    with database.reading() as session:
        seen = tickets.by_code(session, code)
        session.expunge(seen)
    with database.transaction() as session:
        tickets.by_code(session, code).address = "as the early one wrote it"
    with pytest.raises(StaleDataError), database.transaction() as session:  # noqa: PT012
        session.add(seen)
        seen.address = "as the late one would have it"
    with database.reading() as session:
        assert tickets.by_code(session, code).address == "as the early one wrote it"


def test_a_lease_has_one_holder_until_it_ends(database, clock):
    def take(holder, seconds=10):
        with database.transaction() as session:
            return people.take_lease(session, "sweep", holder, clock(), clock() + timedelta(seconds=seconds))

    assert [take("a"), take("b"), take("a")] == [True, False, True]
    clock.move(seconds=11)
    assert [take("b"), take("a")] == [True, False]


def test_reading_changes_nothing(database, code):
    with database.reading() as session:
        tickets.by_code(session, code).address = "nowhere"
        session.flush() if database.engine.dialect.name == "postgresql" else None
    with database.reading() as session:
        assert tickets.by_code(session, code).address == ""
