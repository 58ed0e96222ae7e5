"""What a supervisor's form does: one transaction, then the page it came from, with the reason if it was refused."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from db.session import Session
from ivr import persian
from ivr.services import access
from ivr.services.callbacks import CallbackError
from ivr.services.day import DayError
from ivr.services.history import Author
from ivr.services.life import TicketError
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

Answer = AnyResponse | str | tuple[str, int]
Act = Callable[[Session, Author], None]
REFUSALS = (DayError, TicketError, CallbackError)


def carry_out(act: Act, what: str, to: str, page: Callable[[str], str]) -> Answer:
    """Do it and say so; refused, nothing is changed, and the page says why and keeps what was typed."""
    try:
        with shell().database.transaction() as session:
            session.info["address"] = request.remote_addr or ""  # for the audit log
            act(session, access.author(known_user()))
    except REFUSALS as problem:
        return page(problem.reason), 422
    flash(word(what, "done"), "done")
    return redirect(to)


def text(name: str) -> str:
    """Give what was written in a field, in letters and digits of one kind."""
    return persian.fold(request.form.get(name, ""))


def moment(name: str) -> datetime | None:
    """Read a field as a moment on the city's clocks; None if it says none."""
    try:
        return persian.jalali_moment(request.form.get(name, ""), shell().desk.zone)
    except ValueError:
        return None
