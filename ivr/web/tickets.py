"""Tickets: the list, one of them, and every change the desk may make to it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.models import Ticket
from db.queries import callbacks as queue
from db.queries import calls
from db.queries import tickets as rows
from db.session import Session, StaleDataError
from ivr.services import access, life, tickets
from ivr.web.labels import word
from ivr.web.search import Search, read
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("tickets", __name__)

PAGE = 30
EARLIER = 8
Answer = AnyResponse | str | tuple[str, int]
Change = Callable[[Session, Ticket], None]


@blueprint.get("/")
def home() -> AnyResponse:
    return redirect(url_for("tickets.index"))


@blueprint.get("/tickets")
def index() -> Answer:
    with shell().database.reading() as session:
        wanted = read(request.args, shell().desk.plan)
        if wanted.code and rows.by_code(session, wanted.code):
            return redirect(url_for("tickets.page", code=wanted.code))
        found = [] if wanted.hopeless else rows.page(session, wanted.filter, PAGE + 1)
        return render_template("tickets.html", wanted=wanted, **_paged(session, wanted, found))


def _paged(session: Session, wanted: Search, found: list[Ticket]) -> dict[str, Any]:
    more = len(found) > PAGE
    return {
        "tickets": found[:PAGE],
        "total": 0 if wanted.hopeless else rows.count(session, wanted.filter),
        "next_page": {**wanted.given, "before": found[PAGE - 1].id} if more else None,
        "states": list(life.MOVES),
    }


@blueprint.get("/tickets/<code>")
def page(code: str) -> Answer:
    with shell().database.reading() as session:
        return _page(session, rows.by_code(session, code))


@blueprint.post("/tickets/<int:ticket_id>/note")
def note(ticket_id: int) -> Answer:
    def change(session: Session, ticket: Ticket) -> None:
        tickets.note(session, shell().now(), ticket, access.author(known_user()), _text())

    return _change(ticket_id, change, "note")


@blueprint.post("/tickets/<int:ticket_id>/category")
def category(ticket_id: int) -> Answer:
    def change(session: Session, ticket: Ticket) -> None:
        chosen = request.form.get("category", "")
        tickets.set_category(session, shell().desk, shell().now(), ticket, access.author(known_user()), chosen)

    return _change(ticket_id, change, "category")


@blueprint.post("/tickets/<int:ticket_id>/district")
def district(ticket_id: int) -> Answer:
    def change(session: Session, ticket: Ticket) -> None:
        chosen = request.form.get("district", "")
        tickets.set_district(session, shell().desk, shell().now(), ticket, access.author(known_user()), chosen)

    return _change(ticket_id, change, "district")


@blueprint.post("/tickets/<int:ticket_id>/state")
def state(ticket_id: int) -> Answer:
    def change(session: Session, ticket: Ticket) -> None:
        chosen = request.form.get("state", "")
        life.move(session, shell().desk, shell().now(), ticket, access.author(known_user()), chosen, _text())

    return _change(ticket_id, change, "state")


def _change(ticket_id: int, change: Change, what: str) -> Answer:
    """Change a ticket that is still as it was looked at; else show what happened to it, and keep what was typed."""
    version = request.form.get("version", type=int)
    if version is None:
        abort(400)
    try:
        with shell().database.transaction() as session:
            ticket = tickets.edit(session, ticket_id, version)
            change(session, ticket)
            code = ticket.code
    except (tickets.Conflict, StaleDataError):
        return _conflict(ticket_id)
    except life.TicketError as problem:
        return _refused(ticket_id, problem.reason, what)
    flash(word(what, "done"), "done")
    return redirect(url_for("tickets.page", code=code))


def _conflict(ticket_id: int) -> Answer:
    with shell().database.reading() as session:
        ticket = session.get(Ticket, ticket_id)
        if ticket is None:
            abort(404)
        seen = request.form.get("seen", 0, type=int)
        news = [event for event in ticket.history if event.id > seen]
        return render_template("conflict.html", ticket=ticket, news=news, typed=_text()), 409


def _refused(ticket_id: int, reason: str, what: str) -> Answer:
    with shell().database.reading() as session:
        ticket = session.get(Ticket, ticket_id)
        return _page(session, ticket, error=reason, refused=what), 422


def _page(session: Session, ticket: Ticket | None, **said: str) -> str:
    if ticket is None:
        abort(404)
    number = ticket.caller
    return render_template(
        "ticket.html",
        ticket=ticket,
        moves=[one for one in life.exits(ticket.state, "desk") if one not in life.OWN_FORM],
        needs_text=life.NEEDS_TEXT,
        open_callback=queue.open_for(session, number) if number else None,
        earlier=[other for other in _of(rows.of_caller, session, number) if other.id != ticket.id],
        earlier_calls=[call for call in _of(calls.of_caller, session, number) if call.id != ticket.call_id],
        typed=request.form,
        me=g.user,
        **said,
    )


def _of(query: Callable[[Session, str, int], list[Any]], session: Session, number: str | None) -> list[Any]:
    return query(session, number, EARLIER + 1) if number else []


def _text() -> str:
    return request.form.get("text", "")
