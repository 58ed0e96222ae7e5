"""The wallboard: a dark screen on the wall that says what waits, what is late, and how today goes."""

from flask import Blueprint, render_template

from ivr.services import presence
from ivr.services.figures import live
from ivr.web import figures_show as words
from ivr.web.edits import Answer
from ivr.web.shell import shell

blueprint = Blueprint("wall", __name__, url_prefix="/figures/wall")

SECONDS_AN_HOUR = 3600
WORRIED, ALARMED = 1, 3  # hours that the first of the queue has waited


@blueprint.get("")
def page() -> Answer:
    desk, now = shell().desk, shell().now()
    with shell().database.reading() as session:
        queue = live.queue(session, now)
        return render_template(
            "figures/wall.html",
            queue=queue,
            today=live.today(session, desk, now),
            seats=presence.team(session, desk, now),
            waited=(now - queue.oldest).total_seconds() / SECONDS_AN_HOUR if queue.oldest else 0,
            worried=WORRIED,
            alarmed=ALARMED,
            f=words.functions(),
        )
