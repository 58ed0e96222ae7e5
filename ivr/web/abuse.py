"""Numbers that abused the line: who, why, until when; and letting them go."""

from datetime import timedelta

from flask import Blueprint, render_template, request, url_for

from db.queries import day as rows
from db.session import Session
from ivr.persian import ascii_digits
from ivr.services import abuse
from ivr.services.history import Author
from ivr.web.acts import Answer, carry_out, text
from ivr.web.shell import shell

blueprint = Blueprint("abuse", __name__, url_prefix="/day/callers")
SHOWN = 100
DAYS = (1, 3, 7, 30, 90)
USUAL_DAYS = 7
DEEDS = ("caller_limited", "caller_freed")


@blueprint.get("")
def index() -> str:
    return _page()


def _page(error: str = "") -> str:
    with shell().database.reading() as session:
        return render_template(
            "abuse.html",
            error=error,
            typed=request.form,
            number=request.args.get("number", ""),
            all=rows.limits(session, SHOWN),
            reasons=abuse.REASONS,
            days=DAYS,
            usual=USUAL_DAYS,
            done=rows.deeds(session, DEEDS, SHOWN),
        )


@blueprint.post("")
def limit() -> Answer:
    days = request.form.get("days", 0, type=int)

    def act(session: Session, author: Author) -> None:
        now = shell().now()
        until = now + timedelta(days=days) if days in DAYS else None
        number = ascii_digits(request.form.get("number", ""))
        abuse.limit(session, shell().desk, now, author, number, request.form.get("reason", ""), text("note"), until)

    return carry_out(act, "caller_limited", url_for("abuse.index"), _page)


@blueprint.post("/<int:limit_id>/lift")
def lift(limit_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        abuse.lift(session, shell().now(), author, limit_id)

    return carry_out(act, "caller_freed", url_for("abuse.index"), _page)
