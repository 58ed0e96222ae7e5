"""What a telephone told us: one signed form, taken in one transaction, now or once the database is back."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from db.session import Session
from ivr.services import calls, dialling
from ivr.services.calls import Heard, Unexpected
from ivr.services.desk import Desk
from ivr.telephony.media import sid_of


@dataclass(frozen=True)
class Webhook:
    """A voice form as it came: its kind (answer, turn, recording, status, fallback), a turn's number, and when."""

    kind: str
    form: Mapping[str, str]
    query: Mapping[str, str]
    at: datetime
    n: int = 0

    @property
    def attempt(self) -> int | None:
        return _number(self.query.get("attempt"))

    @cached_property
    def heard(self) -> Heard:
        """Read the form: what is not of the right shape counts as not said."""
        form = self.form
        sid = form.get("RecordingSid") or sid_of(form.get("RecordingUrl", ""))
        digits = form.get("Digits", "")
        return Heard(
            sid=form["CallSid"],
            account_sid=form["AccountSid"],
            caller_raw=form.get("From", ""),
            called=form.get("To", ""),
            keys="" if digits == "hangup" else re.sub(r"[^0-9*#]", "", digits),
            recording_sid=sid if sid and re.fullmatch(r"[A-Za-z0-9_-]{8,64}", sid) else None,
            recording_seconds=_number(form.get("RecordingDuration")) or 0,
            hung_up=digits == "hangup",
            dial_status=form.get("DialCallStatus", ""),
            dial_seconds=_number(form.get("DialCallDuration")) or 0,
        )

    def dump(self) -> dict[str, Any]:
        """Write it down for another day."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def load(cls, written: Mapping[str, Any]) -> "Webhook":
        return cls(**{**written, "at": datetime.fromisoformat(written["at"])})


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else None


def take(session: Session, desk: Desk, hook: Webhook) -> str:
    """Do what a webhook is for, once however often it comes; give the TwiML if there is any. Raises Unexpected."""
    return {"answer": _answer, "turn": _turn, "status": _status}.get(hook.kind, _voice)(session, desk, hook)


def salvage(hook: Webhook) -> Webhook | None:
    """Give what is worth keeping of a turn that could not be taken: the voice that came with it."""
    return replace(hook, kind="recording") if hook.heard.recording_sid else None


def _answer(session: Session, desk: Desk, hook: Webhook) -> str:
    """Answer a call, or a leg that the desk asked for."""
    heard, opening = hook.heard, None
    if hook.attempt is not None:
        by = hook.form.get("AnsweredBy", "")
        opening = dialling.opening(session, desk, hook.attempt, heard.sid, by)
        if opening is None:
            raise Unexpected("the try is over")
    return calls.answer(session, desk, heard, hook.at, opening)


def _turn(session: Session, desk: Desk, hook: Webhook) -> str:
    return calls.turn(session, desk, hook.n, hook.heard, hook.at)


def _voice(session: Session, desk: Desk, hook: Webhook) -> str:
    """Take note of the call, and of a recording if there is one: here, absent or failed."""
    opening = dialling.opening_of(session, desk, hook.attempt) if hook.attempt is not None else None
    calls.keep(session, desk, hook.heard, hook.form.get("RecordingStatus", "completed"), hook.at, opening)
    return ""


def _status(session: Session, desk: Desk, hook: Webhook) -> str:
    """Take note of a call's or a leg's status."""
    heard, attempt, said = hook.heard, hook.attempt, hook.form.get("CallStatus", "")
    leg = "citizen" if hook.query.get("leg") == "citizen" else "operator"
    by = hook.form.get("AnsweredBy", "")
    if said in calls.OVER and leg == "operator":
        opening = dialling.opening_of(session, desk, attempt) if attempt is not None else None
        calls.end(session, desk, heard, hook.at, opening)
    if attempt is not None:
        news = dialling.News(leg, said, heard.sid, _number(hook.form.get("CallDuration")), by)
        dialling.progress(session, desk, attempt, news, hook.at)
    return ""
