"""A citizen's voice, for those whose business it is; the row says where it lies, never the request."""

from pathlib import Path

from flask import Blueprint, Response, abort, jsonify, send_from_directory

from db.models import Ticket
from db.queries import recordings
from ivr import audio as sound
from ivr.services import access
from ivr.web import deeds
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("recordings", __name__, url_prefix="/recordings/<int:recording_id>")
BARS = 160


@blueprint.get("/audio")
def audio(recording_id: int) -> Response:
    path = _path(recording_id)
    deeds.listens(recording_id)
    response = send_from_directory(shell().desk.config.recordings_dir, str(path), conditional=True)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/peaks")
def peaks(recording_id: int) -> Response:
    """Give how loud it is from beginning to end, in BARS steps from 0 to 100, to be drawn."""
    path = _path(recording_id)
    try:
        return jsonify(peaks=sound.peaks(shell().desk.config.recordings_dir / path, BARS))
    except (sound.NotAudio, OSError):
        abort(404)


def _path(recording_id: int) -> Path:
    """Find a voice that is here; one that is none of theirs is as if there were none."""
    user = known_user()
    with shell().database.reading() as session:
        recording = recordings.get(session, recording_id)
        ticket = session.get(Ticket, recording.ticket_id) if recording and recording.ticket_id else None
        seen = access.sees_all(user) or (ticket is not None and access.may_see(user, ticket))
        if recording is None or not seen or recording.state != "stored" or not recording.path:
            abort(404)
        return Path(recording.path)
