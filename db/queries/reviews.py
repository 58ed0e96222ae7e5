"""Grades: of a call, of an operator, and talks that nobody graded yet."""

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, selectinload

from db.models import Call, Recording, Review, User


def of_call(session: Session, call_id: int) -> list[Review]:
    return list(session.scalars(select(Review).where(Review.call_id == call_id).order_by(Review.id)))


def by(session: Session, call_id: int, reviewer_id: int) -> Review | None:
    return session.scalar(select(Review).where(Review.call_id == call_id, Review.reviewer_id == reviewer_id))


def newest(session: Session, about: int | None, limit: int) -> list[Review]:
    """List the newest grades, of one operator or of all."""
    query = select(Review).options(selectinload(Review.remarks))
    if about is not None:
        query = query.where(Review.about == about)
    return list(session.scalars(query.order_by(Review.id.desc()).limit(limit)))


def ungraded(session: Session, operator_id: int, since: datetime, number: int) -> list[Call]:
    """Draw some of an operator's talks by chance: with a voice that can be heard, and graded by nobody."""
    talks = select(Call).where(
        Call.handled_by == operator_id,
        Call.started_at >= since,
        exists().where(Recording.call_id == Call.id, Recording.state == "stored"),
        ~exists().where(Review.call_id == Call.id),
    )
    return list(session.scalars(talks.order_by(func.random()).limit(number)))


def summary(session: Session, since: datetime) -> list[tuple[User, int, float, int]]:
    """Give for each operator how many grades there are, their mean, and how many passed."""
    passed = func.count(Review.id).filter(Review.passed)
    query = select(User, func.count(Review.id), func.avg(Review.score), passed).join(Review, Review.about == User.id)
    rows = session.execute(query.where(Review.at >= since).group_by(User.id).order_by(User.name))
    return [(user, count, float(mean), good) for user, count, mean, good in rows]


def staff(session: Session, roles: tuple[str, ...]) -> list[User]:
    return list(session.scalars(select(User).where(User.role.in_(roles)).order_by(User.name)))
