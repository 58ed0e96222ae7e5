"""Made-up weeks at the hotline, the same from the same seed: rows written straight into the tables."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from db.models import Attempt, Call, Callback, Ticket, User
from ivr.services.figures import rollup

TEHRAN = ZoneInfo("Asia/Tehran")
DISTRICTS = ["1", "2", "3", "4", "5", "6", "7", "8", "unknown"]
SUBJECTS = [
    ("clean", "district"),
    ("clean.road", "district"),
    ("waste.bin", "waste"),
    ("green.prune", "parks"),
    ("road.patch", "civil"),
]
STATES = [
    "new", "referred", "in_progress", "answered", "confirmed", "confirmed", "confirmed", "rejected",
    "closed_unconfirmed", "not_feasible", "out_of_scope", "duplicate",
]  # fmt: skip
DISPOSITIONS = ["information", "information", "report", "report", "follow_up", "voice", "", "abandoned:main"]
EDGES = [
    # Midnight in Tehran is half past eight in the evening before in Greenwich; Aban 1405 ends with 21 November 2026.
    datetime(2026, 11, 21, 20, 29, 59, 999999, tzinfo=UTC),
    datetime(2026, 11, 21, 20, 30, tzinfo=UTC),
    datetime(2026, 10, 22, 20, 29, 59, tzinfo=UTC),
    datetime(2026, 10, 22, 20, 30, tzinfo=UTC),
]


class Year:
    """Writes calls, tickets, callbacks and tries of many days."""

    def __init__(self, database, until, days=45, calls=14, seed=137):
        self.random, self.until = Random(seed), until
        self.ids = {"call": 0, "ticket": 0, "callback": 0}
        with database.transaction() as session:
            self.session = session
            self.users = [
                User(name=name, role="operator", password_hash="-", created_at=until) for name in ("sara", "omid")
            ]
            session.add_all(self.users)
            session.flush()
            for edge in EDGES:
                self.call(edge)
            for day in range(days):
                for _ in range(self.random.randint(calls // 2, calls)):
                    self.call(until - timedelta(days=day, minutes=self.random.randint(0, 1439)))

    def next(self, kind):
        self.ids[kind] += 1
        return self.ids[kind]

    def call(self, at):
        pick, n = self.random.choice, self.next("call")
        caller = None if self.random.random() < 0.1 else f"+98912000{self.random.randint(1, 60):04}"
        disposition = pick(DISPOSITIONS)
        keyed = {"district": pick(DISTRICTS), "category": "clean"} if self.random.random() < 0.3 else {}
        call = Call(
            sid=f"CA{n:032x}",
            account_sid="AC",
            flow="hotline_137",
            caller=caller,
            started_at=at,
            last_turn_at=at,
            ended_at=at + timedelta(minutes=2) if disposition else None,
            disposition=disposition,
            state={"node": "", "facts": {}},
            **keyed,
            direction="inbound" if self.random.random() < 0.95 else "outbound",
        )
        self.session.add(call)
        self.session.flush()
        ticket = self.ticket(call, at) if disposition in ("report", "voice") else None
        if self.random.random() < 0.3:
            self.callback(at, call, ticket)
        if ticket is not None and ticket.first_answered_at and self.random.random() < 0.8:
            self.feedback(ticket)

    def ticket(self, call, at):
        (category, unit), district = self.random.choice(SUBJECTS), self.random.choice(DISTRICTS)
        state, n = self.random.choice(STATES), self.next("ticket")
        due = at + timedelta(hours=self.random.choice([24, 72]))
        answered = at + timedelta(minutes=self.random.randint(10, 6000))
        was = state in ("answered", "confirmed", "closed_unconfirmed", "rejected")
        again = self.random.random() < 0.15
        ticket = Ticket(
            code=f"{n:010}",
            call_id=call.id,
            category=category,
            district=district,
            unit=unit,
            priority=self.random.choice(["urgent", "normal"]),
            state=state,
            caller=call.caller,
            opened_at=at,
            due_at=due,
            changed_at=at,
            first_answered_at=answered if was else None,
            answered_at=answered + timedelta(days=2 * again) if was else None,
            rejections=int(state == "rejected" or (was and again)),
            closed_at=answered if state not in ("new", "referred", "in_progress", "answered", "rejected") else None,
            clock_left=0 if state not in ("new", "referred", "in_progress", "rejected") else None,
            holder="" if state == "new" else self.random.choice(["district.3", "unit.parks", ""]),
        )
        self.session.add(ticket)
        self.session.flush()
        return ticket

    def callback(self, at, call, ticket):
        tries = self.random.randint(0, 3)
        state = self.random.choice(["done", "given_up"]) if tries else "queued"
        row = self._callback(
            at,
            type="intake",
            state=state,
            tries=tries,
            call_id=call.id if self.random.random() < 0.8 else None,
            ticket_id=ticket.id if ticket else None,
            disposition=("reached" if state == "done" else "no_answer") if tries else "",
            closed_at=at + timedelta(hours=9) if tries else None,
        )
        for n in range(1, tries + 1):
            begun = at + timedelta(minutes=self.random.randint(5, 180) * n)
            talked = n == tries and state == "done"
            attempt = Attempt(
                callback_id=row.id,
                n=n,
                user_id=self.random.choice(self.users).id,
                telephone="101",
                state="ended",
                created_at=begun,
                ended_at=begun + timedelta(seconds=90),
                wrapped_at=begun + timedelta(seconds=150) if talked else None,
                seconds=80 if talked else None,
            )
            self.session.add(attempt)

    def feedback(self, ticket):
        outcome = self.random.choice(["confirmed", "confirmed", "rejected", "unreachable", ""])
        self._callback(
            ticket.answered_at,
            type="feedback",
            machine=self.random.random() < 0.9,
            state="done" if outcome else "queued",
            outcome=outcome,
            ticket_id=ticket.id,
            tries=self.random.randint(0, 3),
            closed_at=ticket.answered_at + timedelta(hours=1) if outcome else None,
        )

    def _callback(self, at, **given):
        n = self.next("callback")
        number = f"+98919{n:07}"
        promised = at + timedelta(hours=1)
        row = Callback(number=number, requested_at=at, rank_at=at, due_at=at, promised_at=promised, **given)
        self.session.add(row)
        self.session.flush()
        return row


def count(database, desk, now):
    """Bring the daily sums up to date, as the sweep does."""
    with database.transaction() as session:
        rollup.look(session, desk, now)
        while rollup.renew_next(session, desk, now):
            pass
