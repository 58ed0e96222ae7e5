"""Situation mode: on air with one click, and one answer for everybody who called about it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for

from db.models import Situation
from db.queries import day as rows
from db.session import Session
from ivr.services import access, referrals, situations
from ivr.services.day import DayError
from ivr.services.history import Author
from ivr.services.life import TicketError
from ivr.web.acts import Answer, carry_out, moment, text
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("day", __name__, url_prefix="/day")
SHOWN = 30
DEEDS = ("situation_on", "situation_off", "situation_answer")


@blueprint.get("")
def index() -> str:
    return _page()


def _page(error: str = "") -> str:
    with shell().database.reading() as session:
        return render_template("situations.html", error=error, typed=request.form, **_seen(session))


def _seen(session: Session) -> dict[str, Any]:
    desk, now = shell().desk, shell().now()
    earlier = rows.situations(session, SHOWN)
    return {
        "on_air": rows.on_air(session, now),
        "later": [one for one in earlier if one.starts_at > now and one.ends_at > one.starts_at],
        "earlier": earlier,
        "kinds": desk.catalogue.situations,
        "names": {kind.code: kind.name for kind in desk.catalogue.situations},
        "banners": {
            kind.code: [clip.hash for clip in desk.speech.clips(kind.banner, {})] for kind in desk.catalogue.situations
        },
        "reports": {one.id: _counted(session, one) for one in earlier},
        "answer_kinds": referrals.ANSWER_KINDS,
        "done": rows.deeds(session, DEEDS, SHOWN),
    }


def _counted(session: Session, one: Situation) -> dict[str, int]:
    """Count its reports, those that an answer would reach, and who called."""
    kind = situations.kind_of(shell().desk, one)
    if kind is None:
        return {"all": 0, "open": 0, "callers": 0}
    by_state = rows.count_reports(session, one, kind.category)
    waiting = one.ticket is not None and one.ticket.state in situations.ANSWERABLE
    return {
        "all": sum(by_state.values()),
        "open": sum(by_state.get(state, 0) for state in situations.JOINABLE)
        + (len(one.ticket.joined) if one.ticket is not None and waiting else 0),
        "callers": rows.count_callers(session, one, kind.category),
    }


@blueprint.post("/situations")
def start() -> Answer:
    """Put a situation on air: with one click now and for as long as its kind says, or as the form says."""

    def act(session: Session, author: Author) -> None:
        begins, ends = _asked("starts_at"), _asked("ends_at")
        kind = request.form.get("kind", "")
        situations.start(session, shell().desk, shell().now(), author, kind, begins, ends)

    return carry_out(act, "situation_on", url_for("day.index"), _page)


def _asked(name: str) -> datetime | None:
    """Read a moment that may be left out, but not be wrong. Raises DayError."""
    found = moment(name)
    if found is None and request.form.get(name, "").strip():
        raise DayError("bad_window")
    return found


@blueprint.post("/situations/<int:situation_id>/stop")
def stop(situation_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        situations.stop(session, shell().now(), author, situation_id)

    return carry_out(act, "situation_off", url_for("day.index"), _page)


@blueprint.post("/situations/<int:situation_id>/answer")
def answer(situation_id: int) -> Answer:
    """Gather the reports some at a time, so that no caller waits for the database; then answer them all at once."""
    kind, words = request.form.get("kind", ""), text("text")
    author = access.author(known_user())
    try:
        situations.check_answer(kind, words)
        more = True
        while more:
            with shell().database.transaction() as session:
                more = situations.gather(session, shell().desk, shell().now(), author, situation_id)
    except (DayError, TicketError) as problem:
        return _page(problem.reason), 422

    def act(session: Session, author: Author) -> None:
        situations.answer_all(session, shell().desk, shell().now(), author, situation_id, kind, words)

    return carry_out(act, "situation_answer", url_for("day.index"), _page)
