"""Figures for Prometheus: what this web part counted, and what database, queue and disk say now."""

import os
import time
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, g, request

from ivr import meters
from ivr.meters import Meters
from ivr.nearby import nearby
from ivr.services import spoken
from ivr.services.vitals import Vitals
from ivr.web.health import parts
from ivr.web.shell import Shell, shell

blueprint = Blueprint("metrics", __name__)


def prepare(app: Flask, here: Shell) -> None:
    """Count every webhook's answer from now on."""
    app.extensions["ivr_meters"] = Meters(os.environ.get(meters.DIRECTORY, ""))
    app.extensions["ivr_vitals"] = Vitals(here.desk.config, here.database)
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.began = time.perf_counter()


def _count(answer: Response) -> Response:
    if request.blueprint == "voice":
        webhook = str(request.endpoint).partition(".")[2]
        apology = answer.mimetype == "text/xml" and spoken.apologises(answer.get_data(as_text=True))
        seconds = time.perf_counter() - g.began
        counted = cast("Meters", current_app.extensions["ivr_meters"])
        counted.answered(webhook, answer.status_code, seconds, apology=apology)
    return answer


def with_token() -> None:
    """Let in whoever has the token; without one set, only who asks from this very machine."""
    config = shell().desk.config
    near = nearby(request.headers.keys(), request.host, request.remote_addr, config.base_url)
    token = config.metrics.token.get_secret_value()
    if not meters.let_in(token, request.headers.get("Authorization", ""), nearby=near):
        abort(403)


@blueprint.get("/metrics")
def show() -> Response:
    """Write them all down."""
    counted = cast("Meters", current_app.extensions["ivr_meters"])
    vitals = cast("Vitals", current_app.extensions["ivr_vitals"])
    return Response(counted.page(vitals.look(parts().look(), shell().now())), content_type=meters.CONTENT_TYPE)
