"""What must outlive a crash: calls under way, voices recorded, and news not yet taken. One SQLite file, synced."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
SCHEMA = """
CREATE TABLE IF NOT EXISTS leg (sid TEXT PRIMARY KEY, over INTEGER NOT NULL, body TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS leg_live ON leg (over) WHERE over = 0;
CREATE TABLE IF NOT EXISTS voice (
    sid TEXT PRIMARY KEY, call_sid TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS voice_call ON voice (call_sid);
CREATE INDEX IF NOT EXISTS voice_open ON voice (status) WHERE status = 'in-progress';
CREATE TABLE IF NOT EXISTS news (
    id INTEGER PRIMARY KEY AUTOINCREMENT, call_sid TEXT NOT NULL, url TEXT NOT NULL, method TEXT NOT NULL,
    form TEXT NOT NULL, at REAL NOT NULL);
"""


@dataclass
class Leg:
    """A call as Twilio counts them: one per telephone. `asked` is the request whose document is carried out now."""

    sid: str
    channel: str
    direction: str  # inbound, outbound-api, outbound-dial
    caller: str
    called: str
    parent_sid: str = ""
    status: str = "queued"
    answered_by: str = ""
    fallback_url: str = ""
    status_url: str = ""
    status_method: str = "POST"
    status_events: tuple[str, ...] = ("completed",)
    sequence: int = 0
    created: float = field(default_factory=time.time)
    answered: float | None = None
    ended: float | None = None
    asked: dict[str, Any] | None = None  # url, method, extra
    recording: str = ""  # the sid of the Record that is under way
    talk: dict[str, Any] | None = None  # the bridge this leg is in: child, bridge, recording, action, method

    @property
    def seconds(self) -> int:
        """Count how long the telephone was off the hook."""
        return max(0, round((self.ended or time.time()) - self.answered)) if self.answered else 0


@dataclass
class Voice:
    """A recording: in-progress, completed, absent or deleted; `report` is where news of it goes."""

    sid: str
    call_sid: str
    name: str  # on the exchange
    source: str  # RecordVerb, DialVerb
    status: str = "in-progress"
    seconds: int = 0
    trim: bool = True
    started: float = field(default_factory=time.time)
    report: dict[str, Any] | None = None  # url, method, events
    action: dict[str, str] | None = None  # url, method: of the Record verb
    keys: str = ""  # that end it


@dataclass(frozen=True)
class News:
    """A form that somebody must be told, as often as it takes."""

    id: int
    call_sid: str
    url: str
    method: str
    form: Mapping[str, str]
    at: float


class Ledger:
    """Every write is on the disk when its method returns; several in a `together` are so at once, or not at all."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;{SCHEMA}")
        path.chmod(0o600)
        self._depth = 0

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of several writes."""
        if self._depth:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        else:
            self._db.execute("COMMIT")
        finally:
            self._depth = 0

    def keep_leg(self, leg: Leg) -> None:
        self._db.execute(
            "INSERT INTO leg VALUES (?, ?, ?, ?) ON CONFLICT (sid) DO UPDATE SET over = excluded.over, "
            "body = excluded.body",
            (leg.sid, leg.status in OVER, json.dumps(asdict(leg)), leg.created),
        )

    def leg(self, sid: str) -> Leg | None:
        row = self._db.execute("SELECT body FROM leg WHERE sid = ?", (sid,)).fetchone()
        return _leg(row[0]) if row else None

    def legs(self, called: str, most: int) -> list[Leg]:
        """List the newest calls to a telephone, or to any; of those that ended, as long as they are remembered."""
        rows = self._db.execute(
            "SELECT body FROM leg WHERE ? IN ('', json_extract(body, '$.called')) ORDER BY at DESC LIMIT ?",
            (called, most),
        )
        return [_leg(body) for (body,) in rows]

    def live_legs(self) -> list[Leg]:
        return [_leg(body) for (body,) in self._db.execute("SELECT body FROM leg WHERE over = 0 ORDER BY at")]

    def keep_voice(self, voice: Voice) -> None:
        self._db.execute(
            "INSERT INTO voice VALUES (?, ?, ?, ?, ?) ON CONFLICT (sid) DO UPDATE SET status = excluded.status, "
            "body = excluded.body",
            (voice.sid, voice.call_sid, voice.status, json.dumps(asdict(voice)), voice.started),
        )

    def voice(self, sid: str) -> Voice | None:
        row = self._db.execute("SELECT body FROM voice WHERE sid = ?", (sid,)).fetchone()
        return Voice(**json.loads(row[0])) if row else None

    def voices_of(self, call_sid: str) -> list[Voice]:
        rows = self._db.execute("SELECT body FROM voice WHERE call_sid = ? ORDER BY at", (call_sid,))
        return [Voice(**json.loads(body)) for (body,) in rows]

    def open_voices(self) -> list[Voice]:
        rows = self._db.execute("SELECT body FROM voice WHERE status = 'in-progress' ORDER BY at")
        return [Voice(**json.loads(body)) for (body,) in rows]

    def tell(self, call_sid: str, url: str, method: str, form: Mapping[str, str]) -> None:
        """Note that somebody must be told."""
        values = (call_sid, url, method, json.dumps(dict(form)), time.time())
        self._db.execute("INSERT INTO news (call_sid, url, method, form, at) VALUES (?, ?, ?, ?, ?)", values)

    def calls_with_news(self) -> list[str]:
        return [sid for (sid,) in self._db.execute("SELECT call_sid FROM news GROUP BY call_sid ORDER BY min(id)")]

    def next_news(self, call_sid: str) -> News | None:
        """Give the oldest thing that is not yet told of a call."""
        row = self._db.execute(
            "SELECT id, call_sid, url, method, form, at FROM news WHERE call_sid = ? ORDER BY id LIMIT 1", (call_sid,)
        ).fetchone()
        return News(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5]) if row else None

    def untold(self) -> tuple[int, float | None]:
        """Count what is not yet told, and say when the oldest of it was noted."""
        row: tuple[int, float | None] = self._db.execute("SELECT count(*), min(at) FROM news").fetchone()
        return row

    def told(self, news_id: int) -> None:
        self._db.execute("DELETE FROM news WHERE id = ?", (news_id,))

    def forget(self, before: float) -> int:
        """Forget calls that ended long ago; voices stay until they are deleted."""
        return self._db.execute("DELETE FROM leg WHERE over = 1 AND at < ?", (before,)).rowcount


def _leg(body: str) -> Leg:
    read = json.loads(body)
    return Leg(**{**read, "status_events": tuple(read["status_events"])})
