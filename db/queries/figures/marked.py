"""Days marked by hand."""

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.models import MarkedDay


def between(session: Session, first: date, last: date) -> list[MarkedDay]:
    query = select(MarkedDay).where(MarkedDay.day.between(first, last))
    return list(session.scalars(query.order_by(MarkedDay.day.desc())))


def put(session: Session, marked: MarkedDay) -> None:
    """Mark a day, in the place of what it was marked as before."""
    session.merge(marked)


def remove(session: Session, day: date) -> None:
    session.execute(delete(MarkedDay).where(MarkedDay.day == day))
