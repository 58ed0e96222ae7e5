"""Is it alive?"""

from flask import Blueprint, Response, jsonify

from db.queries import people
from ivr.web.shell import shell

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the web process answers and reaches its database; a failure is a 500."""
    with shell().database.reading() as session:
        people.count_users(session)
    return jsonify(status="ok")
