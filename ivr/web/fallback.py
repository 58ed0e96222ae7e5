"""The fallback: a process of its own that needs neither database nor broker, for when another webhook failed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import Blueprint, Flask, Response, current_app, request

from ivr.config import Config
from ivr.services import spoken
from ivr.services.desk import Desk, open_desk, open_spool
from ivr.services.webhooks import Webhook
from ivr.spool import Full, Spool
from ivr.web.audio import sound_of, words_of
from ivr.web.voice import LARGEST_FORM, judge, refuse, twiml

blueprint = Blueprint("fallback", __name__)
CLIP = f"{spoken.FALLBACK}/audio/<string(length=32):digest>"


@dataclass(frozen=True)
class Lifeboat:
    """All that is left when the ship is gone: words, accounts, and a place on disk."""

    desk: Desk
    spool: Spool

    def apologise(self, step: str) -> Response:
        own = self.desk.config.fallback_url
        return twiml(spoken.farewell(self.desk, own) if step == "message" else spoken.apology(self.desk, own))


def create_fallback(config: Config) -> Flask:
    """Join the few parts; what will be said is spoken before anybody needs it."""
    boat = Lifeboat(open_desk(config), open_spool(config, "fallback"))
    boat.spool.prepare()
    for step in ("", "message"):
        boat.apologise(step)
    app = Flask("ivr.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.extensions["ivr_fallback"] = boat
    app.register_blueprint(blueprint)
    return app


def _boat() -> Lifeboat:
    return cast("Lifeboat", current_app.extensions["ivr_fallback"])


@blueprint.post(spoken.FALLBACK)
def fallback() -> Response:
    """Keep on disk what came, then apologise, take a message, thank; news of a recording is only kept."""
    boat, step, now = _boat(), request.args.get("step", ""), datetime.now(UTC)
    judge(boat.desk.accounts, boat.desk.config.fallback_url, now)
    hook = Webhook("fallback", request.form.to_dict(), request.args.to_dict(), now)
    try:
        boat.spool.put(hook.dump())
    except Full as why:
        return refuse(why)
    return Response(status=204) if step == "recording" else boat.apologise(step)


@blueprint.get(f"{CLIP}.wav")
def wav(digest: str) -> Response:
    """Give the audio of what it says: the web process may be gone, too."""
    return sound_of(_boat().desk.speech, digest)


@blueprint.get(f"{CLIP}.json")
def words(digest: str) -> Response:
    """Give its words, for those who read along."""
    return words_of(_boat().desk.speech, digest)


@blueprint.get("/alive")
def alive() -> Response:
    """Say that it answers."""
    return Response("alive", mimetype="text/plain")
