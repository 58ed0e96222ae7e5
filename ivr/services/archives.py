"""Archives of months' turns: one sealed file each, written, read back, and only then let to stand.

A call says whether its turns are in the archive. Of one that does not say so the database is right, whatever the
archive holds: so whatever was killed is simply run again.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from db.models import Call, TurnArchive
from db.queries import archive as rows
from db.queries import people
from db.queries.retention import rests
from db.session import Database, Session
from ivr.services import keeping, turn_file
from ivr.services.citizens import Citizen
from ivr.services.desk import Desk
from ivr.services.turn_file import Counted, Rows
from ivr.vault import Damaged, Key

LEASE = "archiving"
BUSY = "archives are being written now, or were until some minutes ago: try again later"
PATIENCE = timedelta(minutes=10)  # for one batch, or for reading a file back
FREE = datetime.fromtimestamp(0, UTC)
UNKEPT = timedelta(hours=12)  # for a file that is not the archive yet, or not any more
Change = Callable[[dict[str, Any]], dict[str, Any]]


class ArchiveError(Exception):
    """Turns cannot be archived or read now; the words say why, in one sentence."""


@dataclass(frozen=True)
class Works:
    """What archiving needs, and the one who does it: nobody else does at the same time."""

    desk: Desk
    database: Database
    clock: Callable[[], datetime]
    holder: str = field(default_factory=lambda: secrets.token_hex(8))

    def hold(self) -> None:
        """Stay the only one for a while more. Raises ArchiveError."""
        with self.database.transaction() as session:
            now = self.clock()
            if not people.take_lease(session, LEASE, self.holder, now, now + PATIENCE):
                raise ArchiveError(BUSY)

    def insist_on_quiet(self) -> None:
        """Raise ArchiveError while anybody writes archives."""
        with self.database.reading() as session:
            if rests(session, LEASE, self.clock()):
                raise ArchiveError(BUSY)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one until this is left. Raises ArchiveError."""
        self.hold()
        try:
            yield
        finally:
            with self.database.transaction() as session:
                people.take_lease(session, LEASE, self.holder, self.clock(), FREE)


@contextmanager
def plainly(month: str) -> Iterator[None]:
    """Say in one sentence what is wrong with a month's archive. Raises ArchiveError."""
    try:
        yield
    except keeping.Unreadable as why:
        raise ArchiveError(f"the archive of {month} cannot be opened (data.keys_file): {why}") from why
    except keeping.Gone as why:
        raise ArchiveError(f"the archive of {month} is not where it should be: {why}") from why
    except (keeping.Away, OSError) as why:
        raise ArchiveError(f"the archive of {month} cannot be reached: {why}") from why


def _opened(works: Works, month: str) -> BinaryIO | None:
    with works.database.reading() as session:
        row = rows.of_month(session, month)
        return keeping.opened(session, works.desk, row.path) if row is not None else None


def parts(works: Works, month: str) -> Iterator[Rows]:
    """Give all that a month's archive holds; nothing if there is none. Raises what `plainly` says in words."""
    file = _opened(works, month)
    if file is not None:
        with closing(file):
            yield from turn_file.read(file)


def kept(works: Works, month: str) -> Iterator[Rows]:
    """Give what only the archive has: of what a killed run left in it, the database is right."""
    for part in parts(works, month):
        works.hold()
        with works.database.reading() as session:
            held = rows.held(session, list({row["call_id"] for row in part}), month)
        if left := [row for row in part if row["call_id"] in held]:
            yield left


def write(works: Works, month: str, content: Iterable[Rows], *, nameless: bool, at_once: bool = False) -> None:
    """Write a month's archive anew, read it back, and let it stand; the key of the one before is gone with that.

    Its file stays for some hours, for a backup that has begun names it still; or goes `at_once`.
    """
    desk = works.desk
    place = f"archive/{month}.{secrets.token_hex(8)}.turns"
    with keeping.part(desk) as part:
        with part.writing() as file:
            counted = turn_file.write(file, month, content, works.clock())
        with works.database.transaction() as session:
            keeping.reserve(session, place, works.clock(), UNKEPT)
        desk.store.put(part.path, place)
        _insist(works, place, part.key, counted)
        with works.database.transaction() as session:
            keeping.enter(session, desk, place, part.key)
            leaves = works.clock() if at_once else works.clock() + UNKEPT
            _note(works, session, TurnArchive(month=month, path=place, nameless=nameless), counted, leaves)


def _insist(works: Works, place: str, key: Key, counted: Counted) -> None:
    """Read back what was written. Raises Damaged."""
    works.hold()
    with keeping.opened_with(works.desk, place, key) as file:
        if turn_file.check(file) != counted:
            raise Damaged("what is read back is not what was written")
    works.hold()


def _note(works: Works, session: Session, new: TurnArchive, counted: Counted, leaves: datetime) -> None:
    new.made_at, new.calls, new.turns, new.sha256 = works.clock(), counted.calls, counted.turns, counted.sha256
    old = rows.of_month(session, new.month, lock=True)
    if old is not None:
        keeping.remove(session, old.path, leaves)
    session.merge(new)


def of_call(works: Works, call: Call) -> Rows:
    """Give the turns of one call that is archived. Raises ArchiveError."""
    month = str(call.archived)
    with plainly(month):
        return [row for part in parts(works, month) for row in part if row["call_id"] == call.id]


def _forgetting(works: Works, who: Citizen) -> Change:
    """Blank what the citizen keyed and heard, and hide their number wherever somebody else keyed it."""
    with works.database.reading() as session:
        theirs = rows.theirs(session, who.names)

    def change(row: dict[str, Any]) -> dict[str, Any]:
        if row["call_id"] in theirs:
            return {**row, "keys": "", "reply": ""}
        said = {name: who.spelling.hidden(row[name], who.alias) for name in ("keys", "reply")}
        return {**row, **said}

    return change


def _touched(works: Works, change: Change) -> Iterator[tuple[TurnArchive, int]]:
    """Give the archives that a change would change, and how many turns of each. Raises ArchiveError."""
    with works.database.reading() as session:
        known = rows.months(session)
    for row in known:
        with plainly(row.month):
            turns = sum(change(one) != one for part in parts(works, row.month) for one in part)
        if turns:
            yield row, turns


def mentioning(works: Works, who: Citizen) -> dict[str, int]:
    """Count what a citizen keyed and heard, and who else keyed their number, by month. Raises ArchiveError."""
    return {row.month: turns for row, turns in _touched(works, _forgetting(works, who))}


def forget(works: Works, who: Citizen) -> int:
    """Write anew every archive that holds something of a citizen's, without it; say how many turns it was of.

    Raises ArchiveError.
    """
    change, done = _forgetting(works, who), 0
    with works.alone():
        for row, turns in _touched(works, change):
            with plainly(row.month):
                content = changed(kept(works, row.month), change)
                write(works, row.month, content, nameless=row.nameless, at_once=True)
            done += turns
    return done


def changed(content: Iterable[Rows], change: Change) -> Iterator[Rows]:
    for part in content:
        yield [change(row) for row in part]
