"""Users and their sessions: for administrators."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request, url_for

from db.models import User
from db.queries import day as rows
from db.queries import people as people_rows
from db.session import Session
from ivr.persian import ascii_digits
from ivr.services import access, second_proof, staff, users
from ivr.services.history import Author
from ivr.web.acts import REFUSALS, Answer, carry_out, text
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("people", __name__, url_prefix="/day/people")
SHOWN = 50
DEEDS = (
    "user_added",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "sessions_ended",
    "password_reset",
    "proof_reset",
)


@blueprint.get("")
def index() -> str:
    return _page()


def _page(error: str = "", **told: Any) -> str:
    desk, now = shell().desk, shell().now()
    with shell().database.reading() as session:
        return render_template(
            "people.html",
            error=error,
            typed=request.form,
            all=people_rows.users(session),
            logins=people_rows.logins(session, now),
            roles=users.ROLES,
            scopes=[scope for role in users.SCOPED for scope in access.scopes_of(desk.catalogue, role)],
            done=rows.deeds(session, DEEDS, SHOWN),
            **told,
        )


@blueprint.post("")
def add() -> Answer:
    """Add a user, and show the one-time password this once."""
    form = request.form
    name = ascii_digits(form.get("name", "")).strip().lower()
    try:
        with shell().database.transaction() as session:
            wanted = name, text("full_name"), form.get("role", ""), _scope(), form.get("telephone", "")
            _, password = staff.add(session, shell().desk, shell().now(), known_user().name, *wanted)
    except REFUSALS as problem:
        return _page(problem.reason), 422
    return _page(password=password, whose=name)


@blueprint.post("/<int:user_id>")
def change(user_id: int) -> Answer:
    def act(session: Session, user: User) -> None:
        form = request.form
        wanted = text("full_name"), form.get("role", ""), _scope(), form.get("telephone", "")
        staff.change(session, shell().desk, shell().now(), known_user().name, user, *wanted)

    return _with(user_id, act, "user_changed")


def _scope() -> str:
    """Read whose tickets somebody sees; a role that sees all of them has no scope, whatever was chosen."""
    return request.form.get("scope", "") if request.form.get("role") in users.SCOPED else ""


@blueprint.post("/<int:user_id>/disable")
def disable(user_id: int) -> Answer:
    def act(session: Session, user: User) -> None:
        staff.disable(session, shell().now(), known_user().name, user)

    return _with(user_id, act, "user_disabled")


@blueprint.post("/<int:user_id>/enable")
def enable(user_id: int) -> Answer:
    def act(session: Session, user: User) -> None:
        staff.enable(session, shell().now(), known_user().name, user)

    return _with(user_id, act, "user_enabled")


@blueprint.post("/<int:user_id>/password")
def password(user_id: int) -> Answer:
    """Make a one-time password, and show it this once."""
    try:
        with shell().database.transaction() as session:
            user = staff.get(session, user_id)
            made, whose = staff.reset_password(session, shell().now(), known_user().name, user), user.name
    except REFUSALS as problem:
        return _page(problem.reason), 422
    return _page(password=made, whose=whose)


@blueprint.post("/<int:user_id>/proof/reset")
def reset_proof(user_id: int) -> Answer:
    """Let somebody who lost the telephone in with the password alone."""

    def act(session: Session, user: User) -> None:
        second_proof.reset(session, shell().now(), known_user().name, user)

    return _with(user_id, act, "proof_reset")


@blueprint.post("/<int:user_id>/sessions/end")
def end_sessions(user_id: int) -> Answer:
    def act(session: Session, user: User) -> None:
        staff.end_sessions(session, shell().now(), known_user().name, user)

    return _with(user_id, act, "sessions_ended")


@blueprint.post("/sessions/<int:login_id>/end")
def end_session(login_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        staff.end_session(session, shell().now(), author.name, login_id)

    return carry_out(act, "sessions_ended", url_for("people.index"), _page)


def _with(user_id: int, act: Callable[[Session, User], None], what: str) -> Answer:
    return carry_out(lambda session, _: act(session, staff.get(session, user_id)), what, url_for("people.index"), _page)
