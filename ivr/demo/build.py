"""A year of a city's calls, made up: the same from the same seed."""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from db.models import Ticket
from db.queries import bulk
from db.session import Session
from ivr.demo import callers, people, promises, seasons
from ivr.demo.callers import Rings
from ivr.demo.lives import Life
from ivr.demo.office import OfficeClock
from ivr.demo.promises import Promise
from ivr.demo.seasons import BY_HOUR, Day
from ivr.demo.town import DAY, TABLES, Rows, Town
from ivr.demo.voices import Voices
from ivr.services.desk import Desk

MONTH = timedelta(days=30.44)
OVER_BY_THEN = 900  # the last call begins so many seconds before the end
SETTLED = 2 * DAY  # repeats of a report are looked for so long
REPEATS = 0.05
CHUNK = 10_000


class NotEmpty(Exception):
    """There are calls already: a demonstration would hide among them."""


@dataclass(frozen=True)
class Plan:
    """What is to be built; `end` is the moment after which nothing has happened yet."""

    months: int
    per_month: int
    seed: int
    end: datetime
    voice_days: int


def build(session: Session, desk: Desk, plan: Plan, say: Callable[[int, int], object]) -> str:
    """Fill an empty database; give the one-time password of everybody in it. Raises NotEmpty."""
    if bulk.has_calls(session):
        raise NotEmpty
    bulk.prepare(session)
    first = plan.end - MONTH * plan.months
    operators, supervisors, password = people.hire(session, desk.catalogue, first)
    rng, end = random.Random(plan.seed), plan.end.timestamp()  # noqa: S311  # chance that can be repeated, no secret
    office = OfficeClock(desk.office, first, plan.end)
    rows = Rows(session)
    voices = Voices(desk, rows, random.Random(plan.seed + 1), end, plan.voice_days)  # noqa: S311
    town = Town(desk, rng, rows, office, operators, supervisors, end, voices)
    total, done = plan.months * plan.per_month, 0
    waiting: deque[Life] = deque()
    for day, begins in _calls(town, plan, first):
        _live(waiting, begins - SETTLED)
        _go_on(town, callers.ring(town, day, begins), waiting)
        done += 1
        if done % CHUNK == 0:
            town.rows.flush()
            say(done, total)
    _live(waiting, end)
    town.rows.flush()
    bulk.follow_tickets(session)
    bulk.finish(session, TABLES)
    say(done, total)
    return password


def _calls(town: Town, plan: Plan, first: datetime) -> Iterator[tuple[Day, float]]:
    """Give the moments of all calls in order, more of them on busy days and at busy hours."""
    local = town.desk.local
    days = seasons.year(town.rng, local(first).date(), local(plan.end).date(), town.desk.config.hotline.region)
    shares = list(accumulate(day.share * _part(town, day, plan) for day in days))
    wanted = plan.months * plan.per_month
    upto = [round(wanted * share / shares[-1]) for share in shares]
    for day, before, after in zip(days, [0, *upto], upto, strict=False):
        midnight = datetime(day.date.year, day.date.month, day.date.day, tzinfo=town.desk.zone).timestamp()
        yield from ((day, begins) for begins in sorted(_moments(town, midnight, after - before)))


def _moments(town: Town, midnight: float, number: int) -> Iterator[float]:
    latest = town.end - OVER_BY_THEN
    for hour in town.rng.choices(range(24), BY_HOUR, k=number):
        begins = midnight + hour * 3600 + town.rng.random() * 3600
        while begins > latest:
            begins = midnight + town.rng.random() * max(60.0, latest - midnight)
        yield begins


def _part(town: Town, day: Day, plan: Plan) -> float:
    """Say how much of a day's calls have come by the end."""
    end = town.desk.local(plan.end)
    return sum(BY_HOUR[: end.hour]) / sum(BY_HOUR) if day.date == end.date() else 1.0


def _live(waiting: deque[Life], until: float) -> None:
    while waiting and waiting[0].opened <= until:
        waiting.popleft().live()


def _go_on(town: Town, rings: Rings, waiting: deque[Life]) -> None:
    """Let a call lead to what it leads to: a ticket, or a callback alone."""
    if rings.wanted in ("report", "voice"):
        facts = rings.way.facts
        ticket = town.rows.new_id(Ticket)
        life = Life(town, rings, ticket, rings.rung.times[-1] + 1, facts["district"], facts["category"])
        if rings.wanted == "report" and town.chance(REPEATS):
            _join(life, waiting)
        waiting.append(life)
    elif rings.asks and rings.number:
        kind = "intake" if rings.wanted == "callback" else "clarify"
        promises.keep(town, Promise(kind, rings.number, rings.rung.ends, call_id=rings.rung.id), 1.0)


def _join(life: Life, waiting: deque[Life]) -> None:
    """Find a ticket of the last days about the same, if there is one."""
    about = (life.category, life.district)
    alike = next((one for one in waiting if (one.category, one.district) == about and one.main is None), None)
    if alike is not None and life.district != "unknown":
        life.repeats(alike)
