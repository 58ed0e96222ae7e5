"""A manager answers in person: a window, a telephone, so many talks; callers come in, or are invited and called."""

from datetime import datetime

from db.models import Call, Callback, ManagerSession, SessionGuest, User
from db.queries import callbacks as queue
from db.queries import day as rows
from db.queries import tickets as ticket_rows
from db.session import Session, insert_once
from ivr.services import callbacks, day, telephones
from ivr.services.callbacks import CallbackError
from ivr.services.day import DayError
from ivr.services.desk import Desk
from ivr.services.history import Author

MOST_SLOTS = 200
LIVE = "live"


def facts(session: Session, now: datetime) -> dict[str, str]:
    """Give the manager's telephone while the window is open and a talk is left."""
    one = rows.manager_now(session, now)
    if one is None or rows.came_in(session, one.id) >= one.slots:
        return {}
    return {"live_host": one.telephone}


def join(session: Session, call: Call, now: datetime) -> bool:
    """Take a talk for a caller; say whether one was left."""
    one = rows.manager_now(session, now, lock=True)
    if one is None:
        return False
    if rows.guest_of_call(session, one.id, call.id):
        return True
    if rows.came_in(session, one.id) >= one.slots:
        return False
    session.add(SessionGuest(session_id=one.id, number=call.caller or "", call_id=call.id, at=now))
    session.flush()
    return True


def plan(
    session: Session,
    desk: Desk,
    now: datetime,
    author: Author,
    title: str,
    host: str,
    telephone: str,
    window: tuple[datetime | None, datetime | None],
    slots: int,
) -> ManagerSession:
    """Plan a session. Raises DayError."""
    starts_at, ends_at = day.check_window(now, *window)
    if not title.strip() or not host.strip():
        raise DayError("no_title")
    if not 0 < slots <= MOST_SLOTS:
        raise DayError("bad_slots")
    one = ManagerSession(
        title=title.strip()[:120],
        host=host.strip()[:80],
        telephone=telephones.read(desk, telephone),
        starts_at=starts_at,
        ends_at=ends_at,
        slots=slots,
        author=author.name,
        created_at=now,
    )
    session.add(one)
    session.flush()
    day.note(session, now, author.name, "session_planned", str(one.id), one.title)
    return one


def get(session: Session, session_id: int) -> ManagerSession:
    """Give a session, locked. Raises DayError."""
    one = session.get(ManagerSession, session_id, with_for_update=True)
    if one is None:
        raise DayError("unknown_session")
    return one


def cancel(session: Session, now: datetime, author: Author, one: ManagerSession) -> None:
    """Call it off, or end it before its time. Raises DayError if it is over."""
    if one.cancelled_at is not None or one.ends_at <= now:
        raise DayError("session_over")
    one.cancelled_at = now
    day.note(session, now, author.name, "session_cancelled", str(one.id), one.title)


def write(session: Session, now: datetime, author: Author, one: ManagerSession, minutes: str) -> None:
    """Write down what was said."""
    one.minutes = minutes.strip()
    day.note(session, now, author.name, "session_minutes", str(one.id), one.minutes)


def invite(session: Session, desk: Desk, now: datetime, author: Author, one: ManagerSession, code: str) -> None:
    """Put an earlier caller on the list, by the code of what they reported. Raises DayError."""
    ticket = ticket_rows.by_code(session, code)
    if ticket is None:
        raise DayError("unknown_ticket")
    if not desk.callable(ticket.caller):
        raise DayError("no_number")
    guest = SessionGuest(session_id=one.id, number=ticket.caller or "", ticket_id=ticket.id, author=author.name, at=now)
    if not insert_once(session, guest):
        raise DayError("invited_already")
    day.note(session, now, author.name, "session_invited", str(one.id), ticket.code)


def ring(session: Session, desk: Desk, now: datetime, user: User, guest: SessionGuest) -> Callback:
    """Ring the manager, then the invited caller; the user has the callback in hand, and writes down what came of it.

    Raises DayError outside the window, CallbackError when nobody may be rung now.
    """
    one = guest.session
    if one.cancelled_at is not None or not one.starts_at <= now < one.ends_at:
        raise DayError("session_closed")
    if guest.callback is not None and guest.callback.closed_at is None:
        raise CallbackError("already_dialling")
    if queue.held_by(session, user.id) is not None:
        raise CallbackError("holds_another")
    if guest.ticket is None:
        raise DayError("unknown_ticket")
    callback = callbacks.owe(session, desk, guest.ticket, guest.number, LIVE, now)
    if callback is None:
        raise DayError("number_waits")
    day.note(session, now, user.name, "session_ring", str(one.id), guest.ticket.code)
    callback.state, callback.claimed_by, guest.callback_id = "claimed", user.id, callback.id
    callbacks.dial(session, desk, callback, user, now, one.telephone)
    return callback


def state(one: ManagerSession, now: datetime) -> str:
    """Say whether it is open: later, now, over, cancelled."""
    if one.cancelled_at is not None:
        return "cancelled"
    if now >= one.ends_at:
        return "over"
    return "now" if now >= one.starts_at else "later"


def came_of(guest: SessionGuest) -> str:
    """Say how it went with a guest: invited, ringing, talked, missed; by what the telephones reported."""
    if guest.call is not None:
        status = guest.call.state.get("facts", {}).get("dial_status", "")
        if not status:
            return "talking" if guest.call.ended_at is None else "missed"
        return "talked" if status in ("completed", "answered") else "missed"
    if guest.callback is None:
        return "invited"
    if guest.callback.closed_at is None:
        return "talking"
    return "talked" if guest.callback.disposition == "reached" else "missed"
