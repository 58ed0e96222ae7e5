"""Each web process's own hand at the store: what is on air is copied here ahead of calls, for no turn waits for it."""

import logging
import threading
from datetime import UTC, datetime

from db.queries import day as rows
from db.session import Database, SQLAlchemyError, in_plain_words
from ivr.services import announcements, clips
from ivr.services.desk import Desk
from ivr.services.keeping import Away

log = logging.getLogger(__name__)

ROUND_SECONDS = 5.0


class Mirror(threading.Thread):
    """Looks every few seconds for clips that are not here, and at once for what a turn asks."""

    def __init__(self, database: Database, desk: Desk) -> None:
        super().__init__(name="mirror", daemon=True)
        self._database, self._desk = database, desk
        self._seen: set[str] = set()  # in the store and here
        self._told = ""

    def run(self) -> None:
        """Go on for as long as the process lives."""
        while True:
            self.round(datetime.now(UTC))
            if (sid := self._desk.takes.next(ROUND_SECONDS)) is not None:
                self.answer(sid)

    def answer(self, sid: str) -> None:
        """Make the clip that a turn asked for; a trouble of this process is no answer, and it is asked again."""
        try:
            announcements.answer(self._database, self._desk, sid)
        except Exception:
            self._desk.takes.forget(sid)
            log.exception("a supervisor's voice could not be made an announcement")

    def round(self, now: datetime) -> None:
        """Copy what is to be heard, into the store, too, if it was made before there was one; say a trouble once."""
        try:
            with self._database.reading() as session:
                wanted = rows.clips_to_be_heard(session, now)
            for content in wanted:
                self._copy(content)
        except (Away, OSError) as why:
            self._tell(f"{type(why).__name__}: {why}")
        except SQLAlchemyError as why:
            self._tell(in_plain_words(why))
        except Exception:
            log.exception("announcements could not be fetched")
        else:
            self._told = ""

    def _copy(self, content: str) -> None:
        here = self._desk.speech.find(content)
        if here is None:
            if clips.bring(self._desk, content) is None:
                return
        elif content not in self._seen and not clips.shared(self._desk, content):
            clips.share(self._desk, here)
        self._seen.add(content)

    def _tell(self, why: str) -> None:
        if not self._told:
            log.warning("announcements wait for the store: %s", why)
        self._told = why
