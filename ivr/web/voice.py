"""The telephone's webhooks: signed forms in, TwiML out."""

import logging
import re
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, g, request

from ivr.services import calls, dialling, spoken
from ivr.services.calls import Heard
from ivr.telephony import form
from ivr.telephony.media import sid_of
from ivr.telephony.signature import Letter, authentic
from ivr.web.shell import shell

log = logging.getLogger(__name__)
blueprint = Blueprint("voice", __name__, url_prefix="/voice")


def signed() -> None:
    """Let in only forms that an account of ours signed; everything else is refused before it is read."""
    if request.method != "POST":
        return  # Flask answers 405 itself
    if request.mimetype != form.MIME_TYPE:
        abort(415)
    body = request.get_data(cache=True)  # as it was signed, and no longer than MAX_CONTENT_LENGTH
    try:
        fields = form.read(request.form.lists())
    except form.BadForm as why:
        log.warning("a form was refused", extra={"why": str(why)})
        abort(400)
    here = shell()
    url = here.desk.url(request.environ.get("RAW_URI") or request.full_path.removesuffix("?"))
    account = here.desk.accounts.get(fields["AccountSid"])
    letter = Letter(url, _header, fields, body)
    try:
        good = account is not None and authentic(account.scheme, account.webhook_key, letter, here.now())
    except Exception:  # noqa: BLE001  # the libraries raise all sorts on hostile input, and all of it means no
        good = False
    if not good:
        abort(403)
    g.heard = _read(fields)


def _header(name: str) -> str:
    return request.headers.get(name, "")


def _read(fields: Mapping[str, str]) -> Heard:
    sid = fields.get("RecordingSid") or sid_of(fields.get("RecordingUrl", ""))
    digits = fields.get("Digits", "")
    return Heard(
        sid=fields["CallSid"],
        account_sid=fields["AccountSid"],
        caller_raw=fields.get("From", ""),
        called=fields.get("To", ""),
        keys="" if digits == "hangup" else re.sub(r"[^0-9*#]", "", digits),
        recording_sid=sid or None,
        recording_seconds=_seconds(fields.get("RecordingDuration")) or 0,
        hung_up=digits == "hangup",
        dial_status=fields.get("DialCallStatus", ""),
        dial_seconds=_seconds(fields.get("DialCallDuration")) or 0,
    )


def _seconds(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else None


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")


def _or_apology(take: Callable[[], str]) -> Response:
    """Give the turn's TwiML; whatever fails, the caller hears an apology and can leave a message."""
    try:
        return _twiml(take())
    except calls.Unexpected as why:
        log.warning("unexpected turn", extra={"call": g.heard.sid, "why": str(why)})
    except Exception:  # a caller is on the line: nothing may answer 500
        log.exception("a turn failed", extra={"call": g.heard.sid})
    return _twiml(spoken.apology(shell().desk))


@blueprint.post("/answer")
def answer() -> Response:
    """Answer a call, or a leg that the desk asked for."""

    def take() -> str:
        here = shell()
        with here.database.transaction() as session:
            attempt, opening = _attempt(), None
            if attempt is not None:
                by = request.form.get("AnsweredBy", "")
                opening = dialling.opening(session, here.desk, attempt, g.heard.sid, by)
                if opening is None:
                    raise calls.Unexpected("the try is over")
            return calls.answer(session, here.desk, g.heard, here.now(), opening)

    return _or_apology(take)


@blueprint.post("/turn/<int:n>")
def turn(n: int) -> Response:
    """Take the call one turn further."""

    def take() -> str:
        here = shell()
        with here.database.transaction() as session:
            return calls.turn(session, here.desk, n, g.heard, here.now())

    return _or_apology(take)


@blueprint.post("/recording")
def recording() -> tuple[str, int]:
    """Take note of a recording: here, absent or failed."""
    here = shell()
    with here.database.transaction() as session:
        calls.keep(session, here.desk, g.heard, request.form.get("RecordingStatus", "completed"), here.now())
    return "", 204


@blueprint.post("/status")
def status() -> tuple[str, int]:
    """Take note of a call's or a leg's status."""
    here, attempt = shell(), _attempt()
    said = request.form.get("CallStatus", "")
    leg = "citizen" if request.args.get("leg") == "citizen" else "operator"
    by = request.form.get("AnsweredBy", "")
    news = dialling.News(leg, said, g.heard.sid, _seconds(request.form.get("CallDuration")), by)
    with here.database.transaction() as session:
        if said in calls.OVER and leg == "operator":
            opening = dialling.opening_of(session, here.desk, attempt) if attempt is not None else None
            calls.end(session, here.desk, g.heard, here.now(), opening)
        if attempt is not None:
            dialling.progress(session, here.desk, attempt, news, here.now())
    return "", 204


@blueprint.post("/fallback")
def fallback() -> Response:
    """Take over when another webhook failed: apologise, take a message, thank."""
    desk = shell().desk
    if request.args.get("step") != "message":
        return _twiml(spoken.apology(desk))
    if g.heard.recording_sid:
        with shell().database.transaction() as session:
            calls.keep(session, desk, g.heard, "completed", shell().now())
    return _twiml(spoken.farewell(desk))


def _attempt() -> int | None:
    return _seconds(request.args.get("attempt"))
