"""The callback queue: fair places, an urgent lane that starves nobody, hours, windows, and numbers never called."""

from datetime import timedelta

import pytest

from db.models import Callback
from db.queries import people
from ivr.services import callbacks, dialling, history, hours, presence, tickets, users, wrapup
from ivr.services.callbacks import CallbackError, Wanted

NUMBER = "+98912000000{}"


@pytest.fixture
def sara(database, clock):
    with database.transaction() as session:
        users.add(session, "sara", "operator", "a long password", clock())


def asks(database, desk, clock, n, *, urgent=False, window="", number=None):
    """Let somebody ask to be called about a ticket of theirs; give the promise."""
    with database.transaction() as session:
        caller = number or NUMBER.format(n)
        report = tickets.Report("drain.flood" if urgent else "clean", "3", caller)
        ticket = tickets.open_ticket(session, desk, report, history.CITIZEN, clock())
        return callbacks.request(session, desk, Wanted(caller, "clarify", None, ticket, window), clock())


def served(database, desk, clock):
    """Serve everybody whose time has come, one after the other; give their last digits in order."""
    order = []
    while True:
        with database.transaction() as session:
            user = people.user_named(session, "sara")
            taken = callbacks.claim_next(session, desk, user, clock())
            if taken is None:
                return order
            order.append(int(taken.number[-1]))
            wrapup.wrap_up(session, desk, taken, user, clock(), wrapup.Result("reached"))


def test_first_come_first_served(database, desk, clock, sara):
    for n in range(4):
        asks(database, desk, clock, n)
        clock.move(minutes=1)
    assert served(database, desk, clock) == [0, 1, 2, 3]


def test_urgent_ones_go_first_but_not_before_those_who_waited_long(database, desk, clock, sara):
    asks(database, desk, clock, 0)
    clock.move(minutes=61)
    asks(database, desk, clock, 1)
    clock.move(minutes=1)
    asks(database, desk, clock, 2, urgent=True)
    assert served(database, desk, clock) == [0, 2, 1]


def test_a_stream_of_urgent_ones_starves_nobody(database, desk, clock, sara):
    asks(database, desk, clock, 0)
    turns = 0
    while True:
        turns += 1
        assert turns < 20, "still waiting"
        asks(database, desk, clock, 1, urgent=True, number=f"+98912100{turns:04}")
        with database.transaction() as session:
            user = people.user_named(session, "sara")
            taken = callbacks.claim_next(session, desk, user, clock())
            wrapup.wrap_up(session, desk, taken, user, clock(), wrapup.Result("reached"))
            if taken.number == NUMBER.format(0):
                break
        clock.move(minutes=5)
    assert turns == 13, "an hour's head start, and then it is their turn"


def test_the_promise_counts_those_who_stand_before(database, desk, clock, sara):
    assert [asks(database, desk, clock, n).ahead for n in range(3)] == [0, 1, 2]
    assert asks(database, desk, clock, 3, urgent=True).ahead == 0
    assert asks(database, desk, clock, 4).ahead == 4


def test_a_subject_that_turns_out_urgent_changes_the_lane(database, desk, clock, sara):
    asks(database, desk, clock, 0)
    asks(database, desk, clock, 1)
    with database.transaction() as session:
        ticket = session.query(Callback).filter_by(number=NUMBER.format(1)).one().ticket
        author = history.Author("zahra", "desk")
        tickets.set_category(session, desk, clock(), ticket, author, "drain.flood")
    assert served(database, desk, clock) == [1, 0]


def test_a_try_in_vain_keeps_the_place(database, desk, clock, sara):
    for n in range(2):
        asks(database, desk, clock, n)
        clock.move(minutes=1)
    with database.transaction() as session:
        user = people.user_named(session, "sara")
        first = callbacks.claim_next(session, desk, user, clock())
        callbacks.dial(session, desk, first, user, clock())
        wrapup.wrap_up(session, desk, first, user, clock(), wrapup.Result("busy"))
    clock.move(minutes=30)
    asks(database, desk, clock, 2)
    assert served(database, desk, clock) == [0, 1, 2]


def test_nobody_is_called_in_quiet_hours(database, desk, clock, sara):
    asks(database, desk, clock, 0)
    clock.move(hours=12)
    assert served(database, desk, clock) == []
    with database.transaction() as session:
        user = people.user_named(session, "sara")
        held = callbacks.claim(session, desk, 1, user, clock())
        with pytest.raises(CallbackError, match="quiet_hours"):
            callbacks.dial(session, desk, held, user, clock())


def test_a_window_is_kept(database, desk, clock, sara):
    promise = asks(database, desk, clock, 0, window="evening")
    asks(database, desk, clock, 1)
    assert (promise.day, promise.hour) == ("today", "17")
    assert served(database, desk, clock) == [1]
    clock.move(hours=7)
    assert served(database, desk, clock) == [0]


def test_a_window_that_is_missed_comes_again_tomorrow(database, desk, clock, sara):
    asks(database, desk, clock, 0, window="morning")
    clock.move(hours=4)
    assert served(database, desk, clock) == []
    clock.move(hours=20)
    assert served(database, desk, clock) == [0]


@pytest.mark.parametrize("window", [*hours.WINDOWS])
def test_every_window_opens_and_is_promised_within(desk, clock, window):
    limits = desk.config.callbacks
    opens, closes = hours.span(limits, window)
    moment = hours.opening(limits, desk.local(clock()), window)
    assert opens <= moment.time() < closes
    promised = hours.promised_until(limits, desk.local(clock()), 500, window)
    assert promised > desk.local(clock())


@pytest.mark.parametrize(
    "number",
    [
        "",
        "anonymous",
        "137",
        "+4415550100",
        "+252612345678",
        "+8821621111",
        "+19005551234",
        "sip:a@b",
        "+989121234567;ext=5",
    ],
)
def test_numbers_that_cost_or_lead_nowhere_are_refused(database, desk, clock, number):
    with database.transaction() as session:
        assert callbacks.request(session, desk, Wanted(number, "intake", None, None), clock()) is None
        assert session.query(Callback).count() == 0


def test_barred_numbers_are_refused_when_asked_and_when_dialled(database, desk, clock, sara):
    asks(database, desk, clock, 0)
    limits = desk.config.callbacks.model_copy(update={"barred": ("+9891200",)})
    object.__setattr__(desk.config, "callbacks", limits)
    with database.transaction() as session:
        assert callbacks.request(session, desk, Wanted(NUMBER.format(1), "intake", None, None), clock()) is None
        user = people.user_named(session, "sara")
        held = callbacks.claim_next(session, desk, user, clock())
        with pytest.raises(CallbackError, match="number_not_allowed"):
            callbacks.dial(session, desk, held, user, clock())


def test_whoever_pauses_is_given_nothing_and_is_seen_pausing(database, desk, clock, sara):
    with database.transaction() as session:
        user = people.user_named(session, "sara")
        presence.beat(session, user, clock())
        presence.pause(session, user, clock(), "prayer")
        with pytest.raises(CallbackError, match="on_pause"):
            presence.insist_ready(session, user, clock())
        with pytest.raises(CallbackError, match="unknown_reason"):
            presence.pause(session, user, clock(), "shopping")
        assert [(seat.state, seat.reason) for seat in presence.team(session, desk, clock())] == [("paused", "prayer")]
        presence.resume(session, user, clock())
        presence.insist_ready(session, user, clock())
        assert [seat.state for seat in presence.team(session, desk, clock() + timedelta(minutes=2))] == ["away"]
        assert presence.team(session, desk, clock() + timedelta(days=2)) == []


def test_an_operator_who_stays_keeps_their_callback_and_one_who_vanishes_does_not(database, desk, clock, sara):
    asks(database, desk, clock, 0)

    def held():
        with database.transaction() as session:
            callbacks.return_expired(session, clock(), 10)
            user = people.user_named(session, "sara")
            return callbacks.stay(session, desk, 1, user, clock())

    with database.transaction() as session:
        callbacks.claim_next(session, desk, people.user_named(session, "sara"), clock())
    for _ in range(4):
        clock.move(seconds=desk.config.callbacks.lease_seconds - 10)
        assert held()
    clock.move(seconds=desk.config.callbacks.lease_seconds + 10)
    assert not held()


@pytest.mark.parametrize(
    ("status", "seconds", "suggested"),
    [
        ("busy", None, "busy"),
        ("no-answer", None, "no_answer"),
        ("failed", None, "unreachable"),
        ("completed", 61, "reached"),
    ],
)
def test_what_the_telephones_said_is_suggested(database, desk, clock, sara, status, seconds, suggested):
    asks(database, desk, clock, 0)
    with database.transaction() as session:
        user = people.user_named(session, "sara")
        held = callbacks.claim_next(session, desk, user, clock())
        attempt = callbacks.dial(session, desk, held, user, clock())
        news = dialling.News("citizen", status, "CA1", seconds)
        dialling.progress(session, desk, attempt.id, news, clock())
        assert wrapup.suggested(held) == suggested
