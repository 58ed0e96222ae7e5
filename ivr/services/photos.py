"""Pictures that come with an answer: what the unit did, for everybody to see."""

import secrets
from datetime import datetime

from db.models import Photo, Ticket
from db.session import Session
from ivr import photo
from ivr.services import history, keeping
from ivr.services.desk import Desk
from ivr.services.history import Author
from ivr.services.life import TicketError


def add(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, raw: bytes) -> Photo:
    """Keep a picture, by month and a random name, and hang it on its ticket. Raises TicketError."""
    try:
        picture = photo.read(raw)
    except photo.NotAPhoto as why:
        raise TicketError("not_a_photo") from why
    local = desk.local(now)
    place = f"{local:%Y}/{local:%m}/{secrets.token_hex(16)}.jpg"
    try:
        keeping.put(session, desk, place, picture.jpeg)
    except keeping.Away as why:
        raise TicketError("store_away") from why
    row = Photo(
        ticket_id=ticket.id,
        path=place,
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        author=author.name,
        at=now,
    )
    session.add(row)
    history.write(session, ticket, now, author, "photo")
    return row
