"""What whoever watches the house is told, and that nobody else is."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import event, text

from db.session import Database
from ivr.app import build
from ivr.config import Metrics, Server
from ivr.services import archiving
from ivr.services.archives import ArchiveError, Works
from ivr.services.desk import open_spool
from ivr.services.readiness import Look
from ivr.web.shell import Shell
from tests.archived import keeps
from tests.queues.conftest import broker  # noqa: F401  # a fixture

TOKEN = "a-token-for-whoever-watches"
HOME = "http://127.0.0.1:8137"


@pytest.fixture
def watched(desk, config, database, clock):
    """A house whose watcher has a token."""
    desk.config = config.model_copy(update={"metrics": Metrics(token=SecretStr(TOKEN))})
    return build(Shell(desk, database, clock))


def asked(app, path="/metrics", token=TOKEN, **more):
    return app.test_client().get(path, headers={"Authorization": f"Bearer {token}", **more.pop("headers", {})}, **more)


def figures(app):
    """Read the page: {(name, labels): value}."""
    page = asked(app)
    assert page.status_code == 200
    families = text_string_to_metric_families(page.text)
    return {(one.name, *sorted(one.labels.values())): one.value for family in families for one in family.samples}


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_nobody_reads_without_the_token(watched, given):
    assert watched.test_client().get("/metrics", headers={"Authorization": given}).status_code == 403
    assert watched.test_client().get("/metrics", base_url=HOME).status_code == 403, "not even at the machine itself"


def home(desk, database, clock, public_url=""):
    desk.config = desk.config.model_copy(update={"server": Server(public_url=public_url)})
    return build(Shell(desk, database, clock)).test_client()


def test_without_a_token_it_is_for_the_machine_itself(desk, database, clock):
    client = home(desk, database, clock)
    assert client.get("/metrics", base_url=HOME).status_code == 200
    assert client.get("/metrics", base_url="http://hotline.example:8137").status_code == 403
    assert client.get("/metrics", base_url=HOME, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    assert client.get("/metrics", base_url=HOME, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403


def test_without_a_token_a_house_that_the_world_can_reach_tells_nobody(desk, database, clock):
    """A proxy on the same machine asks from the loopback, too, and need not say for whom."""
    client = home(desk, database, clock, "https://137.example.ir")
    assert client.get("/metrics", base_url=HOME).status_code == 403


def test_webhooks_are_counted_with_their_status_and_their_time(watched, desk, line):
    line.app = watched
    before = figures(watched)
    line.dials().presses("1").hangs_up()
    line.post("http://hotline.test/voice/turn/9", line.dials(answered=False).form())
    assert line.post("http://hotline.test/voice/answer", {"CallSid": "x"}, signature="forged").status_code in {400, 403}
    after = figures(watched)

    def more(*key):
        return after.get(key, 0) - before.get(key, 0)

    assert more("hotline_webhooks_total", "200", "answer", "taken") == 1
    assert more("hotline_webhooks_total", "200", "taken", "turn") == 1
    assert more("hotline_webhooks_total", "200", "apology", "turn") == 1
    assert more("hotline_webhooks_total", "204", "status", "taken") == 1
    refused = [key for key in after if key[0] == "hotline_webhooks_total" and key[1] in {"400", "403"}]
    assert [more(*key) for key in refused] == [1]
    assert more("hotline_webhook_seconds_count", "turn") == 2
    assert after["hotline_webhook_seconds_bucket", "+Inf", "turn"] == after["hotline_webhook_seconds_count", "turn"]


def test_calls_voices_and_callbacks_are_told(watched, line, clock):
    line.app = watched
    empty = figures(watched)
    assert empty["hotline_calls_open",] == 0
    assert empty["hotline_callbacks_waiting", "operator"] == 0
    caller = line.dials().presses("1").presses("1").presses("3").speaks("RE" + "1" * 32).presses("1")
    assert figures(watched)["hotline_calls_open",] == 1
    caller.hangs_up()
    clock.move(seconds=90)
    found = figures(watched)
    assert found["hotline_calls_open",] == 0
    assert found["hotline_calls_ended_5m", "fa", "inbound", "report"] == 1
    assert found["hotline_recordings_pending", line.desk.config.twilio.account_sid] == 1
    assert found["hotline_recordings_oldest_seconds",] == 90
    assert found["hotline_recordings_overdue_seconds",] == 45, "the lease on its first fetch is over"
    waiting = found["hotline_callbacks_waiting", "operator"]
    assert waiting == len(line.rows("callbacks"))
    clock.move(minutes=6)
    assert ("hotline_calls_ended_5m", "fa", "inbound", "report") not in figures(watched)


def test_it_says_what_is_wrong_in_plain_words(watched, broker, desk, database, clock, config):  # noqa: F811
    answer = watched.test_client().get("/readyz")
    assert answer.status_code == 503, "there is no queue's server here"
    assert answer.json["wrong"] == ["the queue's server does not answer: jobs wait for the sweep"]
    assert (
        answer.json["parts"]["database"] == answer.json["parts"]["migrations"] == answer.json["parts"]["disk"] == "ok"
    )
    data = config.data.model_copy(update={"redis_url": SecretStr(broker.url)})
    desk.config = config.model_copy(update={"data": data})
    client = build(Shell(desk, database, clock)).test_client()
    assert client.get("/readyz").json["wrong"] == []
    assert client.get("/readyz").status_code == 200
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    assert "run `ivr migrate`" in client.get("/readyz").json["wrong"][0]
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "of a newer version than this process" in client.get("/readyz").json["wrong"][0]
    data = data.model_copy(update={"least_free_mb": 10**12})
    desk.config = config.model_copy(update={"data": data})
    full = build(Shell(desk, database, clock)).test_client().get("/readyz")
    assert full.status_code == 503
    assert any("the disk is nearly full" in words for words in full.json["wrong"])


def test_what_waits_in_the_spool_is_told(watched, config, clock):
    spool = open_spool(config, "web")
    assert figures(watched)["hotline_spool_events", "web"] == 0
    spool.put({"kind": "answer"})
    spool.put({"kind": "answer"})
    spool.set_aside(spool.waiting()[1], "a test")
    clock.time = datetime.now(UTC) + timedelta(seconds=60)
    found = figures(watched)
    assert found["hotline_spool_events", "web"] == found["hotline_spool_aside", "web"] == 1
    assert found["hotline_spool_events", "fallback"] == 0
    assert 60 <= found["hotline_spool_oldest_seconds", "web"] < 70


def test_turns_that_cannot_be_archived_are_told(watched, desk, database, clock, monkeypatch):
    def fails(_):
        raise ArchiveError("no room")

    def overdue():
        clock.move(days=1, seconds=1)
        archiving.nightly(works)
        return figures(watched)["hotline_archive_overdue_seconds",]

    works = Works(desk, database, clock)
    keeps(desk, turns_months=1)
    monkeypatch.setattr(archiving, "due", fails)
    assert [overdue() for _ in range(2)] == [0, 86401], "it never succeeded"
    monkeypatch.undo()
    assert [overdue() for _ in range(2)] == [0, 0]
    monkeypatch.setattr(archiving, "due", fails)
    assert [overdue() for _ in range(3)] == [0, 2, 86403], "it is good for two days"
    keeps(desk)
    assert overdue() == 0, "nobody wants it"


def test_a_database_that_is_away_is_named_and_the_rest_is_told(watched, desk, clock):
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = build(Shell(desk, away, clock))
    assert "the database does not answer" in app.test_client().get("/readyz").json["wrong"]
    found = figures(app)
    assert found["hotline_ready", "database"] == 0
    assert found["hotline_disk_free_bytes",] > 0
    assert ("hotline_calls_open",) not in found
    away.close()


def test_a_database_that_is_frozen_keeps_nobody_waiting(postgres):
    """Nor do questions pile up behind the one that is stuck."""
    database = Database(postgres.url())
    look = Look(database, patience=0.3)
    assert look.answer(lambda session: session.scalar(text("SELECT 1"))) == 1
    with database.reading() as session:
        backend = session.scalar(text("SELECT pg_backend_pid()"))
    os.kill(backend, signal.SIGSTOP)
    try:
        assert [look.answer(lambda session: session.scalar(text("SELECT 1"))) for _ in range(3)] == [None] * 3
    finally:
        os.kill(backend, signal.SIGCONT)
    assert look.answer(lambda session: session.scalar(text("SELECT 2"))) in {2, None}
    database.close()


FILL = """
INSERT INTO call (sid, account_sid, direction, flow, caller_raw, called, state, status, started_at, last_turn_at,
                  ended_at, disposition, language, district, category)
SELECT 'CA' || n, 'AC', 'inbound', 'hotline_137', '', '', '{}', 'completed', :now - n * interval '1 minute',
       :now - n * interval '1 minute', CASE WHEN n > 5 THEN :now - n * interval '1 minute' END, 'report', 'fa', '3', 'x'
FROM generate_series(1, 30000) n;
INSERT INTO recording (sid, account_sid, call_id, kind, state, replaced, tries, next_try_at, last_error, created_at)
SELECT 'RE' || id, 'AC', id, 'issue', CASE WHEN ended_at IS NULL THEN 'pending' ELSE 'stored' END, false, 1,
       started_at, '', started_at FROM call;
INSERT INTO callback (type, number, state, urgent, call_id, requested_at, due_at, promised_at, tries, rank_at, "window",
                      machine, answer_no, outcome, changed_at, disposition, note, closed_at)
SELECT 'callback', '+98' || id, CASE WHEN ended_at IS NULL THEN 'queued' ELSE 'done' END, false, id, started_at,
       started_at, started_at, 0, started_at, '', false, 0, '', started_at, '', '', ended_at FROM call;
INSERT INTO attempt (callback_id, n, telephone, state, account_sid, status, citizen_status, answered_by, created_at)
SELECT id, 1, 'client:x', 'ended', 'AC', 'completed', '', '', requested_at FROM callback;
"""
LARGE = ("call", "recording", "callback", "attempt", "turn", "ticket")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_asking_reads_no_large_table_from_end_to_end(watched, database, clock):
    with database.transaction() as session:
        for statement in FILL.split(";")[:-1]:
            session.execute(text(statement), {"now": clock()} if ":now" in statement else {})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    statements = []

    def remember(connection, cursor, statement, parameters, *_):
        statements.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    found = figures(watched)
    event.remove(database.engine, "before_cursor_execute", remember)
    assert found["hotline_calls_open",] == 5
    assert found["hotline_recordings_pending", "AC"] == 5
    assert found["hotline_callbacks_waiting", "operator"] == 5
    assert found["hotline_dials_1h", "AC", "completed", "ended"] == 60
    selects = [(one, given) for one, given in statements if one.startswith("SELECT") and "pg_catalog" not in one]
    assert len(selects) >= 6
    with database.engine.connect() as connection:
        for statement, given in selects:
            plan = "\n".join(line for (line,) in connection.exec_driver_sql(f"EXPLAIN {statement}", given))
            assert not any(f"Seq Scan on {table}" in plan.replace('"', "") for table in LARGE), plan
