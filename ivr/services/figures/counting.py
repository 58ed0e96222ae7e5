"""One day's rows, counted: every measure that figures are made of, by whatever they are shown by."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ivr.services.figures import days

AGAIN_WITHIN = timedelta(days=7)
UNKNOWN = "unknown"
NOT_OWED = frozenset({"duplicate", "out_of_scope", "not_feasible"})
HALF_HOUR = timedelta(minutes=30)


class Count:
    """Counts measures of one local day under every subject at once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.counted: Counter[tuple[str, str, str]] = Counter()
        self.spans: Counter[tuple[int, str, str, str, str, int]] = Counter()

    def add(self, row: Any, moment: datetime, measures: Iterable[str]) -> None:
        """Count each measure once: for all, for the half hour, and for the row's place and subject."""
        keys = self._keys(row, moment)
        for measure in measures:
            for subject, key in keys:
                self.counted[subject, key, measure] += 1

    def more(self, row: Any, moment: datetime, measure: str, n: int) -> None:
        for subject, key in self._keys(row, moment):
            self.counted[subject, key, measure] += n

    def _keys(self, row: Any, moment: datetime) -> tuple[tuple[str, str], ...]:
        place = place_of(row)
        slot = str(days.slot(moment.astimezone(self.zone)))
        named = zip(("district", "category", "unit"), place, strict=True)
        return (("all", ""), ("slot", slot), *named, ("place", f"{place[0]}/{place[1]}"))

    def span(self, row: Any, what: str, length: timedelta) -> None:
        """Count a length in half hours."""
        district, category, unit = place_of(row)
        hour = row.opened_at.astimezone(self.zone).hour
        self.spans[hour, district, category, unit, what, max(0, length // HALF_HOUR)] += 1

    def span_rows(self, day: date) -> list[dict[str, Any]]:
        fixed = {"day": day, "month": days.month_code(day), "weekday": day.weekday()}
        names = ("hour", "district", "category", "unit", "what", "halves")
        return [{**fixed, **dict(zip(names, key, strict=True)), "n": n} for key, n in self.spans.items()]


def place_of(row: Any) -> tuple[str, str, str]:
    """Give district, first-level subject, and who is to answer."""
    district = row.district or UNKNOWN
    category = (row.category or UNKNOWN).partition(".")[0]
    if row.holder:
        return district, category, row.holder
    if row.unit == "district":
        return district, category, f"district.{district}"
    return district, category, f"unit.{row.unit}" if row.unit else UNKNOWN


def calls(count: Count, rows: Iterable[Any], earlier: Iterable[Any]) -> None:
    """Count calls in: what came of each, where it was given up, and whether the same number had called lately."""
    last: dict[str, datetime] = {}
    for row in earlier:
        last[row.caller] = max(last.get(row.caller, row.started_at), row.started_at)
    for row in rows:
        kind, _, node = row.disposition.partition(":")
        measures = ["calls", f"d_{kind}"]
        if row.caller:
            measures.append("known")
            before = last.get(row.caller)
            if before is not None and row.started_at - before <= AGAIN_WITHIN:
                measures.append("repeat")
            last[row.caller] = row.started_at
        count.add(row, row.started_at, measures)
        if kind == "abandoned":
            count.counted["node", node, "d_abandoned"] += 1


def tickets(count: Count, rows: Iterable[Any]) -> None:
    """Count reports: how each stands, whether it was answered, in time, and again."""
    for row in rows:
        count.add(row, row.opened_at, _ticket_measures(row))
        settled = settled_at(row)
        if settled is not None:
            count.span(row, "first", settled - row.opened_at)
        if row.state == "confirmed" and row.answered_at is not None:
            count.span(row, "solved", row.answered_at - row.opened_at)


def _ticket_measures(row: Any) -> list[str]:
    measures = ["reports", f"s_{row.state}"]
    if row.priority == "urgent":
        measures.append("urgent")
    if row.state not in NOT_OWED:
        measures.append("owed")
        measures += ["answered"] * (row.first_answered_at is not None)
        measures += ["reopened"] * (row.rejections > 0)
    settled = settled_at(row)
    if settled is not None:
        measures += ["settled", "in_time"] if settled <= row.due_at else ["settled"]
    return measures


def settled_at(row: Any) -> datetime | None:
    """Say when somebody first answered, or decided that it cannot or need not be done; a repeat has no time."""
    if row.state == "duplicate":
        return None
    if row.first_answered_at is None and row.state in NOT_OWED:
        moment: datetime | None = row.closed_at
        return moment
    answered: datetime | None = row.first_answered_at
    return answered


def callbacks(count: Count, rows: Iterable[Any]) -> None:
    """Count calls that the city owed: promised to callers, tried, reached; and what citizens said of answers."""
    for row in rows:
        measures = _promise_measures(row)
        if row.type == "feedback" and row.outcome:
            measures += ["fb", f"fb_{row.outcome}"]
        count.add(row, row.requested_at, measures)
        if row.tries and not row.machine:
            count.more(row, row.requested_at, "cb_tries", row.tries)


def _promise_measures(row: Any) -> list[str]:
    if row.machine:
        return []
    measures = ["cb", *["cb_ended"] * bool(row.disposition and row.closed_at)]
    measures += ["cb_reached"] * bool(row.closed_at and row.disposition == "reached")
    measures += ["cb_given_up"] * (row.state == "given_up")
    measures += ["cb_tried"] * bool(row.tries)
    if row.call_id is not None:
        measures.append("cb_promised")
        if row.first is not None:
            measures += ["cb_called", "cb_kept"] if row.first <= row.promised_at else ["cb_called"]
    return measures


def attempts(count: Count, rows: Iterable[Any]) -> None:
    """Count operators' tries, their talks, and the seconds of talking and of writing down."""
    for row in rows:
        for subject, key in (("operator", row.name), ("all", "")):
            count.counted[subject, key, "op_tries"] += 1
            if row.seconds:
                count.counted[subject, key, "op_talks"] += 1
                count.counted[subject, key, "op_seconds"] += row.seconds
            if row.wrapped_at and row.ended_at and row.wrapped_at > row.ended_at:
                count.counted[subject, key, "op_wrap"] += int((row.wrapped_at - row.ended_at).total_seconds())
