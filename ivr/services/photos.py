"""Pictures that come with an answer: what the unit did, for everybody to see."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from db.models import Photo, Ticket
from db.session import Database, Session
from ivr import photo
from ivr.services import history, keeping
from ivr.services.desk import Desk
from ivr.services.history import Author
from ivr.services.life import TicketError
from ivr.vault import Key


@dataclass(frozen=True)
class Brought:
    """A picture in its place, sealed; without a row it is removed again."""

    picture: photo.Photo
    place: str
    key: Key


def bring(database: Database, desk: Desk, now: datetime, raw: bytes) -> Brought:
    """Bring a picture to its place, by month and a random name, in no transaction of others. Raises TicketError."""
    try:
        picture = photo.read(raw)
    except photo.NotAPhoto as why:
        raise TicketError("not_a_photo") from why
    local = desk.local(now)
    place = f"{local:%Y}/{local:%m}/{secrets.token_hex(16)}.jpg"
    with keeping.part(desk) as part:
        with part.writing() as file:
            file.write(picture.jpeg)
        with database.transaction() as session:
            keeping.reserve(session, place, now)
        try:
            desk.store.put(part.path, place)
        except keeping.Away as why:
            raise TicketError("store_away") from why
    return Brought(picture, place, part.key)


def add(session: Session, desk: Desk, now: datetime, ticket: Ticket, author: Author, brought: Brought) -> Photo:
    """Hang a picture that was brought on its ticket. Raises TicketError if it took so long that it is removed."""
    try:
        keeping.enter(session, desk, brought.place, brought.key)
    except keeping.Gone as why:
        raise TicketError("store_away") from why
    row = Photo(
        ticket_id=ticket.id,
        path=brought.place,
        width=brought.picture.width,
        height=brought.picture.height,
        sha256=brought.picture.sha256,
        author=author.name,
        at=now,
    )
    session.add(row)
    history.write(session, ticket, now, author, "photo")
    return row
