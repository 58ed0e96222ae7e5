"""The operator's browser as an extension of the exchange: who may know which password, and where it leads."""

from urllib.parse import urlsplit

from flask import Response, abort

from ivr.telephony.extensions import Extension, own_extension
from ivr.web.pages import CONTENT_POLICY
from ivr.web.sessions import current_user
from ivr.web.shell import shell

AT_THE_DESK = ("operator", "supervisor")


def mine() -> Extension | None:
    """Give the extension of whoever is logged in, if they are at the desk and the exchange rings their browser."""
    user = current_user()
    if user is None:
        abort(401)
    if user.role not in AT_THE_DESK or user.must_change:
        return None
    desk = shell().desk
    return own_extension(desk.config, desk.accounts, user.name, user.telephone)


def allow_exchange(page: Response) -> Response:
    """Let this page alone speak to the exchange's websocket, and to nothing else of another origin."""
    there = urlsplit(shell().desk.config.gateway.webrtc_url)
    own = "connect-src 'self'"
    page.headers["Content-Security-Policy"] = CONTENT_POLICY.replace(own, f"{own} {there.scheme}://{there.netloc}")
    return page
