"""Prompts, for telephones to play: public, and the same for ever under one address."""

from flask import Blueprint, Response, abort, jsonify, send_file

from ivr.speech import Clip
from ivr.web.shell import shell

blueprint = Blueprint("audio", __name__)
FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.get("/audio/<string(length=32):digest>.wav")
def wav(digest: str) -> Response:
    """Give a prompt's audio."""
    answer = send_file(_clip(digest).path, mimetype="audio/wav", conditional=True, etag=digest)
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


@blueprint.get("/audio/<string(length=32):digest>.json")
def words(digest: str) -> Response:
    """Give a prompt's words, for those who read along."""
    clip = _clip(digest)
    answer = jsonify(words=clip.words, seconds=round(clip.seconds, 2))
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


def _clip(digest: str) -> Clip:
    clip = shell().desk.speech.find(digest)
    if clip is None:
        abort(404)
    return clip
