"""Quality: grading a call, drawing talks by chance, and an operator's own results."""

import re
from collections.abc import Iterator
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from db.queries import log
from db.queries import reviews as rows
from ivr import persian
from ivr.services import audit, reviews
from ivr.services.access import DESK_ROLES
from ivr.services.reviews import ReviewError, Said
from ivr.web import calls, deeds
from ivr.web.edits import Answer
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")
own = Blueprint("own_reviews", __name__, url_prefix="/my-reviews")

SHOWN, MOST_DRAWN, REMARKS = 40, 20, 3
DAYS = (7, 14, 30)


@blueprint.get("")
def index() -> Answer:
    operator, days = request.args.get("operator", 0, type=int), request.args.get("days", DAYS[0], type=int)
    number = min(MOST_DRAWN, request.args.get("n", 5, type=int))
    now = shell().now()
    with shell().database.reading() as session:
        drawn = rows.ungraded(session, operator, now - timedelta(days=days), number) if operator else None
        return render_template(
            "reviews.html",
            drawn=drawn,
            asked={"operator": operator, "days": days, "n": number},
            days=DAYS,
            staff=rows.staff(session, DESK_ROLES),
            summary=rows.summary(session, now - timedelta(days=30)),
            grades=rows.newest(session, None, SHOWN),
        )


@blueprint.post("/calls/<int:call_id>")
def grade(call_id: int) -> Answer:
    """Grade a call; a form that is refused keeps what was typed."""
    try:
        with shell().database.transaction() as session:
            call = log.get(session, call_id)
            if call is None:
                abort(404)
            text = persian.fold(request.form.get("text", ""))
            marks, remarks = dict(_marks()), list(_remarks())
            made = reviews.grade(session, shell().desk, call, known_user(), marks, remarks, text, shell().now())
            audit.write(session, deeds.deed(), "graded", f"call:{call_id}", f"{made.score}")
    except ReviewError as problem:
        with shell().database.reading() as session:
            call = log.get(session, call_id)
            return (calls.render(session, call, error=problem.reason), 422) if call else abort(404)
    flash(word("review", "done"), "done")
    return redirect(url_for("calls.page", call_id=call_id))


def _marks() -> Iterator[tuple[str, int]]:
    for name, value in request.form.items():
        if name.startswith("mark.") and re.fullmatch(r"[0-9]{1,3}", persian.ascii_digits(value)):
            yield name.removeprefix("mark."), int(persian.ascii_digits(value))


def _remarks() -> Iterator[Said]:
    """Read the comments on moments: a text, and when, as 1:07 or in seconds."""
    for n in range(REMARKS):
        text = persian.fold(request.form.get(f"remark.{n}", ""))
        at = re.fullmatch(r"(?:([0-9]{1,2}):)?([0-9]{1,4})", persian.fold(request.form.get(f"at.{n}", "")) or "0")
        if text and at:
            yield Said(request.form.get(f"voice.{n}", type=int), int(at[1] or 0) * 60 + int(at[2]), text)
        elif text:
            raise ReviewError("bad_moment")


@own.get("")
def mine() -> Answer:
    with shell().database.reading() as session:
        return render_template("my_reviews.html", grades=rows.newest(session, known_user().id, SHOWN))
