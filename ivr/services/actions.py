"""What a call flow may ask of the desk; each gives a result and the facts that it taught the call."""

from collections.abc import Callable, Mapping
from datetime import datetime

from db.models import Call, Recording, Ticket
from db.queries import callbacks as queue
from db.queries import recordings, tickets
from db.session import Session
from ivr.flow import Did
from ivr.services import announcements, callbacks, codes, feedback, managers
from ivr.services import tickets as desk_tickets
from ivr.services.desk import Desk

Facts = Mapping[str, str]
TRIES = 3
LOOKS = 20  # for a voice that a supervisor waits to hear


def perform(session: Session, desk: Desk, call: Call, action: str, facts: Facts, now: datetime) -> Did:
    """Do what the flow asks for."""
    return _ACTIONS[action](session, desk, call, facts, now)


def open_ticket(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:
    """Open the call's ticket with the voice it has; its code is to be spoken."""
    ticket = desk_tickets.open_for(
        session,
        desk,
        call,
        facts.get("category") or desk_tickets.UNKNOWN_CATEGORY,
        facts.get("district") or desk_tickets.UNKNOWN_DISTRICT,
        now,
    )
    if voice := recordings.find(session, facts.get("recording", "")):
        desk_tickets.attach(session, ticket, voice, "issue", now)
    return Did("opened", {"code": ticket.code})


def find_ticket(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:
    """Find a ticket by its whole code, or by its ending from the telephone that made the report.

    A wrong code and somebody else's ending are one answer; too many of them, and nothing is looked up.
    """
    if codes.throttled(session, desk.config.codes, call.caller, now):
        return Did("throttled")
    ticket = _look_up(session, call, facts.get("code_keys", ""))
    if ticket is None:
        codes.remember_failure(session, call.caller, now)
        failures = int(facts.get("code_failures", "0")) + 1
        return Did("exhausted" if failures >= TRIES else "unknown", {"code_failures": str(failures)})
    return Did(
        "found",
        {
            "ticket_code": ticket.code,
            "ticket_status": (ticket.main or ticket).state,
            "ticket_category": ticket.category,
            "ticket_district": ticket.district,
            "ticket_date": f"{desk.local(ticket.opened_at):%Y-%m-%d}",
        },
    )


def _look_up(session: Session, call: Call, keys: str) -> Ticket | None:
    if codes.well_formed(keys):
        return tickets.by_code(session, keys)
    if len(keys) == codes.ENDING and call.caller:
        return tickets.by_ending(session, call.caller, keys)
    return None


def add_note(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:  # noqa: ARG001  # as all actions
    """Hang a voice note on the ticket that the caller asked about."""
    ticket = tickets.by_code(session, facts.get("ticket_code") or facts.get("code", ""), lock=True)
    voice = recordings.find(session, facts.get("note", ""))
    if ticket is not None and voice is not None:
        desk_tickets.attach(session, ticket, voice, "note", now)
    return Did("added", {"note_added": "yes"})


def check_number(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:  # noqa: ARG001
    """Judge a number that the caller keyed in."""
    number = desk.plan.keyed(facts.get("number_keys", ""))
    if number is not None:
        return Did("valid", {"callback_number": number})
    failures = int(facts.get("number_failures", "0")) + 1
    return Did("exhausted" if failures >= TRIES else "invalid", {"number_failures": str(failures)})


def queue_callback(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:
    """Promise a call to the number keyed in, else to the caller's own."""
    number = facts.get("callback_number") or call.caller
    code = facts.get("code") or facts.get("ticket_code")
    ticket = tickets.by_code(session, code) if code else None
    window = facts.get("callback_window", "").replace("any", "")
    wanted = callbacks.Wanted(number or "", facts.get("callback_type", "intake"), call, ticket, window)
    promise = callbacks.request(session, desk, wanted, now)
    if promise is None:
        return Did("refused")
    learned = {"ahead": str(promise.ahead), "promise_day": promise.day, "promise_hour": promise.hour}
    return Did("queued" if promise.new else "already", learned)


def confirm_solved(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:  # noqa: ARG001
    """Take the citizen's word that it was solved."""
    return _say_solved(session, desk, call, now, solved=True)


def reject_solved(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:  # noqa: ARG001
    """Take the citizen's word that it was not."""
    return _say_solved(session, desk, call, now, solved=False)


def _say_solved(session: Session, desk: Desk, call: Call, now: datetime, *, solved: bool) -> Did:
    attempt = queue.attempt(session, call.attempt_id or 0)
    if attempt is None or not feedback.heard(session, desk, attempt.callback, now, solved=solved):
        return Did("late")
    return Did("heard")


def join_session(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:  # noqa: ARG001
    """Take a talk with the manager who answers in person, if one is left."""
    return Did("joined" if managers.join(session, call, now) else "full")


def hear_take(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:  # noqa: ARG001
    """Let a supervisor hear their announcement, once the voice has come here from the provider."""
    take = announcements.take(session, desk, facts.get("recording", ""))
    if take is None:
        return Did("lost")
    looks = int(facts.get("take_looks", "0")) + 1
    if not take:
        return Did("waiting" if looks < LOOKS else "lost", {"take_looks": str(looks)})
    return Did("ready", {"take": f"{announcements.CLIP}{take}"})


def keep_take(session: Session, desk: Desk, call: Call, facts: Facts, now: datetime) -> Did:
    """Put what the supervisor heard on air."""
    attempt = queue.attempt(session, call.attempt_id or 0)
    if attempt is not None:
        announcements.keep(session, desk, now, attempt.callback_id, facts.get("recording", ""), facts.get("take", ""))
    return Did("kept")


def attach_talk(session: Session, call: Call, voice: Recording, now: datetime) -> None:
    """Hang what was recorded in a call of ours on the ticket it was about: a talk, or a citizen's objection."""
    attempt = queue.attempt(session, call.attempt_id) if call.attempt_id is not None else None
    if attempt is not None and attempt.callback.ticket is not None:
        kind = "note" if attempt.callback.machine else "conversation"
        desk_tickets.attach(session, attempt.callback.ticket, voice, kind, now)


_ACTIONS: dict[str, Callable[[Session, Desk, Call, Facts, datetime], Did]] = {
    "open_ticket": open_ticket,
    "find_ticket": find_ticket,
    "add_note": add_note,
    "check_number": check_number,
    "queue_callback": queue_callback,
    "confirm_solved": confirm_solved,
    "reject_solved": reject_solved,
    "join_session": join_session,
    "hear_take": hear_take,
    "keep_take": keep_take,
}
