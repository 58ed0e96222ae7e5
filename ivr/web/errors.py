"""What goes wrong, in Persian, with what to do next."""

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from db.session import StaleDataError
from ivr.web.addresses import NotYours

TOLD = (400, 401, 403, 404, 405, 413, 500, 503)


def prepare(app: Flask) -> None:
    for code in TOLD:
        app.register_error_handler(code, _tell)
    app.register_error_handler(NotYours, _not_yours)
    app.register_error_handler(StaleDataError, _changed_meanwhile)


def _tell(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    return render_template("error.html", code=code), code


def _not_yours(_: NotYours) -> tuple[str, int]:
    return render_template("error.html", code=403, why="voice_address"), 403


def _changed_meanwhile(_: StaleDataError) -> tuple[str, int]:
    return render_template("error.html", code=409), 409
