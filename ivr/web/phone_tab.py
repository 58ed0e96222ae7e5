"""What a tab of the browser phone asks of its exchange: read, judged, and done in one transaction."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import abort, request

from db.models import PhoneCall, PhoneRecording
from db.queries import phone
from db.session import Session
from ivr.web import phone_news as news
from ivr.web.phone_news import Office, Report
from ivr.web.sessions import current_user
from ivr.web.shell import shell

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
HOLDER = re.compile(r"[A-Za-z0-9_-]{20,64}")
EVENTS = re.compile(r"[a-z -]{0,60}")


@dataclass
class Desk:
    """One request's transaction with the exchange, and what it leaves to tell."""

    session: Session
    office: Office
    holder: str
    now: datetime
    reports: list[Report] = field(default_factory=list)

    def mine(self, sid: str) -> PhoneCall:
        """Give a leg of this tab's, locked."""
        call = phone.call(self.session, sid, lock=True)
        if call is None or not secrets.compare_digest(call.holder, self.holder):
            abort(404)
        return call

    def linked(self, sid: str, other_sid: str) -> PhoneCall:
        """Give the leg that dialled ours, or that ours dialled."""
        call, other = self.mine(sid), phone.call(self.session, other_sid)
        if other is None or (other.parent_sid != call.sid and call.parent_sid != other.sid):
            abort(404)
        return other

    def ringing(self, sid: str) -> PhoneCall:
        """Give a leg that rings on this tab's line, locked."""
        call = phone.call(self.session, sid, lock=True)
        line = phone.line(self.session, call.to_number) if call else None
        if call is None or line is None or line.holder != self.holder:
            abort(404)
        if call.status not in phone.WAITING:
            abort(409)
        return call

    def recording(self, sid: str) -> PhoneRecording:
        """Give a voice of this tab's, locked."""
        recording = phone.recording(self.session, sid, lock=True)
        if recording is None:
            abort(404)
        self.mine(recording.call_sid)
        return recording


def the_office() -> Office:
    desk = shell().desk
    account = desk.accounts.get(desk.config.phone.account_sid)
    if account is None:
        abort(404)
    return news.office(desk, account)


@contextmanager
def opened(holder: str | None = None) -> Iterator[Desk]:
    """Open the transaction for a tab; afterwards the hotline is told."""
    holder = request.headers.get("X-Phone-Tab", "") if holder is None else holder
    if not HOLDER.fullmatch(holder):
        abort(400)
    with shell().database.transaction() as session:
        desk = Desk(session, the_office(), holder, shell().now())
        yield desk
    news.tell(desk.office, desk.reports)


def own_line(asked: str) -> str:
    """Say which line a tab may hold: its own user's, or any number that is only a number."""
    user = current_user()
    if user is not None and asked == f"client:{user.name}":
        return asked
    return asked if NUMBER.fullmatch(asked) else ""


def body() -> dict[str, Any]:
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        abort(400)
    return asked


def text(asked: dict[str, Any], name: str, most: int) -> str:
    value = asked.get(name) or ""
    if not isinstance(value, str) or len(value) > most:
        abort(400)
    return value


def events(asked: dict[str, Any]) -> str:
    named = text(asked, "statusEvents", 60)
    return named if EVENTS.fullmatch(named) else abort(400)


def address(desk: Desk, asked: dict[str, Any], name: str) -> str:
    """Read one of the hotline's own addresses, or none."""
    url = text(asked, name, 2000)
    return url if not url or desk.office.ours(url) else abort(400)
