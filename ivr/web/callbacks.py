"""The callback queue: take the next, dial, say what came of it."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.models import Callback
from db.queries import callbacks as queue
from ivr.services import callbacks
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")
SHOWN = 100
TOMORROW_HOUR = 9


@blueprint.get("")
def index() -> str:
    """Show the queue, and the callback in hand."""
    return _page()


def _page(error: str = "") -> str:
    user = known_user()
    with shell().database.reading() as session:
        mine = queue.held_by(session, user.id)
        return render_template(
            "callbacks.html",
            mine=mine,
            phase=_phase(mine),
            waiting=queue.waiting(session, SHOWN),
            count=queue.count_in(session, queue.WAITING),
            given_up=queue.recent(session, ("given_up",), SHOWN) if user.role == "supervisor" else [],
            dispositions=callbacks.DISPOSITIONS,
            error=error,
        )


@blueprint.post("/next")
def claim_next() -> AnyResponse | tuple[str, int]:
    """Take the next in fair order."""
    with shell().database.transaction() as session:
        taken = callbacks.claim_next(session, shell().desk, known_user(), shell().now())
    return _home() if taken is not None else (_page("nothing_waits"), 409)


@blueprint.post("/<int:callback_id>/dial")
def dial(callback_id: int) -> AnyResponse | tuple[str, int]:
    """Ring the operator, then the citizen."""
    try:
        with shell().database.transaction() as session:
            callback = callbacks.mine(session, callback_id, known_user())
            callbacks.dial(session, shell().desk, callback, known_user(), shell().now())
    except callbacks.CallbackError as problem:
        return _page(problem.reason), 409
    return _home()


@blueprint.post("/<int:callback_id>/release")
def release(callback_id: int) -> AnyResponse | tuple[str, int]:
    """Put it back to its place."""
    try:
        with shell().database.transaction() as session:
            callbacks.release(session, callbacks.mine(session, callback_id, known_user()), shell().now())
    except callbacks.CallbackError as problem:
        return _page(problem.reason), 409
    flash(word("released", "done"), "done")
    return _home()


@blueprint.post("/<int:callback_id>/wrap-up")
def wrap_up(callback_id: int) -> AnyResponse | tuple[str, int]:
    """Say what came of it."""
    chosen, note = request.form.get("disposition", ""), request.form.get("note", "")
    try:
        with shell().database.transaction() as session:
            callback = callbacks.mine(session, callback_id, known_user())
            again = _again_at() if chosen == "call_again" else None
            callbacks.wrap_up(session, shell().desk, callback, known_user(), shell().now(), chosen, note, again)
    except callbacks.CallbackError as problem:
        return _page(problem.reason), 422
    flash(word("wrapped", "done"), "done")
    return _home()


@blueprint.get("/<int:callback_id>/state")
def state(callback_id: int) -> Response:
    """Tell the page how the call in hand stands."""
    with shell().database.reading() as session:
        held = queue.held_by(session, known_user().id)
        phase = _phase(held) if held is not None and held.id == callback_id else "gone"
    return jsonify(phase=phase, words=word(phase, "phase"))


def _phase(held: Callback | None) -> str:
    if held is None:
        return "gone"
    if held.state != "dialling":
        return held.state
    return "ringing" if held.attempts and held.attempts[-1].citizen_status else "asked"


def _again_at() -> datetime | None:
    now = shell().now()
    match request.form.get("again", ""):
        case "half_hour":
            return now + timedelta(minutes=30)
        case "two_hours":
            return now + timedelta(hours=2)
        case "tomorrow":
            local = shell().desk.local(now) + timedelta(days=1)
            return local.replace(hour=TOMORROW_HOUR, minute=0, second=0, microsecond=0)
    return None


def _home() -> AnyResponse:
    return redirect(url_for("callbacks.index"))
