"""What is written into the audit log before it is done."""

import re

from flask import request

from db.queries import recordings
from ivr.services import audit
from ivr.services.audit import Deed
from ivr.web.sessions import current_user
from ivr.web.shell import shell

FROM_THE_START = re.compile(r"bytes=0-\d*$")


def deed(actor: str | None = None) -> Deed:
    """Say who does something, and from where."""
    user = current_user() if actor is None else None
    return Deed(actor or (user.name if user else "nobody"), request.remote_addr or "", shell().now())


def note(action: str, target: str = "", detail: str = "") -> None:
    """Write a line, in a transaction of its own: it stays, whatever becomes of what follows."""
    with shell().database.transaction() as session:
        audit.write(session, deed(), action, target, detail)


def looks(target: str) -> None:
    """Note that a citizen's number is shown."""
    with shell().database.transaction() as session:
        audit.write_once(session, deed(), "looked", target)


def listens(recording_id: int) -> None:
    """Note a listening before the first byte of it leaves the house."""
    wanted = request.headers.get("Range", "bytes=0-")
    with shell().database.transaction() as session:
        recording = recordings.get(session, recording_id)
        call_id = recording.call_id if recording else 0
        beginning = bool(FROM_THE_START.match(wanted))
        audit.listened(session, deed(), recording_id, call_id, from_the_start=beginning)
