"""Changes of words and lists: drafted, checked, put on air as a whole version, and taken back to an earlier one."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db.models import CatalogueVersion
from db.queries import versions as rows
from db.session import Session
from ivr import catalogue
from ivr.catalogue import CatalogueError, Edits, Problem
from ivr.services import day
from ivr.services.day import DayError
from ivr.services.desk import Desk
from ivr.speech import BadPrompt, VoiceError

log = logging.getLogger(__name__)
KINDS = ("prompts", "categories", "districts", "units")


def refresh(session: Session, desk: Desk, live: int | None = None) -> None:
    """Take up the version on air, if this process has an older one: asked in every turn, so the next call has it.

    `live` is its number, if that was just looked up.
    """
    number = rows.live_number(session) if live is None else live
    if number <= desk.version:
        return
    row = rows.numbered(session, number)
    try:
        desk.take_up(number, catalogue.revised(desk.files, row.edits if row is not None else {}))
    except (CatalogueError, BadPrompt):  # the files have changed under it: what is in use stays in use
        log.exception("a version of the catalogue cannot be used", extra={"version": number})
        desk.version = number


def edits_of(session: Session) -> dict[str, dict[str, Any]]:
    """Give the changes that the draft has, or else the version on air: what the next change is added to."""
    row = rows.draft(session) or rows.numbered(session, rows.live_number(session))
    return {kind: dict(row.edits.get(kind, {}) if row is not None else {}) for kind in KINDS}


def change(
    session: Session, desk: Desk, now: datetime, author: str, kind: str, code: str, values: Mapping[str, Any] | None
) -> None:
    """Change one entry in the draft; None lets it be as the files have it. Raises DayError."""
    if kind not in KINDS or not code.strip():
        raise DayError("unknown_entry")
    edits = edits_of(session)
    if values is None:
        edits[kind].pop(code, None)
    else:
        edits[kind][code] = {**edits[kind].get(code, {}), **values}
    try:
        catalogue.revised(desk.files, edits)
    except CatalogueError as why:
        raise DayError("bad_entry") from why
    row = rows.draft(session, lock=True)
    if row is None:
        row = CatalogueVersion(author=author, at=now)
        session.add(row)
    row.edits, row.author, row.at = edits, author, now
    session.flush()


def faults(desk: Desk, edits: Edits) -> list[Problem]:
    """List what stands between changes and the air."""
    return catalogue.faults(desk.files, edits)


def drop(session: Session) -> None:
    """Forget the draft. Raises DayError if there is none."""
    row = rows.draft(session, lock=True)
    if row is None:
        raise DayError("no_draft")
    session.delete(row)


def rehearse(desk: Desk, edits: Edits) -> None:
    """Check changes, and speak what is new in them before anybody waits for it. Raises DayError."""
    if faults(desk, edits):
        raise DayError("catalogue_wrong")
    whole = catalogue.revised(desk.files, edits)
    try:
        desk.files_speech.revised(whole.prompts, whole.terms).prepare()
    except (BadPrompt, VoiceError) as why:
        raise DayError("catalogue_wrong") from why


def publish(session: Session, desk: Desk, now: datetime, author: str, note: str) -> int:
    """Put the draft on air; gives its number. Raises DayError if there is none, or it is wrong."""
    row = rows.draft(session, lock=True)
    if row is None:
        raise DayError("no_draft")
    if faults(desk, row.edits):
        raise DayError("catalogue_wrong")
    row.number, row.author, row.at, row.note = rows.live_number(session) + 1, author, now, note.strip()[:200]
    session.flush()
    day.note(session, now, author, "published", str(row.number), row.note)
    return row.number


def roll_back(session: Session, desk: Desk, now: datetime, author: str, number: int) -> int:
    """Put an earlier version on air again, as a new one; 0 is the files alone. Raises DayError."""
    earlier = rows.numbered(session, number)
    if earlier is None and number != 0:
        raise DayError("unknown_version")
    edits = dict(earlier.edits) if earlier is not None else {}
    if faults(desk, edits):
        raise DayError("catalogue_wrong")
    new = rows.live_number(session) + 1
    session.add(CatalogueVersion(number=new, author=author, at=now, note=f"= {number}", edits=edits))
    session.flush()
    day.note(session, now, author, "rolled_back", str(number), str(new))
    return new
