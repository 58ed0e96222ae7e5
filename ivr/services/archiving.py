"""Old turns go to the archive of their Jalali month, and only then are they deleted here: a batch a transaction."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from db.queries import archive as rows
from db.queries import people
from db.queries.retention import SHORTEST, rests
from db.queries.vitals import lease_until
from db.session import SQLAlchemyError, in_plain_words
from ivr import persian
from ivr.services import archives
from ivr.services.archives import ArchiveError, Works, plainly
from ivr.services.desk import Desk
from ivr.services.turn_file import Rows

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 300  # of seven turns each: what one transaction deletes
LEASE, DONE = "archive", "archived"
GOOD_FOR = timedelta(hours=48)  # so long nothing is overdue after all that was due had been archived


@dataclass(frozen=True)
class Month:
    """A Jalali month: its name, 1403-05, and the moments between which it lies."""

    name: str
    since: datetime
    until: datetime


def due(works: Works) -> Iterator[Month]:
    """List the months all of whose calls are older than turns are kept here, oldest first; 0 keeps them for ever."""
    kept = works.desk.config.keep.turns_months
    with works.database.reading() as session:
        oldest = rows.oldest_end(session)
    if not kept or oldest is None:
        return
    first, now = (persian.jalali_day(moment, works.desk.zone) for moment in (oldest, works.clock()))
    for n in range(first[0] * 12 + first[1] - 1, now[0] * 12 + now[1] - 1 - kept):
        yield _month(works.desk, n // 12, n % 12 + 1)


def _month(desk: Desk, year: int, month: int) -> Month:
    first, last = persian.month_days(year, month)
    since, until = (datetime.combine(day, time(), desk.zone) for day in (first, last + timedelta(days=1)))
    return Month(f"{year:04}-{month:02}", since, until)


def _nameless(works: Works) -> bool:
    """Say whether numbers are to go: then turns, which may hold some, go to the archive after theirs has gone."""
    return bool(works.desk.config.keep.numbers_months)


def count(works: Works, month: Month) -> tuple[int, int]:
    """Count the calls whose turns would go, and these."""
    calls = turns = 0
    for part in _ripe(works, month):
        calls, turns = calls + len({row["call_id"] for row in part}), turns + len(part)
    return calls, turns


def carry_out(works: Works, month: Month) -> int:
    """Archive what is due of a month; say how many calls' turns went. Raises ArchiveError, SQLAlchemyError."""
    done = 0
    with plainly(month.name):
        if _any(works, month):
            done += _let_go(works, month)  # what a killed run had written, and not deleted
        if _any(works, month):
            nameless = _nameless(works) and _names_nobody(works, month)
            archives.write(works, month.name, _content(works, month), nameless=nameless)
            done += _let_go(works, month)
        if _nameless(works) and not _names_nobody(works, month):
            _forget_numbers(works, month)
    return done


def beside(works: Works) -> None:
    """Do it in a thread of its own: a month of turns takes minutes, for which the sweep may not wait."""
    if works.desk.config.keep.turns_months and not any(one.name == LEASE for one in threading.enumerate()):
        threading.Thread(target=nightly, args=(works,), name=LEASE, daemon=True).start()


def nightly(works: Works) -> None:
    """Once a day, archive whatever is due; what cannot be done now is tried again in an hour."""
    try:
        with works.database.reading() as session:
            if not works.desk.config.keep.turns_months or rests(session, LEASE, works.clock()):
                return
        done, now = _all_due(works), works.clock()
        with works.database.transaction() as session:
            people.take_lease(session, LEASE, works.holder, now, now + timedelta(hours=24 if done else 1))
            if done or lease_until(session, DONE) is None:
                people.take_lease(session, DONE, works.holder, now, now + GOOD_FOR if done else now)
    except SQLAlchemyError as error:
        log.warning("turns could not be archived: %s", in_plain_words(error))


def _all_due(works: Works) -> bool:
    """Archive what is due, and say whether nothing is left; no trouble goes further than this."""
    try:
        with works.alone():
            for month in due(works):
                carry_out(works, month)
    except ArchiveError as why:
        log.warning("turns could not be archived: %s", why)
    except SQLAlchemyError as error:
        log.warning("turns could not be archived: %s", in_plain_words(error))
    except Exception:
        log.exception("turns could not be archived")
    else:
        return True
    return False


def _candidates(works: Works, month: Month) -> Iterator[list[int]]:
    place: rows.Place | None = None
    while True:
        with works.database.reading() as session:
            found = rows.after(session, month.since, month.until, place, CALLS_AT_ONCE)
        if not found:
            return
        yield [call_id for _, call_id in found]
        place = found[-1]


def _ripe(works: Works, month: Month) -> Iterator[Rows]:
    """Give the turns that are to go, all of a call together."""
    for ids in _candidates(works, month):
        with works.database.reading() as session:
            found = rows.ripe(session, ids, nameless=_nameless(works))
            turns = rows.turns(session, list(found))
        if turns:
            yield turns


def _any(works: Works, month: Month) -> bool:
    return next(_ripe(works, month), None) is not None


def _content(works: Works, month: Month) -> Iterator[Rows]:
    """Give what the archive holds, and then what is to come to it."""
    yield from archives.kept(works, month.name)
    for turns in _ripe(works, month):
        works.hold()
        yield turns


def _let_go(works: Works, month: Month) -> int:
    """Delete turns that the archive holds: of each call, once it is seen that it holds just these."""
    done = 0
    for part in archives.parts(works, month.name):
        held = {call_id: list(turns) for call_id, turns in groupby(part, key=_call_of)}
        works.hold()
        with works.database.transaction() as session:
            ids = rows.ripe(session, list(held), nameless=_nameless(works), lock=True)
            here = groupby(rows.turns(session, list(ids)), key=_call_of)
            same = [call_id for call_id, turns in here if list(turns) == held[call_id]]
            rows.let_go(session, same, month.name)
        done += len(same)
    return done


def _call_of(row: dict[str, Any]) -> Any:
    return row["call_id"]


def _names_nobody(works: Works, month: Month) -> bool:
    with works.database.reading() as session:
        row = rows.of_month(session, month.name)
        return row is None or row.nameless


def _forget_numbers(works: Works, month: Month) -> None:
    """Once no call of an archive names anybody any more, take out of it what may be a number, as was done here."""
    for part in archives.kept(works, month.name):
        with works.database.reading() as session:
            if any(rows.held(session, list({row["call_id"] for row in part}), month.name).values()):
                return
    content = archives.changed(archives.kept(works, month.name), _without_numbers)
    archives.write(works, month.name, content, nameless=True)


def _without_numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "reply": "", "keys": row["keys"] if len(row["keys"]) < SHORTEST else ""}
