"""Histories written straight into the daily sums: what a forecast or a comparison learns from."""

from datetime import timedelta

from db.models import FigureDay, FigureState
from ivr.services.figures import days


def write(database, first, last, counts):
    """Write (subject, key, measure) -> n for each day; `counts` is asked for a day's."""
    with database.transaction() as session:
        day = first
        while day <= last:
            session.add(FigureState(day=day, stale=False))
            for (subject, key, measure), n in counts(day).items():
                fixed = {"day": day, "month": days.month_code(day), "weekday": day.weekday()}
                session.add(FigureDay(subject=subject, key=key, measure=measure, n=n, **fixed))
            day += timedelta(days=1)
