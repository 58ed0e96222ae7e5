"""Nothing that a turn or the sweep asks of PostgreSQL reads a large table from end to end."""

import json
import re

import pytest
from sqlalchemy import event, text

from bench.day.fill import with_calls
from ivr import jobs
from ivr.services.figures import rollup

CALLS = 30_000
LARGE = 5_000  # rows: a table that has so many here has no end in life
ASKED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b")


@pytest.fixture(scope="module")
def full(postgres):
    """The address of a database with a year of calls."""
    url = postgres.create("house_full", "template_house")
    with_calls(url, CALLS)
    return url


@pytest.fixture
def database_url(full):
    return full


class Plans:
    """Remembers every statement, and has PostgreSQL say how it goes about it."""

    def __init__(self, engine):
        self._engine, self.asked = engine, {}
        event.listen(engine, "before_cursor_execute", self._hears)

    def _hears(self, connection, cursor, statement, parameters, context, many):
        if ASKED.match(statement):
            self.asked.setdefault(statement, parameters[0] if many else parameters)

    def large(self):
        with self._engine.connect() as connection:
            names = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= :large"
            return set(connection.execute(text(names), {"large": LARGE}).scalars())

    def scans(self):
        """List statements that read a large table from end to end, with the table and what they ask of each row."""
        event.remove(self._engine, "before_cursor_execute", self._hears)
        large, found = self.large(), []
        for statement, parameters in self.asked.items():
            with self._engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
            nodes = _nodes((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])
            found += [
                (one["Relation Name"], one.get("Filter", ""), statement)
                for one in nodes
                if one["Node Type"] == "Seq Scan" and one["Relation Name"] in large
            ]
        return found


def _nodes(plan):
    yield plan
    for one in plan.get("Plans", []):
        yield from _nodes(one)


@pytest.fixture
def plans(database):
    return Plans(database.engine)


def test_a_statement_without_an_index_is_seen(plans, database):
    with database.engine.connect() as connection:
        connection.execute(text("SELECT id FROM turn WHERE keys = :keys"), {"keys": "137"}).all()
        connection.execute(text("SELECT id FROM turn WHERE call_id = :call"), {"call": 7}).all()
    assert {
        "call",
        "turn",
        "ticket",
        "ticket_event",
        "recording",
        "callback",
        "attempt",
        "audit",
        "call_text",
    } <= plans.large()
    assert [(table, condition) for table, condition, _ in plans.scans()] == [("turn", "((keys)::text = '137'::text)")]


def test_a_call_reads_no_large_table(plans, line):
    report = line.dials("+989121370001").presses("1").presses("1").presses("3").speaks("RE" + "1" * 32)
    report.presses("1").presses("1").hangs_up()
    code = next(row["code"] for row in line.rows("tickets") if row["call_sid"] == report.sid)
    plans.asked.clear()
    line.dials("+989121370002").presses("1").presses("2").presses("4").speaks(
        "RE" + "2" * 32, digits="hangup"
    ).hangs_up()
    line.dials("+989121370002").presses("1").presses("2").presses("4").speaks("RE" + "3" * 32).presses("1").presses("1")
    line.dials("+989121370001").presses("2").presses(code[-4:]).presses("1").speaks("RE" + "4" * 32).hangs_up()
    line.dials("+989121370003").presses("2").presses("1234567890").presses(code).presses("2").hangs_up()
    line.dials("+989121370004").presses("3").presses("1").hangs_up()
    line.dials("+989121370005").presses("4").presses("1").speaks("RE" + "5" * 32).presses("2").hangs_up()
    assert len(plans.asked) > 20
    assert plans.scans() == []


def test_the_sweep_reads_no_large_table(plans, desk, database, clock):
    office = jobs.Office(desk, database, None)
    with database.transaction() as session:
        rollup.begin_again(session, desk, clock())
    plans.asked.clear()
    for _ in range(3):
        assert jobs.sweep(office, clock())
        clock.move(minutes=1)
    jobs.fetch_with_rest(office, 137)
    assert len(plans.asked) > 20
    assert plans.scans() == []
