"""Prompts, for telephones to play: public, and the same for ever under one address."""

import logging

from flask import Blueprint, Response, abort, jsonify, send_file

from ivr.services import keeping
from ivr.speech import Clip, Speech
from ivr.web.shell import shell

blueprint = Blueprint("audio", __name__)
log = logging.getLogger(__name__)
FOR_EVER = "public, max-age=31536000, immutable"


def _fetched(digest: str) -> None:
    """Have a clip here, if it is anywhere; 503 while the store is away."""
    try:
        shell().clips.bring(shell().desk, digest)
    except keeping.Away as why:
        log.warning("a clip cannot be had: %s", why)
        abort(503)


@blueprint.get("/audio/<string(length=32):digest>.wav")
def wav(digest: str) -> Response:
    """Give a prompt's audio."""
    _fetched(digest)
    return sound_of(shell().desk.speech, digest)


@blueprint.get("/audio/<string(length=32):digest>.json")
def words(digest: str) -> Response:
    """Give a prompt's words, for those who read along."""
    _fetched(digest)
    return words_of(shell().desk.speech, digest)


def sound_of(speech: Speech, digest: str) -> Response:
    answer = send_file(_clip(speech, digest).path, mimetype="audio/wav", conditional=True, etag=digest)
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


def words_of(speech: Speech, digest: str) -> Response:
    clip = _clip(speech, digest)
    answer = jsonify(words=clip.words, seconds=round(clip.seconds, 2))
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


def _clip(speech: Speech, digest: str) -> Clip:
    clip = speech.find(digest)
    if clip is None:
        abort(404)
    return clip
