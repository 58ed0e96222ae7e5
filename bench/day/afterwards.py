"""What a day left: every call in the database, every voice on the disk, each as it was spoken."""

import hashlib
import time
from collections import Counter
from contextlib import closing

from sqlalchemy import create_engine, text

from db.session import Database
from ivr.services import keeping

PATIENCE_SECONDS = 900
CODES = 500
LEAVES = {"information": "information", "report": "report", "report and callback": "report",
          "hangs up while speaking": "report", "voice": "voice", "follow up": "follow_up",
          "follow up and note": "follow_up", "callback": "callback"}  # fmt: skip
TABLES = ("call", "turn", "ticket", "ticket_event", "recording", "callback", "call_text")


class Books:
    """Looks into the database from outside."""

    def __init__(self, url):
        self._url, self._engine = url, create_engine(url)

    def rows(self, statement, **values):
        with self._engine.connect() as connection:
            return connection.execute(text(statement), values).all()

    def codes(self):
        """Give some codes of reports that callers may ask about: played ones, for those of earlier years are made up."""
        newest = """SELECT t.code FROM ticket t JOIN call c ON c.id = t.call_id WHERE length(c.sid) = 34
            ORDER BY t.id DESC LIMIT :many"""
        return [row.code for row in self.rows(newest, many=CODES)]

    def settled(self):
        """Wait until no voice is on its way; give the seconds that took."""
        began = time.monotonic()
        while self.rows("SELECT 1 FROM recording WHERE state = 'pending' LIMIT 1"):
            assert time.monotonic() < began + PATIENCE_SECONDS, "voices are still on their way"
            time.sleep(0.5)
        return time.monotonic() - began

    def counts(self):
        return {table: self.rows(f'SELECT count(*) FROM "{table}"')[0][0] for table in TABLES}

    def lost(self, city, media, desk):
        """Compare what was played with what is here; count each difference by its name."""
        database = Database(self._url)
        with closing(database), database.reading() as session:
            return self._lost(city, media, lambda row: _spoken(session, desk, row))

    def _lost(self, city, media, spoken):
        calls = {
            row.sid: row for row in self.rows("SELECT sid, ended_at, disposition FROM call WHERE length(sid) = 34")
        }
        voices = {row.sid: row for row in self.rows(
            "SELECT r.sid, r.state, r.path, r.sha256, r.ticket_id, c.sid AS call FROM recording r JOIN call c ON c.id = r.call_id"
        )}  # fmt: skip
        found = Counter()
        for sid, kind in city.played.items():
            row = calls.get(sid)
            found["calls not in the database"] += row is None
            found["calls that never ended"] += row is not None and row.ended_at is None
            found["calls with another end than theirs"] += row is not None and row.disposition != LEAVES[kind]
        for sid, call in media.kept.items():
            row = voices.get(sid)
            found["voices not in the database"] += row is None or row.call != call
            if row is not None:
                found["voices without a ticket"] += row.ticket_id is None
                found["voices not on the disk as spoken"] += not row.sha256 == media.digest(sid) == spoken(row)
        return +found


def _spoken(session, desk, row):
    """Open a voice as the house itself does, and give the digest of what is in it; "" if it cannot be heard."""
    if row.state != "stored":
        return ""
    try:
        with keeping.opened(session, desk, row.path) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except (keeping.Gone, *keeping.Unreadable):
        return ""
