"""How long each page of figures takes at N calls on PostgreSQL: python bench/figures.py --calls 1000000.

Fills a PostgreSQL of its own with believable numbers of rows and has every day counted (or takes one that is full and
counted: --database URL), asks for each page, and prints server times as a table with the plan of the slowest statement.
"""

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from pydantic import SecretStr
from sqlalchemy import event, text

from db import migrate
from db.session import Database
from ivr import catalogue
from ivr.app import build
from ivr.config import Config, Data, Phone, Server
from ivr.services.desk import Desk
from ivr.services.figures import rollup
from ivr.services.users import add
from ivr.telephony.accounts import accounts
from ivr.web.shell import Shell
from tests.servers import Postgres
from tests.web.staff import PASSWORD, Staff

ROUNDS = 5
PAGES = [
    "/figures/?period=last30", "/figures/?period=1405", "/figures/?from=1403/01/01&to=1405/09/03",
    *(f"/figures/by/{by}?period=1405" for by in ("district", "unit", "category", "hour", "weekday", "month")),
    *(f"/figures/by/{by}?from=1403/01/01&to=1405/09/03" for by in ("district", "hour", "month")),
    "/figures/fairness?period=1405", "/figures/changes", "/figures/changes?over=week", "/figures/staffing",
    "/figures/report/140508.pdf", "/figures/report/140508.xlsx", "/figures/wall",
]  # fmt: skip
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
FILL = [
    """INSERT INTO "user" (id, name, full_name, role, scope, password_hash, must_change, telephone, failures, created_at)
    SELECT 100 + g, 'op' || g, '', 'operator', '', '-', false, '', 0, :now FROM generate_series(1, 12) g""",
    """INSERT INTO call (id, sid, account_sid, direction, flow, caller_raw, caller, called, state, status, started_at,
        last_turn_at, ended_at, disposition, number, language, district, category)
    SELECT g, 'CA' || g, 'AC', 'inbound', 'hotline_137', '',
        CASE WHEN g % 20 = 0 THEN NULL ELSE '+98912' || lpad(((g * 7919) % 300000)::text, 7, '0') END, '137',
        json_build_object('node', '', 'facts', json_build_object('district', (g % 8 + 1)::text)), 'completed', at, at,
        at + interval '2 minutes',
        (ARRAY['information','information','information','information','report','report','report','follow_up','voice',
            'abandoned:main'])[g % 10 + 1], NULL, 'fa', CASE WHEN g % 3 = 0 THEN (g % 8 + 1)::text ELSE '' END, ''
    FROM (SELECT g, CAST(:now AS timestamptz) - (:calls - g) * (interval '870 days' / :calls)
        + (interval '1 second' * ((g * 7919) % 40000 - 20000)) AS at FROM generate_series(CAST(1 AS bigint), :calls) g) made
    WHERE at < :now""",
    """INSERT INTO ticket (id, code, call_id, draft_no, category, district, unit, priority, state, caller, opened_at, due_at,
        changed_at, closed_at, version, source, address, description, holder, clock_left, waits_for_place, answer,
        answer_kind, answers, first_answered_at, answered_at, rejections)
    SELECT id, lpad(id::text, 10, '0'), id, 1,
        (ARRAY['clean.road','waste.bin','green.prune','road.patch','drain.dredge','obstruct.shop'])[id % 6 + 1],
        CASE WHEN id % 11 = 0 THEN 'unknown' ELSE (id % 8 + 1)::text END,
        (ARRAY['district','waste','parks','civil','district','district'])[id % 6 + 1],
        CASE WHEN id % 9 = 0 THEN 'urgent' ELSE 'normal' END,
        CASE WHEN started_at > CAST(:now AS timestamptz) - interval '6 days' THEN 'referred'
            WHEN id % 50 = 3 THEN 'in_progress' WHEN id % 10 < 6 THEN 'confirmed' WHEN id % 10 < 8 THEN 'closed_unconfirmed'
            WHEN id % 10 = 8 THEN 'duplicate' ELSE 'not_feasible' END,
        caller, started_at, started_at + interval '3 days', started_at,
        CASE WHEN started_at > CAST(:now AS timestamptz) - interval '6 days' OR id % 50 = 3 THEN NULL
            ELSE started_at + interval '4 days' END,
        1, 'voice', '', repeat('x', 120), '', NULL, false, repeat('y', 80), 'done', 1,
        CASE WHEN id % 10 < 8 AND id % 50 <> 3 AND started_at < CAST(:now AS timestamptz) - interval '6 days'
            THEN started_at + (id::bigint * 613 % 9000) * interval '1 minute' END,
        CASE WHEN id % 10 < 8 AND id % 50 <> 3 AND started_at < CAST(:now AS timestamptz) - interval '6 days'
            THEN started_at + (id::bigint * 613 % 9000) * interval '1 minute' END,
        CASE WHEN id % 13 = 0 THEN 1 ELSE 0 END
    FROM call WHERE disposition IN ('report', 'voice')""",
    """INSERT INTO callback (id, type, number, state, urgent, ticket_id, call_id, requested_at, due_at, promised_at, tries,
        rank_at, "window", machine, answer_no, outcome, changed_at, disposition, note, closed_at)
    SELECT id, CASE WHEN id % 2 = 0 THEN 'intake' ELSE 'feedback' END, 'n' || id, 'done', false, id,
        CASE WHEN id % 2 = 0 THEN id END, opened_at, opened_at, opened_at + interval '1 hour', 1 + id % 3, opened_at, '',
        id % 2 = 1, 1, CASE WHEN id % 2 = 1 THEN (ARRAY['confirmed','confirmed','rejected','unreachable'])[id % 4 + 1]
        ELSE '' END, opened_at, CASE WHEN id % 5 = 0 THEN 'no_answer' ELSE 'reached' END, '', opened_at + interval '2 hours'
    FROM ticket""",
    """INSERT INTO attempt (callback_id, n, user_id, telephone, state, account_sid, status, citizen_status, answered_by,
        seconds, created_at, ended_at, wrapped_at)
    SELECT id, 1, 101 + id % 12, '', 'ended', '', '', '', '', 60 + id % 200, requested_at + (id % 90) * interval '1 minute',
        requested_at + (id % 90 + 3) * interval '1 minute', requested_at + (id % 90 + 4) * interval '1 minute'
    FROM callback WHERE NOT machine""",
    "ANALYZE",
]


def fill(database, calls):
    for statement in FILL:
        started = time.monotonic()
        with database.engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            wanted = {name: value for name, value in (("now", NOW), ("calls", calls)) if f":{name}" in statement}
            connection.execute(text(statement), wanted)
        print(f"  {' '.join(statement.split()[:3]):30} {time.monotonic() - started:6.1f} s", flush=True)


def count(database, desk):
    """Have every day counted, as `ivr figures` does; give the days and the seconds."""
    started = time.monotonic()
    with database.transaction() as session:
        days = rollup.begin_again(session, desk, NOW)
    for _ in range(days):
        with database.transaction() as session:
            rollup.renew_next(session, desk, NOW)
    return days, time.monotonic() - started


class Statements:
    """Listens to the database: how long each statement took."""

    def __init__(self, engine):
        self.slowest = (0.0, "", None)
        event.listen(engine, "before_cursor_execute", self.before)
        event.listen(engine, "after_cursor_execute", self.after)

    def before(self, connection, cursor, statement, parameters, context, many):
        connection.info["begun"] = time.monotonic()

    def after(self, connection, cursor, statement, parameters, context, many):
        took = time.monotonic() - connection.info["begun"]
        if took > self.slowest[0] and statement.startswith("SELECT"):
            self.slowest = (took, statement, parameters)


def measure(staff, statements):
    print(f"\n{'page':52} {'median':>8} {'longest':>8}")
    for page in PAGES:
        took = []
        for _ in range(ROUNDS):
            started = time.monotonic()
            answer = staff.client.get(page)
            took.append(time.monotonic() - started)
            assert answer.status_code == 200, (page, answer.status_code)
        print(f"{page:52} {statistics.median(took) * 1000:6.0f} ms {max(took) * 1000:5.0f} ms", flush=True)
    return statements.slowest


def explain(database, slowest):
    took, statement, parameters = slowest
    print(f"\nthe slowest statement took {took * 1000:.0f} ms:\n{statement}\n")
    with database.engine.connect() as connection:
        for (row,) in connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS OFF) {statement}", parameters):
            print("  " + row)


def main():
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--calls", type=int, default=1_000_000)
    asked.add_argument("--database", help="a PostgreSQL that is full, and counted by `ivr figures`")
    asked = asked.parse_args()
    server = None if asked.database else Postgres()
    url = asked.database or server.create("bench", "template0")
    migrate.upgrade(url)
    database = Database(url)
    config = Config(
        data=Data(dir=Path("/tmp/hotline-bench"), database_url=SecretStr(url)),
        server=Server(secret_key=SecretStr("bench")),
        phone=Phone(auth_token=SecretStr("bench")),
    )
    desk = Desk(config, catalogue.load(config.callflows_dir, "fa"), None, accounts(config))
    try:
        if not asked.database:
            print(f"filling {asked.calls} calls")
            fill(database, asked.calls)
            days, seconds = count(database, desk)
            print(f"counted {days} days in {seconds:.0f} s: {seconds / max(1, days) * 1000:.0f} ms a day")
        app = build(Shell(desk, database, lambda: NOW))
        with database.transaction() as session:
            add(session, f"bench{int(time.time())}", "supervisor", PASSWORD, NOW - timedelta(days=1))
            name = session.execute(text("SELECT max(name) FROM \"user\" WHERE name LIKE 'bench%'")).scalar()
        staff = Staff(app, name).logs_in()
        explain(database, measure(staff, Statements(database.engine)))
    finally:
        database.close()
        if server:
            server.stop()


if __name__ == "__main__":
    main()
