"""What telephones report comes in any order and as often as it likes: in the end the same is written down."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.models import Attempt, Ticket, User
from db.queries import calls, recordings
from ivr.services import callbacks, dialling
from ivr.services.callbacks import Wanted
from tests.longer import times

EXAMPLES = times(30, 1000)
_numbers = itertools.count(1)
ANY_ORDER = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


def orders(news, most=3):
    """Give every order of these, each up to so many times."""
    copies = st.tuples(*(st.integers(1, most) for _ in news))
    return copies.flatmap(
        lambda many: st.permutations([one for one, n in zip(news, many, strict=True) for _ in range(n)])
    )


class Reporting:
    """A call in which somebody speaks twice, and its news by name."""

    def __init__(self, line):
        self.call = line.dials(f"+98912{next(_numbers):07}", answered=False)
        self.first, self.second = (f"RE{next(_numbers):032x}" for _ in range(2))
        self.turns = [
            self.call.answer,
            *(lambda keys=keys: self.call.presses(keys) for keys in ("1", "3", "3")),
            lambda: self.call.speaks(self.first),
            lambda: self.call.presses("2"),
            lambda: self.call.speaks(self.second),
            *(lambda keys=keys: self.call.presses(keys) for keys in ("1", "1")),
        ]
        self.news = {
            "ringing": lambda: self.status("ringing"),
            "in-progress": lambda: self.status("in-progress"),
            "first": lambda: self.call.reports(self.first),
            "second": lambda: self.call.reports(self.second),
            "completed": self.call.hangs_up,
        }

    def status(self, said):
        return self.call.line.post("http://hotline.test/voice/status", self.call.form(CallStatus=said))

    def left(self, database):
        """Say what is written down of it, by the names of its voices."""
        names = {self.first: "first", self.second: "second"}
        with database.reading() as session:
            call = calls.find(session, self.call.sid)
            turns = [(turn.n, turn.keys, turn.node) for turn in call.turns]
            voices = [
                (names[sid], row.state, row.replaced, row.kind, row.ticket_id is not None)
                for sid in names
                for row in [recordings.find(session, sid)]
            ]
            tickets = [
                (one.category, one.district, len(one.recordings))
                for one in session.query(Ticket).filter_by(call_id=call.id)
            ]
            return call.status, call.disposition, turns, voices, tickets


@pytest.fixture
def as_usual(line, database):
    """What a call leaves whose news comes in order, and once."""
    usual = Reporting(line)
    for act in (*usual.turns, *usual.news.values()):
        act()
    return usual.left(database)


EARLY = ["ringing", "in-progress", "first", "second"]


@ANY_ORDER
@given(data=st.data(), order=orders([*EARLY, "completed"]))
def test_a_call_is_written_down_the_same(line, database, as_usual, data, order):
    """Check 4: what comes before the call's end may come between any two turns, too."""
    one = Reporting(line)
    known = order.index("completed")
    places = sorted(data.draw(st.lists(st.integers(0, len(one.turns)), min_size=known, max_size=known)))
    for n, turn in enumerate(one.turns):
        for name, place in zip(order, places, strict=False):
            if place == n:
                one.news[name]()
        turn()
    for name, place in itertools.zip_longest(order, places, fillvalue=len(one.turns)):
        if place == len(one.turns):
            one.news[name]()
    assert one.left(database) == as_usual


class Trying:
    """A callback that is being dialled, with what both telephones report."""

    NEWS = tuple(itertools.product(("operator", "citizen"), ("initiated", "ringing", "in-progress", "completed")))

    def __init__(self, line, database, desk, now):
        self.line, n = line, next(_numbers)
        with database.transaction() as session:
            user = User(name=f"operator{n}", role="operator", password_hash="", created_at=now, telephone="client:sara")
            session.add(user)
            session.flush()
            callbacks.request(session, desk, Wanted(f"+98935{n:07}", "intake", None, None), now)
            self.attempt = callbacks.dial(session, desk, callbacks.claim_next(session, desk, user, now), user, now).id
        with database.transaction() as session:
            dialling.begin(session, desk, self.attempt)
            dialling.asked(session, self.attempt, line.desk.config.twilio.account_sid, f"CA{n:032x}")
        self.sids = {"operator": f"CA{n:032x}", "citizen": f"CA{next(_numbers):032x}"}

    def tells(self, leg, status):
        account = self.line.desk.config.twilio.account_sid
        form = {"CallSid": self.sids[leg], "AccountSid": account, "CallStatus": status, "CallDuration": "30"}
        where = f"attempt={self.attempt}&leg=citizen" if leg == "citizen" else f"attempt={self.attempt}"
        assert self.line.post(f"http://hotline.test/voice/status?{where}", form).status_code == 204

    def left(self, database):
        with database.reading() as session:
            found = session.get(Attempt, self.attempt)
            return found.state, found.status, found.citizen_status, found.seconds, found.callback.state


@ANY_ORDER
@given(order=orders(Trying.NEWS, most=2))
def test_a_try_is_written_down_the_same(line, database, desk, clock, order):
    one = Trying(line, database, desk, clock())
    for leg, status in order:
        one.tells(leg, status)
    assert one.left(database) == ("ended", "completed", "completed", 30, "wrap_up")
    with database.transaction() as session:  # so that the next is not the same again
        callbacks.end(session.get(Attempt, one.attempt).callback, clock(), "done", "")
