"""Who is asking: the session cookie, the guards that read it, and the roles they let in."""

from collections.abc import Callable
from typing import cast

from flask import Flask, Request, Response, abort, g, redirect, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.wrappers import Response as AnyResponse

from db.models import User
from ivr.services import second_proof, users
from ivr.web.shell import shell

COOKIE = "ivr_session"


class Cookies(SecureCookieSessionInterface):
    """Flask's own cookie, in which the forms' tokens are; a telephone has none, and is given none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith("/voice/") else super().open_session(app, request)


def current_user() -> User | None:
    """Give the user whose session cookie came along; asked once per request."""
    if "user" not in g:
        with shell().database.reading() as session:
            g.user = users.of_token(session, request.cookies.get(COOKIE, ""), shell().now())
            if g.user is not None:
                session.expunge(g.user)
    return cast("User | None", g.user)


def known_user() -> User:
    """Give the user behind a guard."""
    user = current_user()
    if user is None:
        abort(401)
    return user


def require(*roles: str) -> Callable[[], AnyResponse | None]:
    """Make a guard that lets these roles in, and sends strangers to the login page."""

    def guard() -> AnyResponse | None:
        user = current_user()
        if user is None:
            if request.method == "GET" and request.accept_mimetypes.accept_html:
                return redirect(url_for("login.form", next=request.full_path.rstrip("?")))
            abort(401)
        if user.must_change and request.endpoint != "login.change":
            return redirect(url_for("login.change"))
        if second_proof.wanted_of(shell().desk.config, user) and request.blueprint != "second_proof":
            return redirect(url_for("second_proof.page"))
        if user.role not in roles:
            abort(403)
        return None

    guard.__name__ = f"require_{'_or_'.join(roles)}"
    return guard


def remember(response: Response, token: str, seconds: int) -> None:
    """Give the browser its session token."""
    secure = shell().desk.config.base_url.startswith("https:")
    response.set_cookie(COOKIE, token, max_age=seconds, httponly=True, secure=secure, samesite="Lax")
