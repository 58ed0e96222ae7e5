"""Migrations: numbered, one head, and the schema that the models describe, on both kinds of database."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db import migrate
from db.models import Audit, Base, Call, CallEvent, Remark, Review, Ticket, TicketEvent, TicketText, User
from db.queries import words as words_of

MIGRATIONS = Path(migrate.__file__).parent / "migrations"
UPGRADE = "import sys; from db import migrate; migrate.upgrade(sys.argv[1])"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'house.db'}"
    return request.getfixturevalue("postgres").create(f"bare_{tmp_path.name[-20:]}".lower(), "template0")


def test_they_are_numbered_and_have_one_head():
    names = sorted(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in names)
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


@pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index"
)  # on PostgreSQL only
def test_they_build_what_the_models_describe(empty):
    migrate.upgrade(empty)
    migrate.upgrade(empty)
    engine = create_engine(empty)
    with engine.connect() as connection:
        difference = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
        )
    engine.dispose()
    assert difference == []


def test_several_processes_may_migrate_at_once(empty):
    started = [subprocess.Popen([sys.executable, "-c", UPGRADE, empty]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]


OLD_TICKET = """INSERT INTO ticket (id, code, draft_no, category, district, unit, priority, state, opened_at, due_at,
    changed_at, version, source, address, description, holder, waits_for_place, answer, answer_kind, answers,
    rejections)
    VALUES (:id, :code, 1, 'road', '3', 'civil', 'normal', 'new', :at, :at, :at, 1, 'voice', :address, '', '', :no, '',
    '', 0, 0)"""
OLD_LINE = """INSERT INTO ticket_event (ticket_id, at, author, kind, old, new, text)
    VALUES (1, :at, 'sara', 'note', '', '', :words)"""


def test_old_tickets_are_found_by_their_words(empty):
    engine, at = create_engine(empty), datetime(2026, 11, 24, tzinfo=UTC)
    with engine.begin() as connection:
        command.upgrade(migrate.configuration(connection), "0012")
        for number, address in ((1, "lamp\u200cpost 3"), (2, "")):
            told = {"id": number, "code": f"{number:010}", "at": at, "address": address, "no": False}
            connection.execute(text(OLD_TICKET), told)
        for words in ("by the mosque", "a broken valve"):
            connection.execute(text(OLD_LINE), {"at": at, "words": words})
    migrate.upgrade(empty)
    with Session(engine) as session:
        every = dict(session.execute(select(TicketText.ticket_id, TicketText.words)).all())
        for asked, found in (("valve mosq", [1]), ("post lamp", [1]), ("valve bridge", [])):
            query = select(Ticket.id).where(words_of.of_tickets(session, asked, None))
            assert list(session.scalars(query)) == found, asked
    engine.dispose()
    assert set(every) == {1}, "nothing is written on the other"


@pytest.fixture
def noted(database):
    """A line in every table that only grows."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    with database.transaction() as session:
        session.add(User(id=1, name="sara", role="supervisor", password_hash="", created_at=now))
        session.add(Call(id=1, sid="CA1", account_sid="AC", flow="hotline_137", started_at=now, last_turn_at=now))
        session.flush()
        session.add(CallEvent(call_id=1, at=now, author="sara", kind="disposition", text="shouted"))
        session.add(Audit(at=now, actor="sara", action="listened", target="recording:1", detail="call:1"))
        kept = {
            "form": "talk",
            "form_name": "talk",
            "marks": [],
            "score": 90,
            "threshold": 70,
            "passed": True,
            "text": "polite",
        }
        session.add(Review(id=1, call_id=1, reviewer_id=1, at=now, **kept))
        session.flush()
        session.add(Remark(review_id=1, second=3, text="well said"))


@pytest.mark.parametrize("statement", ["UPDATE ticket_event SET text = 'never said'", "DELETE FROM ticket_event"])
def test_history_is_append_only_even_for_whoever_is_at_the_database(database, line, statement):
    line.dials().presses("4").presses("4").speaks("RE" + "1" * 32).presses("1")
    with database.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))


@pytest.mark.parametrize("table", ["audit", "call_event", "review", "remark"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id + 1", "DELETE FROM {}"])
def test_what_is_noted_down_stays_as_it_is(database, noted, table, statement):
    with database.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement.format(table)))


BLANK = "INSERT INTO permit (id, what, ends) VALUES (1, '{}', 0)"
HISTORY = {
    **dict.fromkeys(("ticket_event", "call_event", "review", "remark"), ("text",)),
    "audit": ("target", "detail"),
}


@pytest.fixture
def told(database, noted):
    """Words in every table that only grows."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    about = {"category": "other", "district": "3", "unit": "parks", "priority": "normal"}
    with database.transaction() as session:
        session.add(Ticket(id=1, code="1234567890", opened_at=now, due_at=now, changed_at=now, **about))
        session.flush()
        session.add(TicketEvent(ticket_id=1, at=now, author="sara", kind="note", text="rang twice"))


def refused(connection, statement):
    point = connection.begin_nested()
    with pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))
    point.rollback()


@pytest.mark.parametrize("table", HISTORY)
def test_an_erasure_blanks_words_and_nothing_else(database, told, table):
    with database.engine.begin() as connection:
        connection.execute(text(BLANK.format("blank")))
        for column in Base.metadata.tables[table].columns:
            if column.name not in HISTORY[table]:
                other = "'[{}]'" if column.name == "marks" else "CURRENT_TIMESTAMP" if column.name == "at" else "1 + id"
                value = "'else'" if str(column.type).startswith(("VARCHAR", "TEXT")) else other
                value = f"NOT {column.name}" if column.name == "passed" else value
                refused(connection, f'UPDATE {table} SET "{column.name}" = {value}')
        for column in HISTORY[table]:
            refused(connection, f"UPDATE {table} SET {column} = 'never said'")
            refused(connection, f"UPDATE {table} SET {column} = '~abc'")
            connection.execute(text(f"UPDATE {table} SET {column} = '~{'ap' * 9}'"))
            connection.execute(text(f"UPDATE {table} SET {column} = ''"))
        refused(connection, f"DELETE FROM {table}")
        connection.execute(text("DELETE FROM permit"))
        refused(connection, f"UPDATE {table} SET {HISTORY[table][0]} = ''")


def test_old_lines_may_go_but_not_those_of_the_audit_log(database, told):
    with database.engine.begin() as connection:
        connection.execute(text(BLANK.format("expire")))
        for table in ("remark", "review", "call_event", "ticket_event"):
            refused(connection, f"UPDATE {table} SET text = ''")
            assert connection.execute(text(f"DELETE FROM {table}")).rowcount
        refused(connection, "DELETE FROM audit")
        connection.execute(text("DELETE FROM permit"))


def test_a_permit_cannot_outlive_its_transaction(database):
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"), database.engine.begin() as connection:
        connection.execute(text(BLANK.format("blank")))
