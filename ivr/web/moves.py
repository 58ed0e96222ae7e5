"""A ticket on its way: referred, answered, passed on, handed over, joined; each with a form of its own."""

from flask import Blueprint, abort, request

from db.models import Ticket
from db.queries import tickets as rows
from db.session import Session
from ivr.persian import ascii_digits
from ivr.services import access, joining, photos, referrals
from ivr.services.history import Author
from ivr.services.life import TicketError
from ivr.web import edits
from ivr.web.edits import Answer, Change
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("moves", __name__, url_prefix="/tickets/<int:ticket_id>")


@blueprint.post("/refer")
def refer(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        to = request.form.get("holder", "")
        referrals.refer(session, shell().desk, shell().now(), ticket, author, to, edits.text())

    return edits.change(ticket_id, act, "refer")


@blueprint.post("/answer")
def answer(ticket_id: int) -> Answer:
    """Answer; a picture comes to its place first, for that may take as long as the store does."""
    edits.insist_on_sight(ticket_id)
    try:
        brought = _photo()
    except TicketError as problem:
        return edits.refused(ticket_id, problem.reason, "answer")

    def act(session: Session, ticket: Ticket, author: Author) -> None:
        desk, now = shell().desk, shell().now()
        if brought is not None:
            photos.add(session, desk, now, ticket, author, brought)
        referrals.answer(session, desk, now, ticket, author, request.form.get("kind", ""), edits.text())

    return edits.change(ticket_id, act, "answer")


@blueprint.post("/hand-over")
def hand_over(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        body = request.form.get("body", "")
        referrals.hand_over(session, shell().desk, shell().now(), ticket, author, body, edits.text())

    return edits.change(ticket_id, act, "hand_over")


@blueprint.post("/ask-place")
def ask_place(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        referrals.ask_place(session, shell().desk, shell().now(), ticket, author, edits.text())

    return edits.change(ticket_id, act, "ask_place")


@blueprint.post("/place")
def place(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        referrals.set_place(session, shell().desk, shell().now(), ticket, author, request.form.get("address", ""))

    return _by_desk(ticket_id, act, "place")


@blueprint.post("/join")
def join(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        main = rows.by_code(session, ascii_digits(request.form.get("code", "")).replace(" ", ""))
        if main is None:
            raise TicketError("unknown_ticket")
        rows.lock_both(session, ticket.id, main.id)
        joining.join(session, shell().desk, shell().now(), ticket, main.main or main, author)

    return _by_desk(ticket_id, act, "join")


@blueprint.post("/part")
def part(ticket_id: int) -> Answer:
    def act(session: Session, ticket: Ticket, author: Author) -> None:
        joining.part(session, shell().desk, shell().now(), ticket, author, edits.text())

    return _by_desk(ticket_id, act, "part")


def _by_desk(ticket_id: int, act: Change, what: str) -> Answer:
    if not access.sees_all(known_user()):
        abort(403)
    return edits.change(ticket_id, act, what)


def _photo() -> photos.Brought | None:
    """Take in the picture that came along, if one did. Raises TicketError."""
    sent = request.files.get("photo")
    raw = sent.read() if sent else b""
    return photos.bring(shell().database, shell().desk, shell().now(), raw) if raw else None


def allow_photo() -> None:
    """Let the one form that carries a picture be larger than the others; asked before any form is read."""
    if request.endpoint == "moves.answer":
        request.max_content_length = shell().desk.config.tickets.photo_bytes
