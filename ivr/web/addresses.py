"""Addresses of voices: each good for a few minutes, and for one session alone."""

import hashlib
import hmac
from datetime import timedelta

from flask import request, url_for
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import Forbidden

from ivr.web.sessions import COOKIE
from ivr.web.shell import shell

LASTS = timedelta(minutes=5)
KEY = "key"


class NotYours(Forbidden):
    """The address is over, or another session's."""


def signed(recording_id: int) -> str:
    """Give the address at which this session may hear a voice, for a while."""
    over = int((shell().now() + LASTS).timestamp())
    key = _signer().dumps([recording_id, _session(), over])
    return url_for("recordings.audio", recording_id=recording_id, key=key)


def fits(recording_id: int) -> bool:
    """Say whether the address that is asked for was given to this session, and is not over."""
    try:
        named, session, over = _signer().loads(request.args.get(KEY, ""))
    except (BadData, ValueError, TypeError):
        return False
    mine = hmac.compare_digest(str(session), _session()) and bool(request.cookies.get(COOKIE))
    return bool(mine and named == recording_id and over > shell().now().timestamp())


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(shell().desk.config.server.secret_key.get_secret_value(), salt="a voice's address")


def _session() -> str:
    """Tell sessions apart without telling their tokens."""
    return hashlib.sha256(request.cookies.get(COOKIE, "").encode()).hexdigest()[:32]
