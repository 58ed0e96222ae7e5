"""Tickets: the list, one of them, and what the desk writes on it."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.models import Ticket
from db.queries import tickets as rows
from db.session import Session
from ivr.services import access, life, referrals, tickets
from ivr.services.history import Author
from ivr.web import deeds, edits, ticket_page
from ivr.web.edits import Answer
from ivr.web.search import VIEWS, Search, read, viewed
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("tickets", __name__)

PAGE = 30
COUNTED = 1000  # of more than so many it is only said that they are more


@blueprint.get("/")
def home() -> AnyResponse:
    return redirect(url_for("tickets.index"))


@blueprint.get("/tickets")
def index() -> Answer:
    user = known_user()
    with shell().database.reading() as session:
        scope = None if access.sees_all(user) else user.scope
        wanted = read(request.args, shell().desk.plan, scope, shell().now(), shell().desk.zone)
        direct = rows.by_code(session, wanted.code) if wanted.code else None
        if direct is not None and access.may_see(user, direct):
            return redirect(url_for("tickets.page", code=wanted.code))
        return render_template("tickets.html", wanted=wanted, **_paged(session, wanted), desk=access.sees_all(user))


def _paged(session: Session, wanted: Search) -> dict[str, Any]:
    found = rows.page(session, wanted.filter, PAGE + 1)
    more = len(found) > PAGE
    return {
        "tickets": found[:PAGE],
        "total": rows.count(session, wanted.filter, COUNTED + 1),
        "counted": COUNTED,
        "next_page": {**wanted.given, "before": found[PAGE - 1].id} if more else None,
        "states": list(life.MOVES),
        "holders": referrals.holders(shell().desk.catalogue),
        "views": VIEWS,
        "waiting_in": {
            view: rows.count(session, viewed(view, wanted.scope, shell().now()), COUNTED + 1) for view in VIEWS
        },
    }


@blueprint.get("/tickets/<code>")
def page(code: str) -> Answer:
    with shell().database.reading() as session:
        ticket = rows.by_code(session, code)
        shown = ticket_page.render(session, ticket)
    if ticket is not None and ticket.caller and access.sees_all(known_user()):
        deeds.looks(f"ticket:{code}")
    return shown


@blueprint.post("/tickets/<int:ticket_id>/note")
def note(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        tickets.note(session, shell().now(), ticket, author, edits.text())

    return edits.change(ticket_id, act, "note")


@blueprint.post("/tickets/<int:ticket_id>/category")
def category(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        chosen = request.form.get("category", "")
        tickets.set_category(session, shell().desk, shell().now(), ticket, author, chosen)

    return _by_desk(ticket_id, act, "category")


@blueprint.post("/tickets/<int:ticket_id>/district")
def district(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        chosen = request.form.get("district", "")
        tickets.set_district(session, shell().desk, shell().now(), ticket, author, chosen)

    return _by_desk(ticket_id, act, "district")


@blueprint.post("/tickets/<int:ticket_id>/state")
def state(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        chosen = request.form.get("state", "")
        if chosen in life.OWN_FORM:
            raise life.TicketError("move_not_allowed")
        life.move(session, shell().desk, shell().now(), ticket, author, chosen, edits.text())

    return edits.change(ticket_id, act, "state")


def _by_desk(ticket_id: int, act: edits.Change, what: str) -> Answer:
    """Let only the desk change what decides whose a ticket is."""
    if not access.sees_all(known_user()):
        abort(403)
    return edits.change(ticket_id, act, what)
