"""How many of the console's requests may be at the database at once, and how long they wait: callers come first."""

import logging
import threading
from contextlib import ExitStack

from flask import Flask, Response, g, make_response, render_template, request

from db.session import AWAY
from ivr.web.shell import Shell

log = logging.getLogger(__name__)

PATIENT = frozenset({"voice"})  # has a bound of its own: reception.py
PLACELESS = frozenset({None, "voice", "phone_exchange", "audio", "health", "metrics"})
COMING_SECONDS = 2.0  # so long a request waits for a place
DATABASE_SECONDS = 5.0  # so long it waits for the database, all its statements together
LONGER_SECONDS = {"call_export": 60.0, "monthly": 30.0}  # these ask for much
AGAIN_SECONDS = 5


class NoPlace(Exception):
    """So many are at work already, and as many wait."""


class Places:
    """So many requests are at work, at most, and as many wait for a place; the others are sent away at once."""

    def __init__(self, number: int) -> None:
        self._free = threading.Semaphore(number)
        self._coming = threading.Semaphore(number)

    def take(self, seconds: float) -> bool:
        """Take a place, waiting so long for it; say whether there was one."""
        if self._free.acquire(blocking=False):
            return True
        if not self._coming.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=seconds)
        finally:
            self._coming.release()

    def leave(self) -> None:
        self._free.release()


def number_of(threads: int, wished: int) -> int:
    """Say how many places there are: with those who wait for one, never more than half of the threads."""
    return max(1, min(wished, threads // 4))


def prepare(app: Flask, here: Shell) -> None:
    """Bound every request but a caller's; to be called before anything that looks at the database."""
    config = here.desk.config
    places = Places(number_of(config.server.threads, config.console.at_once))

    def come() -> None:
        g.stay = ExitStack()
        if request.blueprint not in PLACELESS:
            if not places.take(COMING_SECONDS):
                raise NoPlace
            g.stay.callback(places.leave)
        if request.blueprint not in PATIENT:
            seconds = LONGER_SECONDS.get(request.blueprint or "", DATABASE_SECONDS)
            g.stay.enter_context(here.database.in_all(seconds))

    def go(_: BaseException | None) -> None:
        if "stay" in g:
            g.pop("stay").close()

    app.before_request(come)
    app.teardown_request(go)
    for error in (NoPlace, *AWAY):
        app.register_error_handler(error, _away)


def _away(error: Exception) -> Response:
    """Say in plain words that the console is to be tried again; nothing is asked of the database for it."""
    log.error("a page was not given: %s", type(error).__name__, extra={"endpoint": request.endpoint})
    answer = make_response(render_template("error.html", code=503, why="database_away"), 503)
    answer.headers["Retry-After"] = str(AGAIN_SECONDS)
    return answer
