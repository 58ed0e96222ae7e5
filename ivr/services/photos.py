"""Pictures that come with an answer: what the unit did, for everybody to see."""

import os
import secrets
from datetime import datetime
from pathlib import Path

from db.models import Photo, Ticket
from db.session import Session
from ivr import photo
from ivr.services import history
from ivr.services.desk import Desk
from ivr.services.history import Author
from ivr.services.life import TicketError


def add(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, raw: bytes) -> Photo:
    """Keep a picture on disk, by month and a random name, and hang it on its ticket. Raises TicketError."""
    try:
        picture = photo.read(raw)
    except photo.NotAPhoto as why:
        raise TicketError("not_a_photo") from why
    local = desk.local(now)
    place = Path(f"{local:%Y}") / f"{local:%m}" / f"{secrets.token_hex(16)}.jpg"
    _write(desk.config.recordings_dir / place, picture.jpeg)
    row = Photo(
        ticket_id=ticket.id,
        path=str(place),
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        author=author.name,
        at=now,
    )
    session.add(row)
    history.write(session, ticket, now, author, "photo")
    return row


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
