"""The callback queue: take the next, dial, say what came of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.models import Callback
from db.queries import callbacks as queue
from db.queries import people, tickets
from db.session import Session
from ivr.services import access, callbacks, hours, presence, wrapup
from ivr.web import again
from ivr.web.labels import labels, word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")

SHOWN = 100
EARLIER = 5
Answer = AnyResponse | str | tuple[AnyResponse | str, int]


@blueprint.get("")
def index() -> Answer:
    return _page()


def _page(error: str = "") -> str:
    """Show the queue and the callback in hand; what was typed before an error stays typed."""
    with shell().database.reading() as session:
        return render_template("callbacks.html", error=error, typed=request.form, **_seen(session))


def _seen(session: Session) -> dict[str, Any]:
    user = known_user()
    mine, waiting = queue.held_by(session, user.id), queue.waiting(session, SHOWN)
    return {
        "mine": mine,
        "earlier": [one for one in tickets.of_caller(session, mine.number, EARLIER) if one.id != mine.ticket_id]
        if mine
        else [],
        "phase": _phase(mine),
        "phase_words": _words(mine),
        "waiting": waiting,
        "count": queue.count_waiting(session),
        "team": presence.team(session, shell().desk, shell().now()),
        "seat": people.presence(session, user.id),
        "pauses": presence.REASONS,
        "suggested": wrapup.suggested(mine) if mine else "",
        "wrap_until": _wrap_until(mine),
        "quiet": not hours.now_open(shell().desk.config.callbacks, shell().desk.local(shell().now())),
        "oldest": min((callback.requested_at for callback in waiting), default=None),
        "given_up": queue.recent(session, ("given_up",), SHOWN) if user.role in access.SUPERVISORS else [],
        "dispositions": wrapup.DISPOSITIONS,
        "offers": again.OFFERS,
        "days": again.days(shell().desk.local(shell().now())),
    }


def _wrap_until(mine: Callback | None) -> datetime | None:
    """Say until when writing down the result should take; None while there is nothing to write."""
    ended = mine.attempts[-1].ended_at if mine is not None and mine.state == "wrap_up" and mine.attempts else None
    return ended + timedelta(seconds=shell().desk.config.callbacks.wrap_up_seconds) if ended else None


@blueprint.post("/next")
def claim_next() -> Answer:
    try:
        with shell().database.transaction() as session:
            presence.insist_ready(session, known_user(), shell().now())
            taken = callbacks.claim_next(session, shell().desk, known_user(), shell().now()) is not None
    except callbacks.CallbackError as problem:
        return _page(problem.reason), 409
    return _home() if taken else (_page("nothing_waits"), 409)


@blueprint.post("/<int:callback_id>/claim")
def claim(callback_id: int) -> Answer:
    try:
        with shell().database.transaction() as session:
            presence.insist_ready(session, known_user(), shell().now())
            taken = callbacks.claim(session, shell().desk, callback_id, known_user(), shell().now()) is not None
    except callbacks.CallbackError as problem:
        return _page(problem.reason), 409
    return _home() if taken else (_page("taken"), 409)


@blueprint.post("/<int:callback_id>/dial")
def dial(callback_id: int) -> Answer:
    """Ring the operator, then the citizen; a live page gets the new state instead of a new page."""

    def begin(session: Session, callback: Callback) -> None:
        callbacks.dial(session, shell().desk, callback, known_user(), shell().now())

    problem = _with_mine(callback_id, begin)
    if request.accept_mimetypes.best == "application/json":
        news = _news(callback_id)
        return (jsonify(error=word(problem, "error"), **news), 409) if problem else jsonify(news)
    return (_page(problem), 409) if problem else _home()


@blueprint.post("/<int:callback_id>/release")
def release(callback_id: int) -> Answer:
    def put_back(session: Session, callback: Callback) -> None:
        callbacks.release(session, callback, shell().now())

    if problem := _with_mine(callback_id, put_back):
        return _page(problem), 409
    flash(word("released", "done"), "done")
    return _home()


@blueprint.post("/<int:callback_id>/wrap-up")
def wrap_up(callback_id: int) -> Answer:
    now, form = shell().now(), request.form
    chosen = form.get("disposition", "")
    again_at = again.moment(form, shell().desk.local(now)) if chosen == "call_again" else None

    def close(session: Session, callback: Callback) -> None:
        user = known_user()
        result = wrapup.Result(chosen, form.get("note", ""), again_at, form.get("solved", ""), form.get("address", ""))
        wrapup.wrap_up(session, shell().desk, callback, user, now, result)

    if problem := _with_mine(callback_id, close):
        return _page(problem), 422
    flash(word("again" if again_at else "wrapped", "done"), "done")
    return _home()


@blueprint.get("/<int:callback_id>/state")
def state(callback_id: int) -> Answer:
    return jsonify(_news(callback_id))


def _with_mine(callback_id: int, act: Callable[[Session, Callback], None]) -> str:
    """Act on a callback in hand; give the reason if it was refused, and then nothing is changed."""
    try:
        with shell().database.transaction() as session:
            act(session, callbacks.mine(session, callback_id, known_user()))
    except callbacks.CallbackError as problem:
        return problem.reason
    return ""


def _news(callback_id: int) -> dict[str, str]:
    """Say how the call in hand stands."""
    with shell().database.reading() as session:
        held = queue.held_by(session, known_user().id)
        held = held if held is not None and held.id == callback_id else None
        result = wrapup.suggested(held) if held is not None and held.state == "wrap_up" else ""
        return {"phase": _phase(held), "words": _words(held), "suggested": result}


def _words(held: Callback | None) -> str:
    """Say the phase, and after a try what the telephone network said of the citizen."""
    heard = held.attempts[-1].citizen_status if held and held.attempts else ""
    phase = _phase(held)
    return word(heard, "after") if phase == "wrap_up" and heard in labels()["after"] else word(phase, "phase")


def _phase(held: Callback | None) -> str:
    if held is None:
        return "gone"
    if held.state != "dialling":
        return held.state
    return "ringing" if held.attempts and held.attempts[-1].citizen_status else "asked"


def _home() -> AnyResponse:
    return redirect(url_for("callbacks.index"))
