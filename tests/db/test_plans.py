"""Nothing that a turn, the sweep or a page asks of PostgreSQL reads a large table from end to end."""

import itertools
import json
import re

import pytest
from sqlalchemy import event, text

from bench.day.fill import with_calls
from ivr import jobs
from ivr.services.figures import rollup
from tests.web.staff import hires

CALLS = 30_000
LARGE = 5_000  # rows: a table that has so many here has no end in life
ASKED = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b")
TELEPHONES = {"voice", "phone_exchange"}  # nobody opens these in a browser
WORDS = ("road", "lamp 137", "a-word-of-nobody", "road a-word-of-nobody")  # everywhere, somewhere, nowhere
NOT_HERE = {"health.readyz"}  # answered by a failure in a test's house
CODE, SPAN = "0000000007", "from=1405/08/01&to=1405/08/30"
NARROWED = ("district=3", "category=clean.road", f"{SPAN}")
PAGES = {
    "abuse.index": ["/day/callers"],
    "announcements.index": ["/day/announcements"],
    "audio.wav": [f"/audio/{'a' * 32}.wav"],
    "audio.words": [f"/audio/{'a' * 32}.json"],
    "audit.index": [
        "/audit", "/audit?before=900", f"/audit?{SPAN}", "/audit?actor=op3", "/audit?actor=nobody",
        "/audit?action=listened", "/audit?action=graded", f"/audit?target={CODE}", f"/audit?actor=op3&{SPAN}",
        "/audit?from=1400/01/01&to=1400/01/30",
    ],
    "callbacks.index": ["/callbacks"],
    "callbacks.state": ["/callbacks/7/state"],
    "calls.index": [
        "/calls", "/calls?before=2026-01-01T00:00:00Z~7", "/calls?when=today", "/calls?direction=outbound",
        "/calls?language=ar", "/calls?disposition=abandoned", "/calls?disposition=abandoned&left_at=main",
        "/calls?disposition=nuisance", "/calls?visited=main", "/calls?visited=nowhere", "/calls?by=machine",
        "/calls?by=menu", "/calls?by=103", "/calls?q=09120000007", f"/calls?q={CODE}",
        *(f"/calls?led_to={what}" for what in ("ticket", "callback", "voice", "nothing")),
        *(f"/calls?{by}" for by in NARROWED), *(f"/calls?q={words}" for words in WORDS),
    ],
    "calls.page": ["/calls/7", "/calls/7?district=3", "/calls/7?q=road"],
    "changes.entries": ["/day/catalogue/lists/categories"],
    "changes.entry": ["/day/catalogue/lists/categories/clean"],
    "changes.index": ["/day/catalogue"],
    "day.index": ["/day"],
    "figures.by": [f"/figures/by/{by}?{SPAN}" for by in ("district", "unit", "category", "hour", "weekday", "month")],
    "figures.changed": ["/figures/changes", "/figures/changes?over=week"],
    "figures.fair": [f"/figures/fairness?{SPAN}"],
    "figures.index": [f"/figures/?{SPAN}"],
    "health.healthz": ["/healthz"],
    "health.readyz": ["/readyz"],
    "intake.alike": ["/intake/alike?category=clean.road&district=3"],
    "intake.caller": ["/intake/caller?number=09120000007"],
    "intake.form": ["/intake"],
    "live.marks": ["/live/marks"],
    "live.stream": ["/live/stream"],
    "login.change": ["/password"],
    "login.code_form": ["/login/code"],
    "login.form": ["/login"],
    "managers.index": ["/day/managers"],
    "managers.page": ["/day/managers/1"],
    "metrics.show": ["/metrics"],
    "monthly.as_pdf": ["/figures/report/140508.pdf"],
    "monthly.as_xlsx": ["/figures/report/140508.xlsx"],
    "monthly.page": ["/figures/report"],
    "own_reviews.mine": ["/my-reviews"],
    "people.index": ["/day/people"],
    "phone.extension": ["/phone/extension"],
    "phone.page": ["/phone"],
    "phone.poll": ["/phone/poll?line=client:sara"],
    "phone.sample": ["/phone/sample.wav"],
    "photos.jpeg": ["/photos/1.jpg"],
    "recordings.address": ["/recordings/7/address"],
    "recordings.audio": ["/recordings/7/audio"],
    "recordings.peaks": ["/recordings/7/peaks"],
    "reviews.index": ["/reviews", "/reviews?operator=103&days=30&n=5"],
    "second_proof.page": ["/second-proof"],
    "staffing.page": ["/figures/staffing"],
    "tickets.home": ["/"],
    "tickets.index": [
        "/tickets", "/tickets?before=900", "/tickets?state=referred", "/tickets?state=answered",
        "/tickets?state=confirmed", "/tickets?holder=unit.parks", "/tickets?holder=district.3&state=referred",
        "/tickets?q=09120000007", f"/tickets?q={CODE}", "/tickets?q=0000000000",
        "/tickets?from=1400/01/01&to=1400/01/30",
        *(f"/tickets?view={view}" for view in ("overdue", "rejected", "place", "unreferred")),
        *(f"/tickets?{by}" for by in NARROWED), *(f"/tickets?q={words}" for words in WORDS),
        "/tickets?q=road&district=3&before=9000",
    ],
    "tickets.page": [f"/tickets/{CODE}"],
    "wall.page": ["/figures/wall"],
}  # fmt: skip


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
        asked, large, found = dict(self.asked), self.large(), []
        for statement, parameters in asked.items():
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


def pages(app):
    """List everything that a browser may ask for, by endpoint."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]
    return {rule.endpoint for rule in rules if rule.endpoint.split(".")[0] not in TELEPHONES}


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
        "ticket_text",
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


def test_every_page_is_asked_for(app):
    assert pages(app) == set(PAGES)


@pytest.fixture(scope="module")
def names():
    return itertools.count(1)


@pytest.mark.parametrize("endpoint", PAGES)
def test_a_page_reads_no_large_table(plans, app, names, endpoint):
    reader = hires(app, f"reader{next(names)}", "administrator").logs_in()
    found = {}
    for address in PAGES[endpoint]:
        plans.asked.clear()
        with reader.client.get(address, headers={"Accept": "text/html"}) as answer:
            assert answer.status_code < 500 or endpoint in NOT_HERE, address
        if scans := plans.scans():
            found[address] = scans
    assert found == {}
