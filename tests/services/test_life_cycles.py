"""No order of events, however often repeated, leads where no ticket or callback may be."""

import itertools
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db import migrate
from db.models import Attempt, Callback, Ticket, TicketEvent, User
from db.queries import callbacks as queue
from db.queries import people
from db.session import Database
from ivr.services import callbacks, dialling, feedback, history, life, referrals, tickets, wrapup
from ivr.services.callbacks import CallbackError, Wanted
from ivr.services.dialling import News
from ivr.services.life import TicketError

DESK, UNIT = history.Author("zahra", "desk"), history.Author("reza", "unit")
STATUSES = ["queued", "initiated", "ringing", "in-progress", "answered", *sorted(dialling.OVER), "nonsense"]
OPERATORS = ("sara", "omid")
AUTHORS = [DESK, UNIT, history.CITIZEN, history.SYSTEM]
NUMBERS = [f"+98912000000{n}" for n in range(4)]
SOME = st.integers(0, 7)
TEXTS = st.sampled_from(["", "because"])
DISPOSITIONS = st.sampled_from([*wrapup.DISPOSITIONS, "nonsense"])
HEAD_START = timedelta(hours=1)


class Desk(RuleBasedStateMachine):
    """Citizens, operators, units, telephones and time, in any order."""

    database = desk = new_house = None

    @initialize()
    def open(self):
        """Begin a story in an empty house with two operators."""
        self.now = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
        self.database = Database(self.new_house())
        with self.database.transaction() as session:
            for name in OPERATORS:
                user = User(name=name, role="operator", password_hash="", created_at=self.now)
                user.telephone = f"client:{name}"
                session.add(user)
        for number in NUMBERS[:3]:
            self.report(number, "clean")
        for n in range(2):
            self._do(
                lambda s, n=n: referrals.answer(s, self.desk, self.now, self._some(s, Ticket, n), DESK, "done", "x")
            )
        self.look()

    def report(self, number, category):
        report = tickets.Report(category, "3", number)
        self._do(lambda s: tickets.open_ticket(s, self.desk, report, history.CITIZEN, self.now))

    def answer(self, n):
        def act(session):
            if ticket := self._some(session, Ticket, n):
                referrals.answer(session, self.desk, self.now, ticket, DESK, "done", "swept")

        self._do(act)

    def look(self):
        """Let the sweep look once."""

        def act(session):
            callbacks.return_expired(session, self.now, 50)
            dialling.tidy(session, self.desk, self.now, 50)
            feedback.owe(session, self.desk, self.now, 50)
            feedback.dial_due(session, self.desk, self.now)

        self._do(act)

    def _do(self, act):
        """Run one use case; what it refuses changes nothing."""
        try:
            with self.database.transaction() as session:
                return act(session)
        except (TicketError, CallbackError):
            return None

    def _user(self, session, who):
        return people.user_named(session, OPERATORS[who])

    def _some(self, session, table, n):
        rows = session.query(table).order_by(table.id).all()
        return rows[n % len(rows)] if rows else None

    # Time and citizens

    @rule(minutes=st.integers(1, 600))
    def time_goes_by(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(number=st.sampled_from(NUMBERS), urgent=st.booleans())
    def somebody_reports(self, number, urgent):
        self.report(number, "drain.flood" if urgent else "clean")

    @rule(number=st.sampled_from(NUMBERS), n=SOME, kind=st.sampled_from(["intake", "clarify"]))
    def somebody_wants_a_call(self, number, n, kind):
        self._do(
            lambda s: callbacks.request(s, self.desk, Wanted(number, kind, None, self._some(s, Ticket, n)), self.now)
        )

    # The desk and the units

    @rule(n=SOME, state=st.sampled_from(sorted(life.MOVES)), author=st.sampled_from(AUTHORS), text=TEXTS)
    def somebody_moves_a_ticket(self, n, state, author, text):
        def act(session):
            ticket = self._some(session, Ticket, n)
            if ticket is not None:
                before = ticket.state
                life.move(session, self.desk, self.now, ticket, author, state, text)
                assert author.actor in life.MOVES[before][state]

        self._do(act)

    @rule(n=SOME)
    def somebody_answers(self, n):
        self.answer(n)

    @rule(n=SOME, who=st.integers(0, 1))
    def an_operator_takes_the_next(self, n, who):
        def act(session):
            taken = callbacks.claim_next(session, self.desk, self._user(session, who), self.now)
            return taken and taken.id

        self._do(act)

    @rule(who=st.integers(0, 1))
    def an_operator_dials(self, who):
        def act(session):
            user = self._user(session, who)
            if held := queue.held_by(session, user.id):
                callbacks.dial(session, self.desk, held, user, self.now)

        self._do(act)

    @rule(who=st.integers(0, 1), disposition=DISPOSITIONS, solved=st.sampled_from(["", "yes", "no"]))
    def an_operator_wraps_up(self, who, disposition, solved):
        def act(session):
            user = self._user(session, who)
            if held := queue.held_by(session, user.id):
                again = self.now + timedelta(hours=1)
                wrapup.wrap_up(session, self.desk, held, user, self.now, wrapup.Result(disposition, "", again, solved))

        self._do(act)

    @rule(who=st.integers(0, 1))
    def an_operator_lets_go(self, who):
        def act(session):
            held = queue.held_by(session, self._user(session, who).id)
            if held and held.state in ("claimed", "wrap_up"):
                callbacks.release(session, held, self.now)

        self._do(act)

    # Telephones: in any order, as often as they like

    @rule(n=SOME, leg=st.sampled_from(["operator", "citizen"]), status=st.sampled_from(STATUSES))
    def a_telephone_reports(self, n, leg, status):
        def act(session):
            if attempt := self._some(session, Attempt, n):
                dialling.progress(session, self.desk, attempt.id, News(leg, status, "CA1", 10), self.now)

        self._do(act)

    @rule(n=SOME)
    def a_job_asks_the_provider(self, n):
        def act(session):
            if attempt := self._some(session, Attempt, n):
                dialling.begin(session, self.desk, attempt.id)

        self._do(act)

    @rule(n=SOME, solved=st.booleans())
    def a_citizen_says_whether_it_is_solved(self, n, solved):
        def act(session):
            callback = self._some(session, Callback, n)
            if callback is not None and callback.type == "feedback":
                before, round_before = callback.ticket.state, callback.ticket.answers
                moved = feedback.heard(session, self.desk, callback, self.now, solved=solved)
                if not moved:
                    assert callback.ticket.state == before
                else:
                    assert (before, round_before) == ("answered", callback.answer_no)

        self._do(act)

    @rule()
    def the_sweep_looks(self):
        self.look()

    # What is always so

    @invariant()
    def every_state_is_one_and_closed_means_closed(self):
        with self.database.reading() as session:
            for ticket in session.query(Ticket):
                assert ticket.state in life.MOVES
                assert (ticket.closed_at is not None) == (ticket.state in life.CLOSED)
                assert (ticket.clock_left is not None) == (ticket.state in life.STANDS_STILL or ticket.waits_for_place)
                assert ticket.feedback_due_at is None or ticket.state in life.TOLD
            for callback in session.query(Callback):
                assert callback.state in (*queue.WAITING, *queue.HELD, "done", "given_up")
                assert (callback.closed_at is not None) == (callback.state in ("done", "given_up"))
                assert callback.machine or (callback.claimed_by is not None) == (callback.state in queue.HELD)

    @invariant()
    def one_open_callback_per_number_and_one_in_each_hand(self):
        with self.database.reading() as session:
            numbers = [one.number for one in session.query(Callback).filter(Callback.closed_at.is_(None))]
            assert len(numbers) == len(set(numbers))
            hands = [one.claimed_by for one in queue.held(session)]
            assert len(hands) == len(set(hands))

    @invariant()
    def the_history_tells_every_move(self):
        with self.database.reading() as session:
            for ticket in session.query(Ticket):
                moves = list(
                    session.query(TicketEvent).filter_by(ticket_id=ticket.id, kind="state").order_by(TicketEvent.id)
                )
                assert all(event.new in life.MOVES[event.old] for event in moves)
                assert all(one.new == other.old for one, other in itertools.pairwise(moves))
                assert (moves[-1].new if moves else "new") == ticket.state

    @precondition(lambda self: getattr(self, "now", None))
    @invariant()
    def nobody_starves(self):
        """Whoever has waited longer than the head start of the urgent stands before all who came since."""
        with self.database.reading() as session:
            order = queue.waiting(session, 100)
            for place, one in enumerate(order):
                for later in order[place + 1 :]:
                    assert later.requested_at >= one.requested_at - HEAD_START

    def teardown(self):
        """At the end of every story the sweep brings back what vanished operators held: nothing is lost."""
        if self.database is None:
            return
        self.now = (self.now + timedelta(days=3)).replace(hour=8)
        for _ in range(3):
            self.look()
            self.now += timedelta(hours=1)
        with self.database.reading() as session:
            assert queue.held(session) == []
        self.database.close()


_houses = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_house(request, tmp_path):
    """Give the address of a new and empty database, each time it is asked."""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        return lambda: postgres.create(f"story_{next(_houses)}", "template_house")
    empty = tmp_path / "empty.db"
    migrate.upgrade(f"sqlite:///{empty}")

    def copy():
        house = tmp_path / f"story{next(_houses)}.db"
        shutil.copy(empty, house)
        return f"sqlite:///{house}"

    return copy


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # of the desk, which opens no database
def test_any_story_ends_well(database_url, desk, new_house):
    story = type("Story", (Desk,), {"desk": desk, "new_house": staticmethod(new_house)})
    many = settings(max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(story, settings=many)
