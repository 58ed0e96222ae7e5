"""Announcements: typed, recorded in the browser or by telephone; each with its place, its time and its order."""

from flask import Blueprint, jsonify, render_template, request, url_for

from db.models import Announcement
from db.queries import day as rows
from db.session import Session
from ivr.services import announcements
from ivr.services.announcements import Wanted
from ivr.services.day import DayError
from ivr.services.history import Author
from ivr.speech import Clip
from ivr.web.acts import Answer, carry_out, moment, text
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("announcements", __name__, url_prefix="/day/announcements")
SHOWN = 50
LARGEST_VOICE = 8_000_000
DEEDS = ("announced", "announcement_off")


@blueprint.get("")
def index() -> str:
    return _page()


def _page(error: str = "") -> str:
    now = shell().now()
    with shell().database.reading() as session:
        found = rows.announcements(session, SHOWN)
        return render_template(
            "announcements.html",
            error=error,
            typed=request.form,
            all=found,
            states={one.id: announcements.state(one, now) for one in found},
            places=announcements.PLACES,
            most=announcements.MOST_CHARACTERS,
            done=rows.deeds(session, DEEDS, SHOWN),
        )


@blueprint.post("")
def add() -> Answer:
    """Announce something; by telephone, its author is rung to say it."""
    way = request.form.get("way", "typed")
    try:
        clip = _clip(way)
    except DayError as problem:
        return _page(problem.reason), 422

    def act(session: Session, author: Author) -> None:
        desk, now = shell().desk, shell().now()
        one = announcements.announce(session, desk, now, author.name, _wanted(), way, clip)
        if way == "telephone":
            announcements.ring(session, now, known_user(), one)

    what = "announce_ring" if way == "telephone" else "announced"
    return carry_out(act, what, url_for("announcements.index"), _page)


def _clip(way: str) -> Clip | None:
    """Make the clip before any transaction begins: speaking takes its time. Raises DayError."""
    if way == "telephone":
        return None
    if way == "browser":
        sent = request.files.get("voice")
        return announcements.recorded(shell().desk, sent.read() if sent else b"", text("title"))
    return announcements.spoken(shell().desk, text("words"))


def _wanted() -> Wanted:
    rank = request.form.get("rank", 1, type=int)
    return Wanted(text("title"), request.form.get("place", ""), rank, moment("starts_at"), moment("ends_at"))


@blueprint.post("/preview")
def preview() -> Answer:
    """Speak what is typed, for its author to hear."""
    try:
        clip = announcements.spoken(shell().desk, text("words"))
    except DayError as problem:
        answer = jsonify(error=word(problem.reason, "error"))
        answer.status_code = 422
        return answer
    return jsonify(audio=url_for("audio.wav", digest=clip.hash))


@blueprint.post("/<int:announcement_id>/ring")
def ring(announcement_id: int) -> Answer:
    """Ring again, to record it."""

    def act(session: Session, author: Author) -> None:  # noqa: ARG001  # rung is who asks
        one = session.get(Announcement, announcement_id, with_for_update=True)
        if one is None or one.source != "telephone":
            raise DayError("announcement_over")
        announcements.ring(session, shell().now(), known_user(), one)

    return carry_out(act, "announce_ring", url_for("announcements.index"), _page)


@blueprint.post("/<int:announcement_id>/withdraw")
def withdraw(announcement_id: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        announcements.withdraw(session, shell().now(), author.name, announcement_id)

    return carry_out(act, "announcement_off", url_for("announcements.index"), _page)


def allow_voice() -> None:
    """Let the form that carries a voice be larger than the others; asked before any form is read."""
    if request.endpoint == "announcements.add":
        request.max_content_length = LARGEST_VOICE
