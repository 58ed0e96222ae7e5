"""A manager answers in person: callers are put through in the window, invited ones are called, nothing is lost."""

from datetime import timedelta

import pytest

from db.models import ManagerSession
from ivr.jobs import Office
from ivr.services import managers, users, wrapup
from ivr.services.callbacks import CallbackError
from ivr.services.day import DayError
from ivr.services.history import Author
from tests.city import Citizen, City, Exchange, outgoing_sid

ZAHRA = Author("zahra", "desk")
HOST = "+982537137001"
TALK = f"RE{9:032x}"


@pytest.fixture
def city(line, database, desk, clock):
    return City(line, Office(desk, database, Exchange()), clock)


@pytest.fixture
def plan(database, desk, clock):
    """Plan a session that begins in so many hours and lasts two; gives its number."""

    def make(begins=0, slots=2, telephone=HOST):
        window = clock() + timedelta(hours=begins), clock() + timedelta(hours=begins + 2)
        with database.transaction() as session:
            return managers.plan(session, desk, clock(), ZAHRA, "answers", "the mayor", telephone, window, slots).id

    return make


def went(database, number):
    with database.reading() as session:
        return [managers.came_of(guest) for guest in session.get(ManagerSession, number).guests]


def dials(caller):
    return caller.waits("Dial")[0]


def test_a_caller_is_put_through_in_the_window_and_not_outside_it(line, plan, clock, desk):
    plan(begins=1)
    offer = desk.catalogue.prompts["live_offer"][:20]
    assert offer not in line.dials().words
    clock.move(hours=1)
    caller = line.dials()
    assert offer in caller.words
    party = dials(caller.presses("5"))
    assert (party.tag, party.text) == ("Number", HOST)
    clock.move(hours=2)
    assert offer not in line.dials().words


@pytest.mark.parametrize(
    ("telephone", "tag", "text"),
    [("client:zahra", "Client", "zahra"), ("sip:101", "Sip", "sip:101"), ("0912 345 6789", "Number", "+989123456789")],
)
def test_a_manager_has_whatever_telephone_there_is(line, plan, telephone, tag, text):
    plan(telephone=telephone)
    party = dials(line.dials().presses("5"))
    assert (party.tag, party.text) == (tag, text)


def test_a_talk_leaves_a_ticket_with_its_recording(line, plan, database):
    number = plan()
    caller = line.dials().presses("5")
    caller.reports(TALK)
    caller.request(caller.waits("Dial").get("action"), DialCallStatus="completed", DialCallDuration="95")
    caller.hangs_up()
    assert went(database, number) == ["talked"]
    (ticket,) = line.rows("tickets")
    assert (ticket["category"], [one["sid"] for one in ticket["recordings"]]) == ("voice", [TALK])


def test_no_more_talks_than_there_are_slots_even_at_once(line, plan, desk, database):
    number = plan(slots=1)
    early, late = line.dials(), line.dials("+989121234568")
    early.presses("5")
    full = desk.catalogue.prompts["live_full"]
    assert full in late.presses("5").words
    assert desk.catalogue.prompts["live_offer"][:20] not in line.dials("+989121234569").words
    assert went(database, number) == ["talking"]


def test_a_busy_manager_gets_the_message(line, plan, database):
    number = plan()
    caller = line.dials().presses("5")
    caller.request(caller.waits("Dial").get("action"), DialCallStatus="busy", DialCallDuration="0")
    caller.speaks(TALK).hangs_up()
    assert went(database, number) == ["missed"]
    assert [row["category"] for row in line.rows("tickets")] == ["voice"]


@pytest.fixture
def invited(city, plan, database, desk, clock):
    """An earlier caller on the list, and the supervisor who will call; gives the session's number."""
    code = city.report()
    number = plan()
    with database.transaction() as session:
        users.add(session, "zahra", "supervisor", "a long password", clock())
        managers.invite(session, desk, clock(), ZAHRA, managers.get(session, number), code)
    return number


def rings(database, desk, clock, number):
    with database.transaction() as session:
        guest = managers.get(session, number).guests[0]
        return managers.ring(session, desk, clock(), session.get(users.User, 1), guest).id


def test_an_invited_caller_is_called_for_the_manager(city, invited, database, desk, clock):
    callback = rings(database, desk, clock, invited)
    (asked,) = city.sweep()
    assert asked.to == HOST
    host = Citizen(city.line, asked, outgoing_sid(1)).picks_up().presses("1")
    assert dials(host).text == "+989121234567"
    host.request(host.waits("Dial").get("action"), DialCallStatus="completed", DialCallDuration="60")
    host.ends()
    with database.transaction() as session:
        held = session.get(wrapup.Callback, callback)
        user = session.get(users.User, 1)
        wrapup.wrap_up(session, desk, held, user, clock(), wrapup.Result("reached", "was told when"))
    assert went(database, invited) == ["talked"]


def test_an_invited_caller_who_does_not_answer_is_not_called_later(city, invited, database, desk, clock):
    callback = rings(database, desk, clock, invited)
    (asked,) = city.sweep()
    Citizen(city.line, asked, outgoing_sid(1)).ends("no-answer")
    with database.transaction() as session:
        held = session.get(wrapup.Callback, callback)
        wrapup.wrap_up(session, desk, held, session.get(users.User, 1), clock(), wrapup.Result("no_answer"))
    assert went(database, invited) == ["missed"]
    clock.move(hours=1)
    assert city.sweep() == []


def test_what_cannot_be_is_refused(city, invited, plan, database, desk, clock):
    code = city.line.rows("tickets")[0]["code"]
    with database.transaction() as session, pytest.raises(DayError, match="invited_already"):
        managers.invite(session, desk, clock(), ZAHRA, managers.get(session, invited), code)
    with database.transaction() as session, pytest.raises(DayError, match="unknown_ticket"):
        managers.invite(session, desk, clock(), ZAHRA, managers.get(session, invited), "0000000000")
    rings(database, desk, clock, invited)
    with pytest.raises(CallbackError, match="already_dialling"):
        rings(database, desk, clock, invited)
    clock.move(hours=3)
    with pytest.raises(DayError, match="session_closed"):
        rings(database, desk, clock, invited)
    with pytest.raises(DayError, match="bad_telephone"):
        plan(telephone="+14155550100")
    with pytest.raises(DayError, match="bad_slots"):
        plan(slots=0)


def test_a_cancelled_session_is_not_offered(line, plan, database, desk, clock):
    number = plan()
    with database.transaction() as session:
        managers.cancel(session, clock(), ZAHRA, managers.get(session, number))
    assert desk.catalogue.prompts["live_offer"][:20] not in line.dials().words
    with database.transaction() as session, pytest.raises(DayError, match="session_over"):
        managers.cancel(session, clock(), ZAHRA, managers.get(session, number))
