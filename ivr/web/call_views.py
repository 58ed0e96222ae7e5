"""Saved views of the call log: a question under a name, each supervisor their own."""

from flask import Blueprint, flash, redirect, request, url_for

from db.models import SavedView
from db.queries import log
from ivr import persian
from ivr.web import call_search
from ivr.web.edits import Answer
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("call_views", __name__, url_prefix="/calls/views")

MOST, LONGEST = 30, 60


@blueprint.post("")
def save() -> Answer:
    """Keep what is asked now under a name; a name that is there already is given anew."""
    given, name = call_search.given_in(request.form), persian.fold(request.form.get("name", ""))[:LONGEST]
    with shell().database.transaction() as session:
        user = known_user()
        known = log.view(session, user.id, name)
        if not name or not given:
            flash(word("empty_view", "error"), "error")
        elif known is not None:
            known.asked = given
            flash(word("view", "done"), "done")
        elif len(log.views_of(session, user.id)) >= MOST:
            flash(word("too_many_views", "error"), "error")
        else:
            session.add(SavedView(user_id=user.id, name=name, asked=given))
            flash(word("view", "done"), "done")
    return redirect(url_for("calls.index", **given))


@blueprint.post("/<int:view_id>/delete")
def delete(view_id: int) -> Answer:
    with shell().database.transaction() as session:
        view = session.get(SavedView, view_id)
        if view is not None and view.user_id == known_user().id:
            session.delete(view)
            flash(word("view_gone", "done"), "done")
    return redirect(url_for("calls.index"))
