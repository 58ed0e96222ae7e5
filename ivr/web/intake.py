"""The form for a call that an operator takes live: the caller's past at once, the ticket at the end."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from db.models import Ticket
from db.queries import callbacks as queue
from db.queries import tickets as rows
from db.session import Session
from ivr import persian
from ivr.services import access, hours, intake
from ivr.services.life import TicketError
from ivr.web import show
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("intake", __name__, url_prefix="/intake")
EARLIER = 6
Answer = AnyResponse | str | tuple[str, int]


@blueprint.get("")
def form() -> str:
    return _page()


def _page(error: str = "") -> str:
    return render_template("intake.html", error=error, typed=request.form, windows=hours.WINDOWS)


@blueprint.post("")
def take() -> Answer:
    here, said = shell(), {key: persian.fold(value) for key, value in request.form.items()}
    taken = intake.Taken(
        number=said.get("number", "").strip(),
        category=said.get("category", ""),
        district=said.get("district", ""),
        address=said.get("address", ""),
        description=said.get("description", ""),
        refer=bool(said.get("refer")),
        callback=bool(said.get("callback")),
        window=said.get("window", ""),
    )
    try:
        with here.database.transaction() as session:
            code = intake.take(session, here.desk, here.now(), access.author(known_user()), taken).code
    except TicketError as problem:
        return _page(problem.reason), 422
    flash(f"{word('intake', 'done')} {show.code(code)}", "done")
    return redirect(url_for("tickets.page", code=code))


@blueprint.get("/caller")
def caller() -> AnyResponse:
    """Say what is known of a number, while it is being written."""
    plan, text = shell().desk.plan, persian.fold(request.args.get("number", ""))
    number = plan.parse(text) or plan.keyed(text)
    if number is None:
        return jsonify(number=None, tickets=[], callback="")
    with shell().database.reading() as session:
        open_one = queue.open_for(session, number)
        return jsonify(
            number=show.phone(number),
            tickets=[_row(ticket) for ticket in rows.of_caller(session, number, EARLIER)],
            callback=word(open_one.state, "callback_state") if open_one else "",
        )


@blueprint.get("/alike")
def alike() -> AnyResponse:
    """Say what was reported lately of this subject in this district."""
    with shell().database.reading() as session:
        return jsonify(tickets=[_row(ticket) for ticket in _alike(session)])


def _alike(session: Session) -> list[Ticket]:
    district, category = request.args.get("district", ""), request.args.get("category", "")
    if not category or district in ("", "unknown"):
        return []
    wanted = rows.Filter(district=district, category=category.split(".", maxsplit=1)[0])
    return [ticket for ticket in rows.page(session, wanted, EARLIER) if ticket.closed_at is None]


def _row(ticket: Ticket) -> dict[str, str]:
    return {
        "code": show.code(ticket.code),
        "url": url_for("tickets.page", code=ticket.code),
        "about": f"{show.category(ticket.category)} · {show.district(ticket.district)}",
        "state": word(ticket.state, "state"),
        "since": show.since(ticket.opened_at),
    }
