"""Numbers that cost or lead nowhere: refused when they are asked for, and once more when they are dialled."""

from datetime import timedelta

import pytest

from db.models import Attempt, Callback
from db.queries import callbacks as queue
from db.queries import people
from ivr import jobs as work
from ivr.services import callbacks, history, intake, telephones, users
from ivr.services.callbacks import CallbackError, Wanted
from ivr.services.day import DayError
from ivr.services.life import TicketError
from tests.city import City, Exchange

GOOD = "+989121234567"
SHOWN = {  # what a telephone network may show as the caller
    "withheld": "anonymous",
    "withheld as a number": "+266696687",
    "nothing": "",
    "short": "137",
    "emergency": "110",
    "foreign mobile": "+252612345678",
    "foreign landline": "+442079460000",
    "premium, US": "+19005551234",
    "premium, Russia": "+78091234567",
    "premium, UK": "+449098790000",
    "satellite, Thuraya": "+882161555522",
    "satellite, Iridium": "+881612345678",
    "satellite, Inmarsat": "+870773111632",
    "too long": "+9891212345678",
    "SIP": "sip:a@evil.test",
    "a browser": "client:sara",
}
WRITTEN = {"extension": f"{GOOD};ext=5", "extension by x": f"{GOOD} x5", "context": f"tel:{GOOD};phone-context=+252"}
REFUSED = {**SHOWN, **WRITTEN}
SHORT = {kind: number for kind, number in REFUSED.items() if len(number) <= 20}  # what a row can hold


@pytest.fixture
def sara(database, clock):
    with database.transaction() as session:
        users.add(session, "sara", "operator", "a long password", clock())


@pytest.fixture
def office(desk, database, clock, monkeypatch):
    monkeypatch.setattr(work, "_now", clock)
    return work.Office(desk, database, Exchange())


def limited(desk, **limits):
    ours = desk.config.callbacks.model_copy(update=limits)
    object.__setattr__(desk.config, "callbacks", ours)  # settings are frozen; this test has its own installation


def asks(database, desk, clock, number=GOOD):
    with database.transaction() as session:
        return callbacks.request(session, desk, Wanted(number, "intake", None, None), clock())


def dials(database, desk, clock):
    """Let the operator take the next in the queue and dial; give the try's number."""
    with database.transaction() as session:
        user = people.user_named(session, "sara")
        return callbacks.dial(session, desk, callbacks.claim_next(session, desk, user, clock()), user, clock()).id


@pytest.mark.parametrize("kind", SHOWN)
def test_a_caller_with_such_a_number_queues_nothing(line, kind):
    """Check 18, at intake: the menu's callback, and the one after a report."""
    line.dials(SHOWN[kind]).presses("0")
    report = line.dials(SHOWN[kind]).presses("1").presses("3").presses("3").speaks("RE" + "1" * 32).presses("1")
    report.presses("1").hangs_up()
    assert line.rows("callbacks") == []
    assert len(line.rows("tickets")) == 1, "what was reported is kept all the same"


def test_neither_the_desk_nor_an_administrator_can_have_it_called(database, desk, clock):
    """Check 18, at intake: the queue, an operator's form, a telephone of the house."""
    for kind, number in REFUSED.items():
        assert asks(database, desk, clock, number) is None, kind
        taken = intake.Taken(number, "clean", "3", "", "dirt", callback=True)
        with database.transaction() as session, pytest.raises(TicketError):
            intake.take(session, desk, clock(), history.staff("sara", "operator"), taken)
        if kind not in {"SIP", "a browser"}:  # of the house these are telephones like any other
            with pytest.raises(DayError):
                telephones.read(desk, number)
    with database.reading() as session:
        assert session.query(Callback).count() == 0


def test_it_is_not_dialled_though_it_stands_in_the_queue(database, desk, clock, sara):
    """Check 18, at the dial: as if somebody had written it into the database before the try."""
    asks(database, desk, clock)
    for number in SHORT.values():
        with database.transaction() as session:
            queue.get(session, 1).number = number
        with pytest.raises(CallbackError, match="number_not_allowed"):
            dials(database, desk, clock)


@pytest.mark.parametrize("kind", SHORT)
def test_it_is_not_dialled_though_the_try_has_begun(database, desk, clock, sara, office, kind):
    """Check 18, at the dial: as if somebody had written it into the database between try and telephone."""
    asks(database, desk, clock)
    attempt = dials(database, desk, clock)
    with database.transaction() as session:
        queue.get(session, 1).number = SHORT[kind]
    work.dial_from(office, attempt)
    assert office.telephony.asked == []
    with database.reading() as session:
        assert session.get(Attempt, attempt).state == "ended"


def test_a_number_barred_after_the_try_began_is_not_dialled(database, desk, clock, sara, office):
    asks(database, desk, clock)
    attempt = dials(database, desk, clock)
    limited(desk, barred=(GOOD[:6],))
    work.dial_from(office, attempt)
    assert office.telephony.asked == []


@pytest.mark.parametrize("number", ["sip:x@y", "+19005551234", GOOD + ";ext=1"])
def test_the_hotlines_own_calls_are_judged_too(database, desk, clock, office, number):
    asks(database, desk, clock)
    with database.transaction() as session:
        callback = queue.get(session, 1)
        callback.machine, callback.number = True, number
        attempt = callbacks.begin_try(session, callback, clock(), number, None).id
    work.dial_from(office, attempt)
    assert office.telephony.asked == []


def test_a_number_asks_only_so_often_a_day(database, desk, clock):
    limited(desk, numbers_per_day=2)
    for expected in (True, True, False):
        assert (asks(database, desk, clock) is not None) == expected
        with database.transaction() as session:
            for callback in queue.every(session):
                callbacks.end(callback, clock(), "done", "")
    clock.move(days=1, minutes=1)
    assert asks(database, desk, clock) is not None


def test_after_so_many_tries_in_a_day_nobody_is_dialled_until_some_are_over(database, desk, clock, sara):
    limited(desk, dials_per_day=2)
    _dials_of_earlier(database, desk, clock, n=2, seconds=1)
    with pytest.raises(CallbackError, match="day_is_spent"):
        dials(database, desk, clock)
    clock.move(days=1)
    assert dials(database, desk, clock)


def test_after_so_much_talk_in_a_day_nobody_is_dialled(database, desk, clock, sara):
    limited(desk, talk_minutes_per_day=10)
    _dials_of_earlier(database, desk, clock, n=1, seconds=599)
    assert dials(database, desk, clock)
    _dials_of_earlier(database, desk, clock, n=1, seconds=1, number="+989121234568")
    with database.transaction() as session:
        for callback in queue.every(session):
            callback.state, callback.claimed_by = "queued", None
    with pytest.raises(CallbackError, match="day_is_spent"):
        dials(database, desk, clock)


def test_the_day_is_spent_for_the_hotlines_own_calls_too(line, database, desk, clock, office):
    limited(desk, dials_per_day=1)
    feedback = desk.config.feedback.model_copy(update={"person_percent": 0})
    object.__setattr__(desk.config, "feedback", feedback)
    city = City(line, office, clock)
    city.answer(city.report())
    _dials_of_earlier(database, desk, clock, n=1, seconds=1, number="+989121234568")
    assert city.sweep() == []
    clock.move(days=1)
    assert [asked.to for asked in city.sweep()] == [GOOD]


def _dials_of_earlier(database, desk, clock, *, n, seconds, number=GOOD):
    """Queue a number, as if the hotline had dialled it before."""
    asks(database, desk, clock, number)
    with database.transaction() as session:
        callback = list(queue.every(session))[-1]
        for _ in range(n):
            attempt = callbacks.begin_try(session, callback, clock() - timedelta(hours=1), number, None)
            attempt.state, attempt.seconds = "ended", seconds
        callback.state, callback.tries = "queued", 0
