"""What every page has: its filters, who is asking, and headers that keep the browser careful."""

from typing import Any

from flask import Flask, Response, g, request

from ivr.services import versions
from ivr.web.shell import shell
from ivr.web.show import FILTERS

CONTENT_POLICY = (
    "default-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; "
    "style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

NOT_PAGES = frozenset({None, "voice", "audio", "health", "metrics", "phone", "phone_exchange"})


def prepare(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(_up_to_date)
    app.context_processor(_known_to_every_page)
    app.after_request(_careful)


def _up_to_date() -> None:
    """Take up words and lists that another process put on air; telephones have them looked up in their turns."""
    if request.blueprint not in NOT_PAGES:
        with shell().database.reading() as session:
            versions.refresh(session, shell().desk)


def _known_to_every_page() -> dict[str, Any]:
    """Ask nothing of the database: an error page must work without it."""
    return {"user": g.get("user"), "catalogue": shell().desk.catalogue, "now": shell().now()}


def _careful(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if g.get("user") is not None or response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response
