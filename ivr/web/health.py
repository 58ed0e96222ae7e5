"""Is it alive, and can it do its work?"""

from dataclasses import asdict
from typing import cast

from flask import Blueprint, Flask, Response, current_app, jsonify

from db.queries import people
from ivr.services.readiness import Parts
from ivr.web.shell import Shell, shell

blueprint = Blueprint("health", __name__)


def prepare(app: Flask, here: Shell) -> None:
    """Keep at hand what /readyz looks at."""
    app.extensions["ivr_parts"] = Parts(here.desk.config, here.database)


def parts() -> Parts:
    return cast("Parts", current_app.extensions["ivr_parts"])


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the web process answers and reaches its database; a failure is a 500 or a 503."""
    with shell().database.reading() as session:
        people.count_users(session)
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether everything is there that calls need, and in plain words what is not."""
    looked = parts().look()
    told = {name: words or "ok" for name, words in asdict(looked).items()}
    status = "not ready" if looked.wrong else "ready"
    answer = jsonify(status=status, wrong=looked.wrong, waiting=looked.waiting, parts=told)
    return answer, 503 if looked.wrong else 200
