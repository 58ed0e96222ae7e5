"""What leaves the house as rows: oldest first, streamed, the same columns for ever."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from db.models import Call, Callback, Recording, Ticket
from db.queries import callbacks, calls, recordings, tickets
from db.session import Session
from ivr.config import Config

Row = dict[str, Any]
Where = Callable[[str], str]


def whereabouts(config: Config) -> Where:
    """Give what says where a file of a place lies: in the store, unless only this machine has it from before."""

    def where(place: str) -> str:
        here = config.recordings_dir / place
        return (
            f"{config.data.store_url.rstrip('/')}/{place}" if config.data.store_url and not here.exists() else str(here)
        )

    return where


def rows(session: Session, kind: str, where: Where) -> Iterator[Row]:
    """Stream one kind of rows. Raises KeyError for a kind that is not in KINDS."""
    every, row = _KINDS[kind]
    return (row(one, where) for one in every(session))


def _call(call: Call, _: Where) -> Row:
    return {
        "call_sid": call.sid,
        "direction": call.direction,
        "caller": call.caller,
        "started_at": _utc(call.started_at),
        "ended_at": _utc(call.ended_at),
        "disposition": call.disposition,
        "path": [
            {"at": _utc(turn.at), "node": turn.node, "event": turn.event, "keys": turn.keys} for turn in call.turns
        ],
        "archived": call.archived,
    }


def _ticket(ticket: Ticket, where: Where) -> Row:
    return {
        "code": ticket.code,
        "district": ticket.district,
        "category": ticket.category,
        "unit": ticket.unit,
        "priority": ticket.priority,
        "state": ticket.state,
        "opened_at": _utc(ticket.opened_at),
        "due_at": _utc(ticket.due_at),
        "caller": ticket.caller,
        "call_sid": ticket.call.sid if ticket.call else None,
        "recordings": [_recording(recording, where) for recording in ticket.recordings],
    }


def _callback(callback: Callback, _: Where) -> Row:
    return {
        "number": callback.number,
        "type": callback.type,
        "state": callback.state,
        "requested_at": _utc(callback.requested_at),
        "due_at": _utc(callback.due_at),
        "tries": callback.tries,
        "disposition": callback.disposition,
        "ticket_code": callback.ticket.code if callback.ticket else None,
    }


def _recording(recording: Recording, where: Where) -> Row:
    return {
        "sid": recording.sid,
        "kind": recording.kind,
        "seconds": recording.seconds if recording.seconds is not None else recording.reported_seconds,
        "sha256": recording.sha256,
        "path": where(recording.path) if recording.path else None,
        "state": recording.state,
    }


def _recording_alone(recording: Recording, where: Where) -> Row:
    return {
        **_recording(recording, where),
        "call_sid": recording.call.sid,
        "created_at": _utc(recording.created_at),
        "replaced": recording.replaced,
        "last_error": recording.last_error,
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


_KINDS: dict[str, tuple[Callable[[Session], Iterator[Any]], Callable[[Any, Where], Row]]] = {
    "calls": (calls.every, _call),
    "tickets": (tickets.every, _ticket),
    "callbacks": (callbacks.every, _callback),
    "recordings": (recordings.every, _recording_alone),
}
KINDS = tuple(_KINDS)
