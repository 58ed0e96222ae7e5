"""Telling open pages that something has changed: one look at the database a second, for all of them.

A page holds a thread while it listens, so only so many may; the others ask every few seconds instead.
"""

import json
import threading
import time
from collections.abc import Iterator

from flask import Blueprint, Response, jsonify

from db.queries import changes
from db.session import SQLAlchemyError
from ivr.web.shell import Shell, shell

blueprint = Blueprint("live", __name__, url_prefix="/live")

LOOK_SECONDS = 1.0
MARKS_SECONDS = 3.0  # so long the look itself may wait for the database
STREAM_SECONDS = 50  # then the browser comes again: nobody listens for ever
RETRY_MS = 2000


class Watch:
    """What has changed last, looked up at most once a second however many ask; and how many listen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, str] = {}
        self._looked_at = 0.0
        self._listeners = 0

    def look(self, here: Shell) -> dict[str, str]:
        """Give a mark for each thing that pages show; another mark means that it has changed."""
        if self._lock.acquire(timeout=LOOK_SECONDS / 2):  # whoever holds it may be waiting for the database
            try:
                if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                    self._seen = self._marks(here)
                    self._looked_at = time.monotonic()
            finally:
                self._lock.release()
        return dict(self._seen)

    def _marks(self, here: Shell) -> dict[str, str]:
        with here.database.in_all(MARKS_SECONDS), here.database.reading() as session:
            return changes.marks(session)

    def come(self, most: int) -> bool:
        """Take a listener's place; say whether there was one."""
        with self._lock:
            free = self._listeners < most
            self._listeners += free
            return free

    def leave(self) -> None:
        with self._lock:
            self._listeners -= 1


watch = Watch()


@blueprint.get("/marks")
def marks() -> Response:
    """Say how things stand, to pages that ask."""
    return jsonify(watch.look(shell()))


@blueprint.get("/stream")
def stream() -> Response | tuple[str, int]:
    """Tell a page of every change, as server-sent events; 503 when too many listen already."""
    here = shell()
    if not watch.come(here.desk.config.console.live_streams):
        return "", 503
    answer = Response(_events(here), mimetype="text/event-stream")
    answer.call_on_close(watch.leave)
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _events(here: Shell) -> Iterator[str]:
    told: dict[str, str] | None = None
    until = time.monotonic() + STREAM_SECONDS
    yield f"retry: {RETRY_MS}\n\n"
    while time.monotonic() < until:
        try:
            seen = watch.look(here)
        except SQLAlchemyError:
            return
        if seen != told:
            told = seen
            yield f"data: {json.dumps(seen)}\n\n"
        else:
            yield ": still here\n\n"
        time.sleep(LOOK_SECONDS)
