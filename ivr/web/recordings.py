"""A citizen's voice, for staff only; the row says where it lies, never the request."""

from flask import Blueprint, Response, abort, send_from_directory

from db.queries import recordings
from ivr.web.shell import shell

blueprint = Blueprint("recordings", __name__)


@blueprint.get("/recordings/<int:recording_id>/audio")
def audio(recording_id: int) -> Response:
    with shell().database.reading() as session:
        recording = recordings.get(session, recording_id)
        path = recording.path if recording and recording.state == "stored" else None
    if not path:
        abort(404)
    response = send_from_directory(shell().desk.config.recordings_dir, path, conditional=True)
    response.headers["Cache-Control"] = "no-store"
    return response
