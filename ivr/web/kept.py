"""What is kept sealed, given out: whole or in part, and opened on the way."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from flask import Response, abort, request
from werkzeug.wsgi import wrap_file

from ivr.services import keeping
from ivr.web.shell import shell

log = logging.getLogger(__name__)


def whole(place: str) -> io.BytesIO:
    """Read all of it."""
    with _told(place), _opened(place) as file:
        return io.BytesIO(file.read())


def given(place: str, kind: str, sha256: str) -> Response:
    """Answer with a file, or the part of it that is asked for."""
    with _told(place):
        file = _opened(place)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    response = Response(wrap_file(request.environ, file), mimetype=kind, direct_passthrough=True)
    response.headers["Cache-Control"] = "no-store"
    response.content_length = size
    if sha256:
        response.set_etag(sha256)
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except BaseException:  # 416, as a rule
        file.close()
        raise
    return response


def _opened(place: str) -> BinaryIO:
    with shell().database.reading() as session:
        return keeping.opened(session, shell().desk, place)


@contextmanager
def _told(place: str) -> Iterator[None]:
    """Answer 404 for what is gone or cannot be opened, 503 while the store is away."""
    try:
        yield
    except keeping.Gone:
        abort(404)
    except keeping.Away as why:
        log.warning("what is kept cannot be reached: %s", why)
        abort(503)
    except keeping.Unreadable as why:
        log.error("what is kept cannot be opened: %s", why, extra={"place": place})  # noqa: TRY400  # its words say all
        abort(404)
