"""A citizen's voice, for those whose business it is; the row says where it lies, never the request."""

from mimetypes import guess_type

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import BeforeRequestCallable as Guard
from flask.typing import ResponseReturnValue

from db.models import Recording, Ticket
from ivr import audio as sound
from ivr.services import access
from ivr.web import addresses, deeds, kept
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("recordings", __name__, url_prefix="/recordings/<int:recording_id>")
BARS = 160


def behind(guard: Guard) -> Guard:
    """Refuse an address that is over or another's before asking who it is; then let the guard ask."""

    def own_address() -> ResponseReturnValue | None:
        if addresses.KEY in request.args and not addresses.fits(int((request.view_args or {})["recording_id"])):
            raise addresses.NotYours
        return guard()  # type: ignore[return-value]  # guards here are no coroutines

    return own_address


@blueprint.get("/audio")
def audio(recording_id: int) -> Response:
    place, sha256 = _kept(recording_id)
    if not addresses.fits(recording_id):
        raise addresses.NotYours
    response = kept.given(place, guess_type(place)[0] or "audio/wav", sha256)
    try:
        deeds.listens(recording_id)
    except BaseException:
        response.close()
        raise
    return response


@blueprint.get("/address")
def address(recording_id: int) -> Response:
    """Give an address at which the voice can be heard for a while: pages stay open for longer than one is good."""
    _kept(recording_id)
    return jsonify(address=addresses.signed(recording_id))


@blueprint.get("/peaks")
def peaks(recording_id: int) -> Response:
    """Give how loud it is from beginning to end, in BARS steps from 0 to 100, to be drawn."""
    place, _ = _kept(recording_id)
    try:
        return jsonify(peaks=sound.peaks(kept.whole(place), BARS))
    except sound.NotAudio:
        abort(404)


def _kept(recording_id: int) -> tuple[str, str]:
    """Find a voice that is here; one that is none of theirs is as if there were none."""
    user = known_user()
    with shell().database.reading() as session:
        recording = session.get(Recording, recording_id)
        ticket = session.get(Ticket, recording.ticket_id) if recording and recording.ticket_id else None
        seen = access.sees_all(user) or (ticket is not None and access.may_see(user, ticket))
        if recording is None or not seen or recording.state != "stored" or not recording.path:
            abort(404)
        return recording.path, recording.sha256 or ""
