"""What the first page says beside the figures: day by day, why calls ended, where they were given up, who worked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from db.queries.figures import sums
from db.session import Session
from ivr.services.figures.days import Period

OF_CALLS = "d_"
SECONDS_AN_HOUR = 3600


@dataclass(frozen=True)
class Load:
    """What one operator did: tries, talks, hours of talking and writing down, seconds for each talk."""

    name: str
    tries: int
    talks: int
    hours: float
    seconds_each: float | None


def daily(session: Session, period: Period) -> Mapping[str, list[int]]:
    """Give calls and reports of each day."""
    wanted = ("calls", "reports")
    found = sums.by_day(session, "all", period.first, period.last, wanted)
    return {measure: [found.get((day, "", measure), 0) for day in period] for measure in wanted}


def dispositions(measures: Mapping[str, int]) -> list[tuple[str, int]]:
    """List what came of calls, most frequent first."""
    found = [(name.removeprefix(OF_CALLS), n) for name, n in measures.items() if name.startswith(OF_CALLS)]
    return sorted(found, key=lambda one: -one[1])


def left_at(session: Session, period: Period) -> list[tuple[str, int]]:
    """List where in the menu callers gave up, most frequent first."""
    found = sums.totals(session, "node", period.first, period.last)
    return sorted(((node, n) for (node, _), n in found.items()), key=lambda one: -one[1])


def loads(session: Session, period: Period) -> list[Load]:
    """List what each operator did, by name."""
    found = sums.totals(session, "operator", period.first, period.last)
    return [_load(name, {measure: n for (who, measure), n in found.items() if who == name}) for name in _names(found)]


def _names(found: Mapping[tuple[str, str], int]) -> list[str]:
    return sorted({name for name, _ in found})


def _load(name: str, of: Mapping[str, int]) -> Load:
    busy, talks = of.get("op_seconds", 0) + of.get("op_wrap", 0), of.get("op_talks", 0)
    return Load(name, of.get("op_tries", 0), talks, busy / SECONDS_AN_HOUR, busy / talks if talks else None)


def first_day(session: Session) -> date | None:
    return sums.first_day(session)
