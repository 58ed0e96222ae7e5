"""In and out, and a password of one's own."""

import re
from datetime import timedelta

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask import session as browser
from werkzeug.wrappers import Response as AnyResponse

from ivr import persian
from ivr.services import audit, second_proof, users
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
    """Take name and password; whoever has a second proof is asked for its code next."""
    name = persian.ascii_digits(request.form.get("name", "")).strip().lower()
    now = shell().now()
    with shell().database.transaction() as session:
        token = users.log_in(session, name, request.form.get("password", ""), now, lasts())
        whole = token is not None and users.of_token(session, token, now) is not None
        if token is None or whole:
            known = users.known(session, name)
            deed = deeds.deed(name if known else "unknown")  # whoever mistook the field may have typed a password there
            audit.write(session, deed, "login" if token else "login_failed")
        if token is not None:
            users.log_out(session, request.cookies.get(COOKIE, ""))
    if token is None:
        return render_template("login.html", onward=_onward(), name=name, error="wrong_login"), 401
    browser.clear()  # with it the token of the forms that a stranger saw
    return with_token(redirect(_onward() if whole else url_for("login.code_form", next=_onward())), token)


@blueprint.get("/login/code")
def code_form() -> AnyResponse | str:
    with shell().database.reading() as session:
        half = users.half_in(session, request.cookies.get(COOKIE, ""), shell().now())
    if half is None:
        return redirect(url_for("login.form", next=_onward()))
    return render_template("login_code.html", onward=_onward())


@blueprint.post("/login/code")
def enter_code() -> AnyResponse | tuple[str, int]:
    """Take the code that the telephone shows."""
    token, now, config = request.cookies.get(COOKIE, ""), shell().now(), shell().desk.config
    with shell().database.transaction() as session:
        address = request.remote_addr or ""
        proven = second_proof.enter(session, config, address, token, typed_code(), now, lasts())
    if proven is None:
        return render_template("login_code.html", onward=_onward(), error="wrong_code"), 401
    browser.clear()
    return with_token(redirect(_onward()), proven)


def typed_code() -> str:
    """Read a code as it was typed: with Persian digits, too, and with spaces."""
    return "".join(persian.ascii_digits(request.form.get("code", "")).split())


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
    return with_token(redirect(url_for("tickets.home")), token)


def _changed(old: str, new: str, again: str) -> str:
    if new != again:
        raise users.BadUser("different_passwords")
    if new == old:
        raise users.BadUser("same_password")
    with shell().database.transaction() as session:
        return users.change_password(session, known_user().id, old, new, shell().now(), lasts())


def lasts() -> timedelta:
    return timedelta(hours=shell().desk.config.console.session_hours)


def with_token(answer: AnyResponse, token: str) -> Response:
    response = make_response(answer)
    remember(response, token, round(lasts().total_seconds()))
    return response


def _onward() -> str:
    """Say where to go after logging in: a path of ours, or the tickets."""
    wanted = request.values.get("next", "")
    return wanted if re.fullmatch(r"/(?![/\\])[!-~]*", wanted) else url_for("tickets.home")
