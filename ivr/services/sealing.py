"""Seal what was kept in plain, from before files were sealed."""

import hashlib
import io
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from db.models import FileKey, Photo, Recording
from db.queries import sealed
from db.session import Database, Session
from ivr.services import keeping
from ivr.services.desk import Desk

AT_ONCE = 200
PHONE = "phone"


class Altered(Exception):
    """What was sealed does not read as what was there: the plain file is left alone."""


@dataclass
class Sealed:
    """What came of it; `missing` are files that rows name and that are not there."""

    files: int = 0
    missing: list[str] = field(default_factory=list)


def seal(database: Database, desk: Desk, now: datetime) -> Sealed:
    """Seal every plain voice and photo, each in a transaction of its own: may be killed, and run again."""
    done = Sealed()
    for model in (Recording, Photo):
        after = 0
        while True:
            with database.reading() as session:
                ids = sealed.unsealed(session, model, after, AT_ONCE)
            for row_id in ids:
                with database.transaction() as session:
                    _seal_one(session, desk, sealed.named(session, model, row_id), done, now)
            if not ids:
                break
            after = ids[-1]
    for path in sorted((desk.config.var_dir / PHONE).glob("*.wav")):
        with database.transaction() as session:
            _take_in(session, desk, path)
        path.unlink()
        done.files += 1
    keeping.clear_all(database, desk, now)
    return done


def _seal_one(session: Session, desk: Desk, row: Recording | Photo | None, done: Sealed, now: datetime) -> None:
    """Seal beside the plain file; with the transaction the row leads there, and the plain one is to be removed."""
    if row is None or not row.path or sealed.get(session, row.path) is not None:
        return
    plain = row.path
    target = str(PurePosixPath(plain).with_stem(f"{PurePosixPath(plain).stem}.sealed"))
    with keeping.part(desk) as part:
        try:
            with desk.disk.open(plain) as file, part.writing() as sealer:
                shutil.copyfileobj(file, sealer)
            with desk.disk.open(plain) as file, part.opened() as again:
                if _digest(file) != _digest(again):
                    raise Altered(plain)
        except FileNotFoundError:
            done.missing.append(plain)
            return
        desk.store.put(part.path, target)
    key = FileKey(place=target)
    keeping.lock_away(desk.keys.newest, key, part.key)
    session.add(key)
    row.path = target
    keeping.remove(session, plain, now)
    done.files += 1


def _take_in(session: Session, desk: Desk, path: Path) -> None:
    """Bring a voice of the browser phone to where its exchange looks for it now."""
    place = f"{PHONE}/{path.name}"
    if sealed.get(session, place) is None:
        keeping.put(session, desk, place, path.read_bytes(), here=True)


def _digest(file: BinaryIO) -> str:
    return hashlib.file_digest(cast("io.BufferedReader", file), "sha256").hexdigest()
