"""The keys of sealed files, as rows: found, made worthless, followed to their end."""

from datetime import datetime
from typing import cast

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db.models import FileKey, Photo, Recording

GOING = "going"  # instead of a master key's name: its file is being taken away, and nothing may come there any more


def get(session: Session, place: str, *, lock: bool = False) -> FileKey | None:
    query = select(FileKey).where(FileKey.place == place)
    return session.scalar(query.with_for_update() if lock else query)


def lock(session: Session, places: list[str]) -> list[FileKey]:
    """Lock the keys of some places, in the order in which whoever locks several does."""
    query = select(FileKey).where(FileKey.place.in_(places))
    return list(session.scalars(query.order_by(FileKey.place).with_for_update()))


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """List files that are nothing any more and still to be removed, longest due first."""
    query = select(FileKey.place).where(FileKey.due_at <= now)
    return list(session.scalars(query.order_by(FileKey.due_at).limit(limit)))


def forget(session: Session, place: str) -> None:
    """Delete the row of a file that was taken away, unless it is to be taken away once more."""
    session.execute(delete(FileKey).where(FileKey.place == place, FileKey.master == GOING))


def masters(session: Session) -> dict[str, int]:
    """Say under which master keys files lie, and how many under each."""
    query = select(FileKey.master, func.count()).where(FileKey.wrapped != "").group_by(FileKey.master)
    return dict(session.execute(query).all())


def names_of_masters(session: Session) -> list[str]:
    """Say under which master keys files lie, by steps along an index: quick with any number of files."""
    names: list[str] = []
    step = select(func.min(FileKey.master))
    found = session.scalar(step.where(FileKey.master > ""))
    while found is not None:
        names.append(found)
        found = session.scalar(step.where(FileKey.master > found))
    return [name for name in names if name != GOING]


def under_another(session: Session, master: str, limit: int) -> list[FileKey]:
    """Lock some keys that are wrapped under another master key."""
    query = select(FileKey).where(FileKey.wrapped != "", FileKey.master != master)
    return list(session.scalars(query.order_by(FileKey.place).limit(limit).with_for_update()))


def unsealed(session: Session, model: type[Recording] | type[Photo], after: int, limit: int) -> list[int]:
    """List rows whose file was never sealed."""
    key = select(FileKey.place).where(FileKey.place == model.path)
    query = select(model.id).where(model.path.is_not(None), model.id > after, ~key.exists())
    return list(session.scalars(query.order_by(model.id).limit(limit)))


def named(session: Session, model: type[Recording] | type[Photo], row_id: int) -> Recording | Photo | None:
    """Lock a row that names a file."""
    return cast("Recording | Photo | None", session.get(model, row_id, with_for_update=True))
