"""Being there: every page of an operator's says so now and then; pauses have a reason."""

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.queries import callbacks as queue
from ivr.services import callbacks, presence
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("presence", __name__, url_prefix="/presence")


@blueprint.post("/beat")
def beat() -> tuple[str, int]:
    """Note that somebody is there, and keep what they hold from going back to the queue."""
    here, user = shell(), known_user()
    with here.database.transaction() as session:
        presence.beat(session, user, here.now())
        held = queue.held_by(session, user.id)
        if held is not None:
            callbacks.stay(session, here.desk, held.id, user, here.now())
    return "", 204


@blueprint.post("")
def say() -> AnyResponse:
    """Pause for a reason, or be ready again."""
    here, user, reason = shell(), known_user(), request.form.get("reason", "")
    try:
        with here.database.transaction() as session:
            if reason:
                presence.pause(session, user, here.now(), reason)
            else:
                presence.resume(session, user, here.now())
    except callbacks.CallbackError as problem:
        flash(word(problem.reason, "error"), "error")
    else:
        flash(word("paused" if reason else "resumed", "done"), "done")
    return redirect(url_for("callbacks.index"))
