"""A made-up year: the same from the same seed, on either database, and true to the rules of the house."""

import hashlib
import itertools
import os
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from db import migrate
from db.models import Base, Call, Callback, Recording, Ticket, TicketEvent, User
from db.session import Database
from ivr import demo
from ivr.cli import main
from ivr.demo.office import OfficeClock
from ivr.services import codes, keeping, life

END = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
PLAN = demo.Plan(months=2, per_month=250, seed=7, end=END, voice_days=10)
SECRETS = {"password_hash", "wrapped"}


def built(database, desk, plan=PLAN):
    with database.transaction() as session:
        demo.build(session, desk, plan, lambda done, of: None)
    return database


def fingerprint(database):
    """Hash every row of every table, but for what is secret."""
    whole = hashlib.sha256()
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            kept = [column for column in table.columns if column.name not in SECRETS]
            for row in session.execute(select(*kept).order_by(*table.primary_key.columns)):
                whole.update(repr((table.name, tuple(row))).encode())
    return whole.hexdigest()


@pytest.fixture(scope="module")
def prints():
    return {}


def test_one_seed_builds_one_city_on_either_database(database, desk, prints, tmp_path):
    first = fingerprint(built(database, desk))
    prints.setdefault("first", first)
    assert first == prints["first"]
    url = f"sqlite:///{tmp_path / 'again.db'}"
    migrate.upgrade(url)
    again, other = Database(url), f"sqlite:///{tmp_path / 'other.db'}"
    assert fingerprint(built(again, desk)) == first
    again.close()
    migrate.upgrade(other)
    elsewhere = Database(other)
    assert fingerprint(built(elsewhere, desk, demo.Plan(2, 250, 8, END, 10))) != first
    elsewhere.close()


def test_it_looks_like_the_city(database, desk):
    with built(database, desk, demo.Plan(1, 2000, 7, END, 2)).reading() as session:
        inbound = list(session.scalars(select(Call).where(Call.direction == "inbound")))
        informed = [call for call in inbound if call.disposition == "information"]
        numbers = [call.number for call in inbound if call.number]
        districts = [ticket.district for ticket in session.scalars(select(Ticket))]
        assert len(inbound) == 2000
        assert 0.45 < len(informed) / len(inbound) < 0.53
        assert 0.38 < 1 - len(set(numbers)) / len(numbers) < 0.46
        assert 0.33 < again_within_a_week(inbound) < 0.43
        assert max(set(districts), key=districts.count) == "6"
        assert all(desk.plan.callable(number) for number in numbers)
        assert all(call.started_at < END for call in session.scalars(select(Call)))
        hours = [desk.local(call.started_at).hour for call in inbound]
        assert max(set(hours), key=hours.count) in (10, 11, 12)


def again_within_a_week(calls):
    """Give the share of calls whose number had called within seven days."""
    last, again = {}, 0
    known = sorted((call for call in calls if call.number), key=lambda call: call.started_at)
    for call in known:
        again += call.number in last and call.started_at - last[call.number] <= timedelta(days=7)
        last[call.number] = call.started_at
    return again / len(known)


def test_every_ticket_lived_by_the_rules(database, desk):
    with built(database, desk).reading() as session:
        for ticket in session.scalars(select(Ticket)):
            assert codes.well_formed(ticket.code)
            assert (ticket.call.district, ticket.call.category) == (ticket.district, ticket.category)
            lines = [event for event in ticket.history if event.kind == "state"]
            assert all(line.new in life.MOVES[line.old] for line in lines)
            assert [line.old for line in lines] == ["new", *(line.new for line in lines)][: len(lines)]
            assert ticket.state == (lines[-1].new if lines else "new")
            assert (ticket.closed_at is not None) == (ticket.state in life.CLOSED)
            assert (ticket.clock_left is not None) == (ticket.state in life.STANDS_STILL or ticket.waits_for_place)
            times = [event.at for event in ticket.history]
            assert times == sorted(times)
            assert times[-1] <= END
        names = {user.name for user in session.scalars(select(User))}
        authors = set(session.scalars(select(TicketEvent.author)))
        assert authors <= names | {"citizen", "system"}


def test_new_voices_can_be_heard_and_old_ones_are_gone(database, desk):
    with built(database, desk).reading() as session:
        for voice in session.scalars(select(Recording)):
            fresh = voice.created_at > END - timedelta(days=10)
            assert voice.state == ("stored" if fresh else "expired")
            if fresh:
                path = desk.config.recordings_dir / voice.path
                with keeping.opened(session, desk, voice.path) as file:
                    assert hashlib.sha256(file.read()).hexdigest() == voice.sha256
                assert b"RIFF" not in path.read_bytes()
                assert path.stat().st_nlink > 1


def test_what_comes_afterwards_goes_on_counting(database, desk, line):
    built(database, desk)
    line.dials("+989121234567").presses("0").hangs_up()
    with database.reading() as session:
        newest = session.scalars(select(Call).order_by(Call.id.desc())).first()
        assert (newest.number, newest.disposition) == ("+989121234567", "callback")
        assert session.scalars(select(Callback).where(Callback.call_id == newest.id)).one().state == "queued"


def test_a_database_with_calls_is_left_alone(database, desk, line):
    line.dials().hangs_up()
    with pytest.raises(demo.NotEmpty), database.transaction() as session:
        demo.build(session, desk, PLAN, lambda done, of: None)
    assert len(line.rows("calls")) == 1


def test_the_fast_office_clock_says_what_the_city_says(desk):
    fast = OfficeClock(desk.office, END - timedelta(days=60), END)
    for days, minutes in itertools.product(range(-50, 0, 7), (0, 1, 61, 500, 3000)):
        start = END + timedelta(days=days, minutes=minutes * 3)
        end = desk.office.after(start, timedelta(minutes=minutes))
        assert abs(fast.after(start.timestamp(), minutes * 60) - end.timestamp()) < 1 or minutes == 0
        assert abs(fast.between(start.timestamp(), end.timestamp()) - minutes * 60) < 1


def test_the_command_builds_and_then_refuses(tmp_path, voice_cache):
    environment = {**os.environ, "IVR_DATA__DIR": str(tmp_path / "d")}
    words = ["demo", "--months", "1", "--calls-per-month", "50", "--until", "2026-11-23"]
    done = CliRunner().invoke(main, words, env=environment)
    assert done.exit_code == 0, done.output
    assert "50 of 50 calls" in done.output
    again = CliRunner().invoke(main, words, env=environment)
    assert again.exit_code == 2
    assert "there are calls in this database" in again.output
    provided = CliRunner().invoke(main, words, env={**environment, "IVR_TWILIO__ACCOUNT_SID": "AC1"})
    assert provided.exit_code == 2
