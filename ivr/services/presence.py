"""Who is at the desk: ready, paused with a reason, in a call, wrapping up, or away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import Presence, User
from db.queries import callbacks as queue
from db.queries import people
from db.session import Session
from ivr.services.callbacks import CallbackError
from ivr.services.desk import Desk

REASONS = ("break", "prayer", "meal", "meeting", "training", "other")
_BY_CALLBACK = {"claimed": "in_call", "dialling": "in_call", "talking": "in_call", "wrap_up": "wrap_up"}


@dataclass(frozen=True)
class Seat:
    """One operator as the others see them; `state` is ready, paused, in_call, wrap_up or away."""

    name: str
    state: str
    reason: str
    since: datetime


def beat(session: Session, user: User, now: datetime) -> Presence:
    """Note that an operator is there; the first sign of the day makes them ready."""
    seat = people.presence(session, user.id) or people.take_seat(
        session, Presence(user_id=user.id, state="ready", since=now, seen_at=now)
    )
    seat.seen_at = now
    return seat


def pause(session: Session, user: User, now: datetime, reason: str) -> None:
    """Take a break, for a reason. Raises CallbackError for one that is not listed."""
    if reason not in REASONS:
        raise CallbackError("unknown_reason")
    seat = beat(session, user, now)
    seat.state, seat.reason, seat.since = "paused", reason, now


def resume(session: Session, user: User, now: datetime) -> None:
    """Be ready again."""
    seat = beat(session, user, now)
    seat.state, seat.reason, seat.since = "ready", "", now


def insist_ready(session: Session, user: User, now: datetime) -> None:
    """Let nobody on a break take callbacks. Raises CallbackError."""
    if beat(session, user, now).state == "paused":
        raise CallbackError("on_pause")


def team(session: Session, desk: Desk, now: datetime) -> list[Seat]:
    """List everybody who was here in the last day, by what they do now."""
    holding = {callback.claimed_by: callback for callback in queue.held(session)}
    away = now - timedelta(seconds=desk.config.console.away_seconds)
    seats = []
    for seat in people.seats(session, now - timedelta(days=1)):
        callback = holding.get(seat.user_id)
        state, since = seat.state, seat.since
        if callback is not None:
            state, since = _BY_CALLBACK[callback.state], callback.changed_at
        elif seat.seen_at < away:
            state, since = "away", seat.seen_at
        seats.append(Seat(seat.user.full_name or seat.user.name, state, seat.reason, since))
    return seats
