"""Changing a ticket from a page: whoever may see it, if it is still as it was looked at."""

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.models import Ticket
from db.session import Session, StaleDataError
from ivr import persian
from ivr.services import access, life, tickets
from ivr.services.history import Author
from ivr.web import ticket_page
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

Answer = AnyResponse | str | tuple[str, int]
Change = Callable[[Session, Ticket, Author], None]


def text() -> str:
    """Give what was written, in letters and digits of one kind, so that it can be found again."""
    return persian.fold(request.form.get("text", ""))


def change(ticket_id: int, act: Change, what: str) -> Answer:
    """Change a ticket that is still as it was looked at; else show what happened to it, and keep what was typed."""
    version = request.form.get("version", type=int)
    if version is None:
        abort(400)
    user = known_user()
    try:
        with shell().database.transaction() as session:
            ticket = session.get(Ticket, ticket_id)
            if ticket is None or not access.may_see(user, ticket):
                abort(404)
            ticket = tickets.edit(session, ticket_id, version)
            act(session, ticket, access.author(user))
            code, still_theirs = ticket.code, access.may_see(user, ticket)
    except (tickets.Conflict, StaleDataError):
        return _conflict(ticket_id)
    except life.TicketError as problem:
        return refused(ticket_id, problem.reason, what)
    flash(word(what, "done"), "done")
    return redirect(url_for("tickets.page", code=code) if still_theirs else url_for("tickets.index"))


def _conflict(ticket_id: int) -> Answer:
    insist_on_sight(ticket_id)
    with shell().database.reading() as session:
        ticket = session.get_one(Ticket, ticket_id)
        seen = request.form.get("seen", 0, type=int)
        news = [event for event in ticket.history if event.id > seen]
        return render_template("conflict.html", ticket=ticket, news=news, typed=text()), 409


def insist_on_sight(ticket_id: int) -> None:
    """Answer 404 to whoever may not see a ticket."""
    with shell().database.reading() as session:
        ticket = session.get(Ticket, ticket_id)
        if ticket is None or not access.may_see(known_user(), ticket):
            abort(404)


def refused(ticket_id: int, reason: str, what: str) -> Answer:
    """Show a ticket, and why it was not changed; what was typed stays."""
    with shell().database.reading() as session:
        return ticket_page.render(session, session.get(Ticket, ticket_id), error=reason, refused=what), 422
