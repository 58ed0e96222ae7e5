"""What citizens said and units showed, kept sealed: each file under a key of its own, which lies wrapped in a row.

The row is the file's life: when its key is gone nobody opens the file again, wherever copies of it lie.
"""

import io
import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from db.models import FileKey
from db.queries import sealed
from db.queries.sealed import GOING
from db.session import Database, Session
from ivr import vault
from ivr.services.desk import Desk
from ivr.store import Away
from ivr.vault import Damaged, Key, Keys, NoKey, WrongKey

__all__ = [
    "Away", "Damaged", "Gone", "Part", "Unreadable",
    "clear", "clear_all", "enter", "enter_all", "opened", "opened_with", "put", "remove", "reserve",
]  # fmt: skip

log = logging.getLogger(__name__)

AGAIN = timedelta(minutes=1)  # a removal that did not come to its end
AT_ONCE = 100
PATIENCE = timedelta(minutes=5)  # a file that has no key by then never will
Unreadable = (Damaged, WrongKey, NoKey)


class Gone(Exception):
    """It was shredded, or is not where its row says."""


@dataclass(frozen=True)
class Part:
    """A sealed file on this machine, on its way to its place."""

    path: Path
    key: Key = field(default_factory=Key.fresh)

    @contextmanager
    def writing(self) -> Iterator[BinaryIO]:
        """Seal what is written; it is whole and on the disk when this is left without an exception."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with vault.Sealer(file, self.key) as sealer:
                yield cast("BinaryIO", sealer)
            file.flush()
            os.fsync(file.fileno())

    def opened(self) -> BinaryIO:
        return _unsealed(self.path.open("rb"), self.key)


@contextmanager
def part(desk: Desk) -> Iterator[Part]:
    """Give a part of a new name and key; it is thrown away unless it was brought to its place."""
    new = Part(desk.config.recordings_dir / f".{secrets.token_hex(8)}.part")
    try:
        yield new
    finally:
        new.path.unlink(missing_ok=True)


def reserve(session: Session, place: str, now: datetime, patience: timedelta = PATIENCE) -> None:
    """Note that a file is about to come to a place: if its key never comes, the file is removed again."""
    session.add(FileKey(place=place, due_at=now + patience))


def enter(session: Session, desk: Desk, place: str, key: Key) -> None:
    """Keep the key of a file that has come to the place reserved for it. Raises Gone if it took too long."""
    if not enter_all(session, desk, {place: key}):
        raise Gone(place)


def enter_all(session: Session, desk: Desk, keys: Mapping[str, Key]) -> set[str]:
    """Keep the keys of files that have come to the places reserved for them; give the places where that was in time."""
    rows = [row for row in sealed.lock(session, list(keys)) if not row.wrapped and row.master != GOING]
    for row in rows:
        lock_away(desk.keys.newest, row, keys[row.place])
    return {row.place for row in rows}


def lock_away(master: Key, row: FileKey, key: Key) -> None:
    row.master, row.wrapped, row.due_at = master.name.hex(), master.wrap(key, row.place), None


def put(session: Session, desk: Desk, place: str, content: bytes, *, here: bool = False) -> None:
    """Seal and keep something small; `here` is on this machine, whatever the store is. Raises Away."""
    with part(desk) as new:
        with new.writing() as file:
            file.write(content)
        (desk.disk if here else desk.store).put(new.path, place)
    row = FileKey(place=place)
    lock_away(desk.keys.newest, row, new.key)
    session.add(row)


def opened(session: Session, desk: Desk, place: str) -> BinaryIO:
    """Open a file to be read from any place. Raises Gone, Away, or one of Unreadable."""
    row = sealed.get(session, place)
    if row is not None and not row.wrapped:
        raise Gone(place)
    try:
        if row is None:
            return _plain(desk, place)
        key = key_of(desk, row)
        return _unsealed(_found(desk, place), key)
    except FileNotFoundError:
        raise Gone(place) from None


def opened_with(desk: Desk, place: str, key: Key) -> BinaryIO:
    """Open a file whose key is in no row yet. Raises Gone, Away, Damaged."""
    try:
        return _unsealed(_found(desk, place), key)
    except FileNotFoundError:
        raise Gone(place) from None


def remove(session: Session, place: str, now: datetime) -> None:
    """Shred a file: its key is gone with this transaction, and `clear` takes the file away. May be done again."""
    row = sealed.get(session, place, lock=True)
    if row is None:  # plain, from before files were sealed; or gone already
        row = FileKey(place=place)
        session.add(row)
    row.master, row.wrapped, row.due_at = "", "", now


def clear(database: Database, desk: Desk, now: datetime, limit: int) -> int:
    """Take away files that have no key any more, and say how many; what cannot be taken now is tried again."""
    with database.reading() as session:
        places = sealed.due(session, now, limit)
    for n, place in enumerate(places):
        with database.transaction() as session:
            row = sealed.get(session, place, lock=True)
            if row is None or row.due_at is None or row.due_at > now:
                continue
            row.master, row.due_at = GOING, now + AGAIN
        try:  # in no transaction: a store may be slow, and others wait for the database
            for store in dict.fromkeys((desk.disk, desk.store)):
                store.remove(place)
        except Away as why:
            log.warning("a file that is to go could not be taken away: %s", why)
            return n
        with database.transaction() as session:
            sealed.forget(session, place)
    return len(places)


def clear_all(database: Database, desk: Desk, now: datetime) -> None:
    """Take away all that has no key any more, as far as the store can be reached."""
    while clear(database, desk, now, AT_ONCE):
        continue


def key_of(desk: Desk, row: FileKey) -> Key:
    """Unwrap a file's key; a master key that is not known may be new in the keys file. Raises WrongKey, NoKey."""
    name = bytes.fromhex(row.master)
    try:
        master = desk.keys.named(name)
    except WrongKey:
        desk.forget_keys()
        master = desk.keys.named(name)
    return master.unwrap(row.wrapped, row.place)


def _unsealed(file: BinaryIO, key: Key) -> BinaryIO:
    """Read what is sealed; the buffer is there because one reading of a sealed file ends with its frame."""
    try:
        return io.BufferedReader(vault.Opened(file, Keys((key,))))
    except BaseException:
        file.close()
        raise


def _found(desk: Desk, place: str) -> BinaryIO:
    """Look in the store, then on this machine."""
    try:
        return desk.store.open(place)
    except FileNotFoundError:
        return desk.disk.open(place)


def _plain(desk: Desk, place: str) -> BinaryIO:
    """Open what was kept before files were sealed."""
    file = desk.disk.open(place)
    if file.read(len(vault.MAGIC)) == vault.MAGIC:
        file.close()
        raise Gone(place)
    file.seek(0)
    return file
