"""In and out, and a password of one's own."""

import re
from datetime import timedelta

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ivr import persian
from ivr.services import audit, users
from ivr.web import deeds
from ivr.web.labels import word
from ivr.web.sessions import COOKIE, current_user, known_user, remember
from ivr.web.shell import shell

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def form() -> AnyResponse | str:
    if current_user() is not None:
        return redirect(_onward())
    return render_template("login.html", onward=_onward(), name="")


@blueprint.post("/login")
def enter() -> AnyResponse | tuple[str, int]:
    name = persian.ascii_digits(request.form.get("name", "")).strip().lower()
    with shell().database.transaction() as session:
        token = users.log_in(session, name, request.form.get("password", ""), shell().now(), _lasts())
        known = users.known(session, name)
        deed = deeds.deed(name if known else "unknown")  # whoever mistook the field may have typed a password there
        audit.write(session, deed, "login" if token else "login_failed")
    if token is None:
        return render_template("login.html", onward=_onward(), name=name, error="wrong_login"), 401
    return _with_token(redirect(_onward()), token)


@blueprint.post("/logout")
def leave() -> AnyResponse:
    with shell().database.transaction() as session:
        users.log_out(session, request.cookies.get(COOKIE, ""))
    response = redirect(url_for("login.form"))
    response.delete_cookie(COOKIE)
    flash(word("logged_out", "done"), "done")
    return response


@blueprint.route("/password", methods=["GET", "POST"])
def change() -> AnyResponse | str | tuple[str, int]:
    if current_user() is None:
        return redirect(url_for("login.form", next=url_for("login.change")))
    if request.method == "GET":
        return render_template("password.html")
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        token = _changed(old, new, request.form.get("again", ""))
    except users.BadUser as problem:
        return render_template("password.html", error=str(problem)), 422
    flash(word("password", "done"), "done")
    return _with_token(redirect(url_for("tickets.home")), token)


def _changed(old: str, new: str, again: str) -> str:
    if new != again:
        raise users.BadUser("different_passwords")
    if new == old:
        raise users.BadUser("same_password")
    with shell().database.transaction() as session:
        return users.change_password(session, known_user().id, old, new, shell().now(), _lasts())


def _lasts() -> timedelta:
    return timedelta(hours=shell().desk.config.console.session_hours)


def _with_token(answer: AnyResponse, token: str) -> Response:
    response = make_response(answer)
    remember(response, token, round(_lasts().total_seconds()))
    return response


def _onward() -> str:
    """Say where to go after logging in: a path of ours, or the tickets."""
    wanted = request.values.get("next", "")
    return wanted if re.fullmatch(r"/(?![/\\])[!-~]*", wanted) else url_for("tickets.home")
