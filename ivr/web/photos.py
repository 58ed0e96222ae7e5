"""Pictures of what was done; the row says where they lie, and whose business they are."""

from flask import Blueprint, Response, abort

from db.models import Photo, Ticket
from ivr.services import access
from ivr.web import kept
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("photos", __name__)


@blueprint.get("/photos/<int:photo_id>.jpg")
def jpeg(photo_id: int) -> Response:
    with shell().database.reading() as session:
        photo = session.get(Photo, photo_id)
        ticket = session.get(Ticket, photo.ticket_id) if photo else None
        if photo is None or ticket is None or not access.may_see(known_user(), ticket):
            abort(404)
        place, sha256 = photo.path, photo.sha256
    return kept.given(place, "image/jpeg", sha256)
