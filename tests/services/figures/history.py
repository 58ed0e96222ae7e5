"""Histories written straight into the daily sums: what a forecast or a comparison learns from."""

from datetime import timedelta

from db.models import FigureDay, FigureState


def write(database, first, last, counts):
    """Write (subject, key, measure) -> n for each day; `counts` is asked for a day's."""
    with database.transaction() as session:
        day = first
        while day <= last:
            session.add(FigureState(day=day, stale=False))
            for (subject, key, measure), n in counts(day).items():
                session.add(FigureDay(subject=subject, day=day, key=key, measure=measure, n=n))
            day += timedelta(days=1)
