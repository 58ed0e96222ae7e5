"""One ticket, as far as whoever asks may see it, and what they may do with it."""

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request

from db.models import Ticket
from db.queries import callbacks as queue
from db.queries import calls
from db.queries import tickets as rows
from db.session import Session
from ivr.services import access, joining, life, referrals
from ivr.web.sessions import known_user
from ivr.web.shell import shell

EARLIER = 8


def render(session: Session, ticket: Ticket | None, **said: str) -> str:
    """Show a ticket; one that is somebody else's looks as if there were none."""
    user = known_user()
    if ticket is None or not access.may_see(user, ticket):
        abort(404)
    moves = life.exits(ticket.state, access.author(user).actor)
    known: dict[str, Any] = {
        "ticket": ticket,
        "desk": access.sees_all(user),
        "moves": [one for one in moves if one not in life.OWN_FORM],
        "can": moves,
        "reopens": ticket.state in life.CLOSED,
        "needs_text": life.NEEDS_TEXT,
        "typed": request.form,
        **_answering(ticket),
        **(_around(session, ticket) if access.sees_all(user) else {}),
    }
    return render_template("ticket.html", **known, **said)


def _answering(ticket: Ticket) -> dict[str, Any]:
    """Give what a referral or an answer needs."""
    desk = shell().desk
    waits = ticket.state in ("referred", "in_progress", "rejected")
    return {
        "holders": referrals.holders(desk.catalogue),
        "bodies": referrals.bodies(desk.catalogue),
        "natural_holder": referrals.natural_holder(desk, ticket),
        "answer_kinds": referrals.ANSWER_KINDS,
        "answers": desk.catalogue.answers_for(ticket.category),
        "may_ask_place": waits and not ticket.waits_for_place,
    }


def _around(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Give what the desk knows besides: of this number, and of reports like it."""
    number, now = ticket.caller, shell().now()
    return {
        "open_callback": queue.open_for(session, number) if number else None,
        "earlier": [other for other in _of(rows.of_caller, session, number) if other.id != ticket.id],
        "earlier_calls": [call for call in _of(calls.of_caller, session, number) if call.id != ticket.call_id],
        "alike": joining.candidates(session, shell().desk, ticket, now) if ticket.state in joining.OPEN else [],
    }


def _of(query: Callable[[Session, str, int], list[Any]], session: Session, number: str | None) -> list[Any]:
    return query(session, number, EARLIER + 1) if number else []
