"""The call log: the list, one call, and what a supervisor says of it by hand."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from db.models import Call
from db.queries import callbacks as queue
from db.queries import log, reviews
from db.session import Session
from ivr import persian
from ivr.services import audit, call_log
from ivr.services.access import DESK_ROLES
from ivr.services.reviews import form_for
from ivr.web import call_path, call_search, deeds
from ivr.web.call_search import BY_MACHINE, BY_MENU, WHEN, Search
from ivr.web.edits import Answer
from ivr.web.labels import labels, word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("calls", __name__, url_prefix="/calls")

PAGE = 40
OTHERS = 8


@blueprint.get("")
def index() -> Answer:
    with shell().database.reading() as session:
        wanted = call_search.read(session, shell().desk, request.args, shell().now())
        found = log.page(session, wanted.asked, PAGE, wanted.before)
        shown = render_template(
            "calls.html",
            wanted=wanted,
            calls=found.calls,
            onward=call_search.written(found.onward) if found.onward else None,
            looked_back_to=found.onward[0] if found.onward and len(found.calls) < PAGE else None,
            **_leads(session, found.calls),
            **_choices(session),
        )
    deeds.note("searched", "calls", " ".join(f"{name}={value}" for name, value in wanted.given.items()))
    return shown


def _leads(session: Session, calls: Sequence[Call]) -> dict[str, Any]:
    """Give what these calls led to, by call."""
    ids = [call.id for call in calls]
    tickets, callbacks, voices = defaultdict(list), defaultdict(list), defaultdict(list)
    for ticket in log.tickets_of(session, ids):
        tickets[ticket.call_id].append(ticket)
    for callback in log.callbacks_of(session, ids):
        callbacks[callback.call_id].append(callback)
    for voice in log.voices_of(session, ids):
        voices[voice.call_id].append(voice)
    return {"tickets": tickets, "callbacks": callbacks, "voices": voices}


def _choices(session: Session) -> dict[str, Any]:
    """Give what the log can be narrowed to."""
    return {
        "whens": WHEN,
        "dispositions": list(labels()["call_disposition"]),
        "nodes": labels()["node"],
        "languages": labels()["language"],
        "led_tos": log.LED_TO,
        "handlers": reviews.staff(session, DESK_ROLES),
        "by_themselves": (BY_MENU, BY_MACHINE),
        "views": log.views_of(session, known_user().id),
        "most": shell().desk.config.console.export_rows,
    }


@blueprint.get("/<int:call_id>")
def page(call_id: int) -> Answer:
    with shell().database.reading() as session:
        call = log.get(session, call_id)
        if call is None:
            abort(404)
        shown = render(session, call)
    deeds.looks(f"call:{call_id}")
    return shown


def render(session: Session, call: Call, **said: Any) -> str:
    """Show a call whole: its way, its voices, what it led to, and how it was judged."""
    desk = shell().desk
    wanted = call_search.read(session, desk, request.args, shell().now())
    grades = reviews.of_call(session, call.id)
    return render_template(
        "call.html",
        call=call,
        wanted=wanted,
        stops=call_path.stops(desk.catalogue, call),
        others=log.others_of(session, call, OTHERS),
        attempt=queue.attempt(session, call.attempt_id) if call.attempt_id is not None else None,
        by_hand=call_log.BY_HAND,
        typed=request.form,
        form=form_for(desk, call),
        grades=grades,
        own=next((one for one in grades if one.reviewer_id == known_user().id), None),
        **_neighbours(session, wanted, call),
        **_leads(session, [call]),
        **said,
    )


def _neighbours(session: Session, wanted: Search, call: Call) -> dict[str, Call | None]:
    here = (call.started_at, call.id)
    older = log.page(session, wanted.asked, 1, here).calls
    return {"newer": log.newer(session, wanted.asked, here), "older": older[0] if older else None}


@blueprint.post("/<int:call_id>/disposition")
def disposition(call_id: int) -> Answer:
    chosen, text = request.form.get("disposition", ""), persian.fold(request.form.get("text", ""))
    try:
        with shell().database.transaction() as session:
            call = log.get(session, call_id, lock=True)
            if call is None:
                abort(404)
            old = call.disposition
            call_log.judge(session, call, known_user().name, chosen, text, shell().now())
            audit.write(session, deeds.deed(), "disposition", f"call:{call_id}", f"{old} > {chosen}")
    except call_log.CallError as problem:
        with shell().database.reading() as session:
            call = log.get(session, call_id)
            return (render(session, call, error=problem.reason), 422) if call else abort(404)
    flash(word("disposition", "done"), "done")
    return redirect(url_for("calls.page", call_id=call_id))
