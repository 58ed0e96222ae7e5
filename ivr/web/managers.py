"""Managers on the line: planned, their guests invited and called, what was said written down."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from db.models import ManagerSession, SessionGuest, Ticket
from db.queries import day as rows
from db.queries import tickets as ticket_rows
from db.session import Session
from ivr.services import managers
from ivr.services.history import Author
from ivr.web.acts import Answer, carry_out, moment, text
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("managers", __name__, url_prefix="/day/managers")
SHOWN = 40
USUAL_SLOTS = 20
DEEDS = (
    "session_planned", "session_cancelled", "session_minutes", "session_invited", "session_ring",
)  # fmt: skip


@blueprint.get("")
def index() -> str:
    return _list()


def _list(error: str = "") -> str:
    with shell().database.reading() as session:
        found = rows.manager_sessions(session, SHOWN)
        return render_template(
            "managers.html",
            error=error,
            typed=request.form,
            all=found,
            states={one.id: managers.state(one, shell().now()) for one in found},
            talks={one.id: sum(managers.came_of(guest) == "talked" for guest in one.guests) for one in found},
            usual_slots=USUAL_SLOTS,
            done=rows.deeds(session, DEEDS, SHOWN),
        )


@blueprint.post("")
def plan() -> Answer:
    def act(session: Session, author: Author) -> None:
        window = (moment("starts_at"), moment("ends_at"))
        slots = request.form.get("slots", 0, type=int)
        title, host, telephone = text("title"), text("host"), request.form.get("telephone", "")
        managers.plan(session, shell().desk, shell().now(), author, title, host, telephone, window, slots)

    return carry_out(act, "session_planned", url_for("managers.index"), _list)


@blueprint.get("/<int:session_id>")
def page(session_id: int) -> str:
    return _page(session_id)


def _page(session_id: int, error: str = "") -> str:
    with shell().database.reading() as session:
        one = session.get(ManagerSession, session_id)
        if one is None:
            abort(404)
        return render_template("manager.html", error=error, typed=request.form, **_seen(session, one))


def _seen(session: Session, one: ManagerSession) -> dict[str, Any]:
    return {
        "one": one,
        "state": managers.state(one, shell().now()),
        "went": {guest.id: managers.came_of(guest) for guest in one.guests},
        "tickets": {guest.id: _came_of(session, guest) for guest in one.guests},
    }


def _came_of(session: Session, guest: SessionGuest) -> list[Ticket]:
    """List the tickets that a talk left."""
    return ticket_rows.of_call(session, guest.call) if guest.call is not None else []


@blueprint.post("/<int:session_id>/cancel")
def cancel(session_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        managers.cancel(session, shell().now(), author, managers.get(session, session_id))

    return _change(session_id, act, "session_cancelled")


@blueprint.post("/<int:session_id>/minutes")
def minutes(session_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        words = request.form.get("minutes", "")
        managers.write(session, shell().now(), author, managers.get(session, session_id), words)

    return _change(session_id, act, "session_minutes")


@blueprint.post("/<int:session_id>/invite")
def invite(session_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        code = text("code").replace(" ", "")
        one = managers.get(session, session_id)
        managers.invite(session, shell().desk, shell().now(), author, one, code)

    return _change(session_id, act, "session_invited")


@blueprint.post("/<int:session_id>/guests/<int:guest_id>/ring")
def ring(session_id: int, guest_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:  # noqa: ARG001  # the user holds the call
        guest = session.get(SessionGuest, guest_id, with_for_update=True)
        if guest is None or guest.session_id != session_id:
            abort(404)
        managers.ring(session, shell().desk, shell().now(), known_user(), guest)

    return _change(session_id, act, "session_ring")


def _change(session_id: int, act: Any, what: str) -> Answer:
    here = url_for("managers.page", session_id=session_id)
    return carry_out(act, what, here, lambda reason: _page(session_id, reason))
