"""Every figure once more, by the plainest means: all rows in memory, one question after the other."""

import math
from datetime import timedelta

from db.models import Attempt, Call, Callback, Ticket
from ivr import persian
from tests.year import TEHRAN


class Naive:
    """Holds every row; asks each figure of those rows that a key is about."""

    def __init__(self, session, first, last, now):
        self.now = now
        local = lambda moment: moment.astimezone(TEHRAN)  # noqa: E731
        self.local = local
        within = lambda moment: first <= local(moment).date() <= last  # noqa: E731
        inbound = [call for call in session.query(Call) if call.direction == "inbound"]
        self.all_calls = inbound
        tickets = session.query(Ticket).all()
        self.of_call = {ticket.call_id: ticket for ticket in tickets}
        self.calls = [call for call in inbound if within(call.started_at)]
        self.tickets = [ticket for ticket in tickets if within(ticket.opened_at)]
        self.callbacks = [one for one in session.query(Callback) if within(one.requested_at)]
        self.first_try = {}
        for attempt in session.query(Attempt):
            known = self.first_try.get(attempt.callback_id, attempt.created_at)
            self.first_try[attempt.callback_id] = min(known, attempt.created_at)

    def key(self, by, row):
        """Say under which key a row stands."""
        kind = type(row).__name__
        moment = {"Call": "started_at", "Ticket": "opened_at", "Callback": "requested_at"}[kind]
        at = self.local(getattr(row, moment))
        if by == "hour":
            return str(at.hour)
        if by == "weekday":
            return str(at.weekday())
        if by == "month":
            year, month, _ = persian.jalali_date(at.date())
            return f"{year}{month:02}"
        ticket = row if kind == "Ticket" else self.of_call.get(row.id) if kind == "Call" else row.ticket
        place = ticket or (row if kind == "Call" else None)
        if by == "district":
            return (place.district if place else "") or "unknown"
        if by == "category":
            return ((place.category if place else "") or "unknown").split(".")[0]
        return self.responsible(ticket)

    def responsible(self, ticket):
        if ticket is None:
            return "unknown"
        if ticket.holder:
            return ticket.holder
        return f"district.{ticket.district}" if ticket.unit == "district" else f"unit.{ticket.unit}"

    def figures(self, by=None, key=None):
        """Give every figure: (numerator, denominator) of shares, a number of the others; None for nothing."""
        mine = lambda rows: [row for row in rows if by is None or self.key(by, row) == key]  # noqa: E731
        calls, tickets, callbacks = mine(self.calls), mine(self.tickets), mine(self.callbacks)
        return {**self.of_calls(calls), **self.of_tickets(tickets), **self.of_callbacks(callbacks)}

    def of_calls(self, calls):
        known = [call for call in calls if call.caller]
        return {
            "calls": len(calls),
            "information_share": (sum(call.disposition == "information" for call in calls), len(calls)),
            "abandoned_share": (sum(call.disposition.startswith("abandoned:") for call in calls), len(calls)),
            "repeat_share": (sum(self.is_repeat(call) for call in known), len(known)),
        }

    def is_repeat(self, call):
        """Say whether the same number called in the seven days before."""
        return any(
            other.caller == call.caller
            and (other.started_at, other.id) < (call.started_at, call.id)
            and call.started_at - other.started_at <= timedelta(days=7)
            for other in self.all_calls
        )

    def settled(self, ticket):
        if ticket.state == "duplicate":
            return None
        if ticket.first_answered_at:
            return ticket.first_answered_at
        return ticket.closed_at if ticket.state in ("out_of_scope", "not_feasible") else None

    def of_tickets(self, tickets):
        settled = [one for one in tickets if self.settled(one)]
        overdue = [
            one
            for one in tickets
            if not one.closed_at and not one.first_answered_at and one.clock_left is None and one.due_at < self.now
        ]
        owed = [one for one in tickets if one.state not in ("duplicate", "out_of_scope", "not_feasible")]
        answered = [one for one in owed if one.first_answered_at]
        share = lambda state: (sum(one.state == state for one in answered), len(answered))  # noqa: E731
        first = [(self.settled(one) - one.opened_at).total_seconds() for one in settled]
        solved = [(one.answered_at - one.opened_at).total_seconds() for one in tickets if one.state == "confirmed"]
        return {
            "reports": len(tickets),
            "first_median": at_least(first, 0.5),
            "first_p90": at_least(first, 0.9),
            "solved_median": at_least(solved, 0.5),
            "solved_p90": at_least(solved, 0.9),
            "in_time": (sum(self.settled(one) <= one.due_at for one in settled), len(settled) + len(overdue)),
            "answered_share": (len(answered), len(owed)),
            "confirmed_share": share("confirmed"),
            "unreachable_share": share("closed_unconfirmed"),
            "unasked_share": share("answered"),
            "reopened_share": (sum(one.rejections > 0 for one in answered), len(answered)),
        }

    def of_callbacks(self, callbacks):
        people = [one for one in callbacks if not one.machine]
        promised = [one for one in people if one.call_id is not None]
        called = [one for one in promised if one.id in self.first_try]
        late = [one for one in promised if not one.closed_at and not one.tries and one.promised_at < self.now]
        ended = [one for one in people if one.closed_at and one.disposition]
        tried = [one for one in people if one.tries]
        said = [one.outcome for one in callbacks if one.type == "feedback" and one.outcome in ("confirmed", "rejected")]
        return {
            "satisfaction": (said.count("confirmed"), len(said)),
            "cb_promised": len(promised),
            "cb_reached_share": (sum(one.disposition == "reached" for one in ended), len(ended)),
            "cb_tries_mean": (sum(one.tries for one in tried), len(tried)),
            "cb_kept_share": (
                sum(self.first_try[one.id] <= one.promised_at for one in called),
                len(called) + len(late),
            ),
        }


def at_least(seconds, share):
    """Give the length in half hours, as hours, within which such a share was done."""
    if not seconds:
        return None
    return sorted(int(one // 1800) for one in seconds)[math.ceil(share * len(seconds)) - 1] / 2
