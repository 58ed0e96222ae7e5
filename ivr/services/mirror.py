"""Each web process's own hand at the store: what is on air is copied here ahead of calls, for no turn waits for it.

What its own voice has said is put there, for whichever machine a telephone asks for it.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from db.queries import day as rows
from db.session import Database, SQLAlchemyError, in_plain_words
from ivr.services import announcements, clips
from ivr.services.desk import Desk
from ivr.services.keeping import Away

log = logging.getLogger(__name__)

ROUND_SECONDS, LOOK_SECONDS = 5.0, 0.5


class Mirror(threading.Thread):
    """Looks every few seconds for clips that are not here, and at once for what a turn asks."""

    def __init__(self, database: Database, desk: Desk) -> None:
        super().__init__(name="mirror", daemon=True)
        self._database, self._desk = database, desk
        self._seen: set[str] = set()  # in the store and here
        self._offered: set[str] = set()
        self._told: set[str] = set()

    def run(self) -> None:
        """Go on for as long as the process lives."""
        while True:
            self.round(datetime.now(UTC))
            self.offer()
            until = time.monotonic() + ROUND_SECONDS
            while (left := until - time.monotonic()) > 0:
                if (sid := self._desk.takes.next(min(left, LOOK_SECONDS))) is not None:
                    self.answer(sid)
                if not self._told:  # else it is away, and to find that out takes seconds
                    self.offer()

    def answer(self, sid: str) -> None:
        """Make the clip that a turn asked for; a trouble of this process is no answer, and it is asked again."""
        try:
            announcements.answer(self._database, self._desk, sid)
        except Exception:
            self._desk.takes.forget(sid)
            log.exception("a supervisor's voice could not be made an announcement")

    def round(self, now: datetime) -> None:
        """Copy what is to be heard, into the store, too, if it was made before there was one; say a trouble once."""
        with self._plainly("announcements wait for the store"):
            with self._database.reading() as session:
                wanted = rows.clips_to_be_heard(session, now)
            for content in wanted:
                self._copy(content)

    def offer(self) -> None:
        """Share what this machine's voice has said, a part of it each time; say a trouble once."""
        with self._plainly("prompts that another machine may be asked for wait for the store"):
            clips.offer(self._desk, self._offered)

    @contextmanager
    def _plainly(self, what: str) -> Iterator[None]:
        """Let no trouble end the thread; `what` waits for as long as it lasts."""
        try:
            yield
        except (Away, OSError) as why:
            self._tell(what, f"{type(why).__name__}: {why}")
        except SQLAlchemyError as why:
            self._tell(what, in_plain_words(why))
        except Exception:
            log.exception(what)
        else:
            self._told.discard(what)

    def _copy(self, content: str) -> None:
        here = self._desk.speech.find(content)
        if here is None:
            if clips.bring(self._desk, content) is None:
                return
        elif content not in self._seen and not clips.shared(self._desk, content):
            clips.share(self._desk, here)
        self._seen.add(content)

    def _tell(self, what: str, why: str) -> None:
        if what not in self._told:
            log.warning("%s: %s", what, why)
        self._told.add(what)
