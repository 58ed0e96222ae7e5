"""A unit that answers, a hotline that calls, and citizens who pick up or do not."""

from db.models import Attempt
from db.queries import tickets as rows
from ivr import jobs as work
from ivr.services import history, referrals
from tests.caller import Caller

RE1, RE2 = "RE" + "1" * 32, "RE" + "2" * 32
CITY = "+982537137000"
UNIT = history.Author("reza", "unit")
DESK = history.Author("zahra", "desk")


def outgoing_sid(n):
    """Name the nth call that the hotline makes; callers' own calls count from one."""
    return f"CA{0x0137 << 64 | n:032x}"


class Exchange:
    """Places calls: keeps whom it was asked to ring."""

    account_sid = "AC137"

    def __init__(self):
        self.asked = []

    def call(self, outgoing):
        self.asked.append(outgoing)
        return outgoing_sid(len(self.asked))


class City:
    """A unit that answers, the hotline that calls, and citizens who pick up or do not."""

    def __init__(self, line, office, clock):
        self.line, self.office, self.clock = line, office, clock
        self.database, self.desk = office.database, office.desk

    def report(self, number="+989121234567", recording=RE1):
        caller = self.line.dials(number).presses("1").presses("1").presses("3").speaks(recording).presses("1")
        caller.hangs_up()
        return self.line.rows("tickets")[-1]["code"]

    def answer(self, code, kind="done"):
        with self.database.transaction() as session:
            ticket = rows.by_code(session, code, lock=True)
            if ticket.state in ("new", "rejected"):
                referrals.refer(session, self.desk, self.clock(), ticket, DESK, "district.3", "")
            referrals.answer(session, self.desk, self.clock(), ticket, UNIT, kind, "swept this morning")

    def sweep(self):
        """Let the sweep look, and the worker ring whom it found."""
        before = len(self.office.telephony.asked)
        work.sweep(self.office, self.clock())
        with self.database.reading() as session:
            waiting = [one.id for one in session.query(Attempt).filter_by(state="committed")]
        for attempt in waiting:
            work.dial_from(self.office, attempt)
        return self.office.telephony.asked[before:]

    def rings(self):
        """Expect the hotline to ring one citizen; give their telephone."""
        (asked,) = self.sweep()
        return Citizen(self.line, asked, outgoing_sid(len(self.office.telephony.asked)))

    def ticket(self, code):
        with self.database.reading() as session:
            found = rows.by_code(session, code)
            _ = [(event.kind, event.new) for event in found.history]
            session.expunge_all()
            return found

    def states(self, code):
        return [event.new for event in self.ticket(code).history if event.kind == "state"]


class Citizen(Caller):
    """A telephone that the hotline rings."""

    def __init__(self, line, asked, sid):
        super().__init__(line, asked.to, sid)
        self.asked = asked

    def picks_up(self, **said):
        return self.request(self.asked.url, CallStatus="in-progress", **said)

    def ends(self, status="completed", **said):
        self.line.post(self.asked.status_url, self.form(CallStatus=status, CallDuration="20", **said))
        return self
