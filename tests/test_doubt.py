"""The provider took an order and its answer got lost: nobody is rung twice, and the call is found in its list."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.models import Attempt
from db.queries import people
from ivr import jobs as work
from ivr.services import callbacks, doubt, users
from ivr.telephony.outside import Placed, Unsure
from tests.worker import Exchange

CITIZENS = ["+989121234567", "+989121234568"]


@pytest.fixture
def office(desk, database, clock, monkeypatch):
    """A worker's office, with an exchange that does what it is asked and does not say so."""
    monkeypatch.setattr(work, "_now", clock)
    return work.Office(desk, database, Exchange(Unsure("timeout")))


@pytest.fixture
def dialled(office, line, database, desk, clock):
    """Let somebody dial a citizen from a telephone, and be left in doubt; gives the try's id."""

    def dial(name="sara", telephone="client:sara", by=office):
        line.dials(CITIZENS[len(office.telephony.asked)]).presses("0")
        with database.transaction() as session:
            user = people.user_named(session, name) or users.add(session, name, "operator", "a long password", clock())
            callback = callbacks.claim_next(session, desk, user, clock())
            attempt = callbacks.dial(session, desk, callback, user, clock(), telephone).id
        work.dial_from(by, attempt)
        return attempt

    return dial


def call(sid, at, status="ringing", seconds=None):
    return Placed(sid, at, status, seconds)


def row(database, attempt):
    with database.reading() as session:
        found = session.get(Attempt, attempt)
        return found.state, found.call_sid, found.callback.state


def test_the_one_call_that_can_be_it_is_taken(office, dialled, database, clock, jobs):
    """Check 17."""
    attempt = dialled()
    assert row(database, attempt) == ("unknown", None, "dialling")
    work.sweep(office, clock())
    assert (doubt.FIND, attempt) in jobs
    office.telephony.list = [("client:sara", call("CA7", clock())), ("client:omid", call("CA8", clock()))]
    for _ in range(3):
        work.find_from(office, attempt)
        work.dial_from(office, attempt)
    assert row(database, attempt) == ("asked", "CA7", "dialling")
    assert len(office.telephony.asked) == 1, "and nobody was rung again"
    jobs.clear()
    work.sweep(office, clock())
    assert jobs == [], "there is no doubt any more"


def test_whoever_ordered_it_and_was_killed_left_it_in_doubt(office, dialled, database, clock, monkeypatch):
    monkeypatch.setattr(work.dialling, "unsure", lambda *_: None)  # killed before it could note anything
    attempt = dialled()
    monkeypatch.undo()
    monkeypatch.setattr(work, "_now", clock)
    office.telephony.list = [("client:sara", call("CA7", clock()))]
    work.find_from(office, attempt)
    assert row(database, attempt)[:2] == ("asking", None), "the order may still be under way"
    clock.move(minutes=3)
    work.sweep(office, clock())
    work.find_from(office, attempt)
    assert row(database, attempt)[:2] == ("asked", "CA7")
    assert len(office.telephony.asked) == 1


def test_it_is_never_asked_for_again_but_believed_when_it_reports(office, dialled, database, line, clock):
    attempt = dialled()
    for _ in range(3):
        work.dial_from(office, attempt)
        work.sweep(office, clock())
    assert len(office.telephony.asked) == 1
    assert row(database, attempt)[0] == "unknown"
    form = {"CallSid": "CA" + "e" * 32, "AccountSid": next(iter(line.desk.accounts)), "CallStatus": "ringing"}
    line.post(f"http://hotline.test/voice/status?attempt={attempt}", form)
    assert row(database, attempt)[:2] == ("asked", "CA" + "e" * 32)


def test_without_an_account_nobody_is_called(office, dialled, database):
    attempt = dialled(by=replace(office, telephony=None))
    assert row(database, attempt)[0] == "ended"


def test_a_call_that_is_over_by_then_ends_the_try(office, dialled, database, clock):
    attempt = dialled()
    office.telephony.list = [("client:sara", call("CA7", clock(), "no-answer", 0))]
    work.find_from(office, attempt)
    assert row(database, attempt) == ("ended", "CA7", "wrap_up")


def test_what_may_be_another_call_is_not_taken(office, dialled, database, clock):
    attempt, now = dialled(), clock()
    for listed in (
        [],
        [call("CA7", now), call("CA8", now)],
        [call("CA7", now - timedelta(hours=1))],
        [call("CA7", now + timedelta(hours=1))],
    ):
        office.telephony.list = [("client:sara", one) for one in listed]
        work.find_from(office, attempt)
        assert row(database, attempt)[:2] == ("unknown", None)


def test_a_call_of_another_try_is_not_taken(office, dialled, database, clock):
    known = dialled(telephone="sip:201")
    office.telephony.list = [("sip:201", call("CA7", clock()))]
    work.find_from(office, known)
    attempt = dialled("omid", "sip:201")
    work.find_from(office, attempt)
    assert row(database, attempt)[:2] == ("unknown", None)
    office.telephony.list.append(("sip:201", call("CA8", clock())))
    work.find_from(office, attempt)
    assert row(database, attempt)[:2] == ("asked", "CA8")


def test_two_tries_of_one_telephone_in_doubt_at_once_are_not_told_apart(office, dialled, database, clock):
    both = [dialled(telephone="sip:201"), dialled("omid", "sip:201")]
    office.telephony.list = [("sip:201", call("CA7", clock()))]
    for attempt in both:
        work.find_from(office, attempt)
        assert row(database, attempt)[:2] == ("unknown", None)


def test_a_provider_that_shows_no_list_leaves_it_in_doubt(office, dialled, database, clock):
    attempt = dialled()

    class Silent(Exchange):
        def placed(self, to):
            raise Unsure("404")

    work.find_from(replace(office, telephony=Silent()), attempt)
    work.find_from(replace(office, telephony=None), attempt)
    assert row(database, attempt)[:2] == ("unknown", None)
    clock.move(minutes=5)
    work.sweep(office, clock())
    assert row(database, attempt) == ("ended", None, "wrap_up")
    assert len(office.telephony.asked) == 1
