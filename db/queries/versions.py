"""The catalogue as administrators have it: what is on air, the draft, and what was before."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import CatalogueVersion


def live_number(session: Session) -> int:
    """Give the number of the version on air; 0 is the files alone."""
    return session.scalar(select(func.max(CatalogueVersion.number))) or 0


def numbered(session: Session, number: int) -> CatalogueVersion | None:
    return session.scalar(select(CatalogueVersion).where(CatalogueVersion.number == number))


def draft(session: Session, *, lock: bool = False) -> CatalogueVersion | None:
    query = select(CatalogueVersion).where(CatalogueVersion.number.is_(None)).order_by(CatalogueVersion.id).limit(1)
    return session.scalar(query.with_for_update() if lock else query)


def latest(session: Session, limit: int) -> list[CatalogueVersion]:
    """List versions that were on air, newest first."""
    query = select(CatalogueVersion).where(CatalogueVersion.number.is_not(None))
    return list(session.scalars(query.order_by(CatalogueVersion.number.desc()).limit(limit)))
