"""The daily sums: written a day at a time, read over any stretch of days."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from db.models import FigureDay, FigureSpan, FigureState
from db.session import insert_once

Counted = Mapping[tuple[str, str, str], int]
BY = {
    "district": FigureSpan.district,
    "category": FigureSpan.category,
    "unit": FigureSpan.unit,
    "hour": FigureSpan.hour,
    "weekday": FigureSpan.weekday,
    "month": FigureSpan.month,
}


def replace(
    session: Session, day: date, month: int, counted: Counted, spans: list[dict[str, Any]], now: datetime
) -> None:
    """Put a day's sums in the place of those it had."""
    session.execute(delete(FigureDay).where(FigureDay.day == day))
    session.execute(delete(FigureSpan).where(FigureSpan.day == day))
    fixed = {"day": day, "month": month, "weekday": day.weekday()}
    rows = [
        {**fixed, "subject": subject, "key": key, "measure": measure, "n": n}
        for (subject, key, measure), n in counted.items()
        if n
    ]
    if rows:
        session.execute(insert(FigureDay), rows)
    if spans:
        session.execute(insert(FigureSpan), spans)
    session.merge(FigureState(day=day, stale=False, renewed_at=now))
    session.flush()


def make_stale(session: Session, days: Iterable[date]) -> None:
    """Note which days have changed."""
    wanted = sorted(set(days))
    known = set(session.scalars(select(FigureState.day).where(FigureState.day.in_(wanted)))) if wanted else set()
    if known:
        session.execute(update(FigureState).where(FigureState.day.in_(known)).values(stale=True))
    for day in wanted:
        if day not in known:
            insert_once(session, FigureState(day=day, stale=True))


def stale(session: Session, limit: int) -> list[date]:
    """List days that have changed, newest first."""
    query = select(FigureState.day).where(FigureState.stale).order_by(FigureState.day.desc())
    return list(session.scalars(query.limit(limit)))


def stale_between(session: Session, first: date, last: date) -> int:
    query = select(func.count(FigureState.day)).where(FigureState.stale, FigureState.day.between(first, last))
    return session.scalars(query).one()


def renewed_at(session: Session, first: date, last: date) -> datetime | None:
    """Say when a stretch of days was last summed up."""
    query = select(func.max(FigureState.renewed_at)).where(FigureState.day.between(first, last))
    return session.scalar(query)


def first_day(session: Session) -> date | None:
    return session.scalar(select(func.min(FigureDay.day)).where(FigureDay.subject == "all"))


def totals(session: Session, subject: str, first: date, last: date) -> dict[tuple[str, str], int]:
    """Sum a subject's measures over days: (key, measure) -> n."""
    query = (
        select(FigureDay.key, FigureDay.measure, func.sum(FigureDay.n))
        .where(FigureDay.subject == subject, FigureDay.day.between(first, last))
        .group_by(FigureDay.key, FigureDay.measure)
    )
    return {(key, measure): int(n) for key, measure, n in session.execute(query)}


def totals_by(session: Session, part: str, first: date, last: date) -> dict[tuple[str, str], int]:
    """Sum the measures of everything by "month" or "weekday": (month, measure) -> n."""
    column = {"month": FigureDay.month, "weekday": FigureDay.weekday}[part]
    query = (
        select(column, FigureDay.measure, func.sum(FigureDay.n))
        .where(FigureDay.subject == "all", FigureDay.day.between(first, last))
        .group_by(column, FigureDay.measure)
    )
    return {(str(key), measure): int(n) for key, measure, n in session.execute(query)}


def by_day(
    session: Session, subject: str, first: date, last: date, measures: Iterable[str] | None = None
) -> dict[tuple[date, str, str], int]:
    """Give a subject's measures day by day: (day, key, measure) -> n."""
    query = select(FigureDay.day, FigureDay.key, FigureDay.measure, FigureDay.n).where(
        FigureDay.subject == subject, FigureDay.day.between(first, last)
    )
    if measures is not None:
        query = query.where(FigureDay.measure.in_(list(measures)))
    return {(day, key, measure): n for day, key, measure, n in session.execute(query)}


def spans(session: Session, what: str, by: str, first: date, last: date) -> dict[str, dict[int, int]]:
    """Give how many tickets took how many half hours: key -> half hours -> n; "all" has the key ""."""
    wanted = (FigureSpan.what == what, FigureSpan.day.between(first, last))
    found: dict[str, dict[int, int]] = {}
    if by == "all":
        query = select(FigureSpan.halves, func.sum(FigureSpan.n)).where(*wanted).group_by(FigureSpan.halves)
        return {"": {halves: int(n) for halves, n in session.execute(query)}}
    column = BY[by]
    grouped = select(column, FigureSpan.halves, func.sum(FigureSpan.n)).where(*wanted)
    for key, halves, n in session.execute(grouped.group_by(column, FigureSpan.halves)):
        found.setdefault(str(key), {})[halves] = int(n)
    return found
