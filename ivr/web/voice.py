"""The telephone's webhooks: signed forms in, TwiML out."""

import logging
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, Response, abort, g, request

from ivr.services import spoken
from ivr.services.calls import Unexpected
from ivr.services.webhooks import Webhook
from ivr.spool import Full
from ivr.telephony import form
from ivr.telephony.accounts import Account
from ivr.telephony.signature import Letter, authentic
from ivr.web.reception import Away
from ivr.web.shell import shell

log = logging.getLogger(__name__)
blueprint = Blueprint("voice", __name__, url_prefix="/voice")

LARGEST_FORM = 64 * 1024


def signed() -> None:
    """Let in only forms that an account of ours signed; everything else is refused before it is read."""
    if request.method == "POST":  # to anything else Flask answers 405 itself
        here = shell()
        judge(here.desk.accounts, here.desk.config.base_url, here.now())


def judge(accounts: Mapping[str, Account], base_url: str, now: datetime) -> None:
    """Refuse a form that is none of a telephone's, or that nobody we know signed for this address."""
    if request.mimetype != form.MIME_TYPE:
        abort(415)
    body = request.get_data(cache=True)  # as it was signed, and no longer than MAX_CONTENT_LENGTH
    try:
        fields = form.read(request.form.lists())
    except form.BadForm as why:
        log.warning("a form was refused", extra={"why": str(why)})
        abort(400)
    url = base_url + (request.environ.get("RAW_URI") or request.full_path.removesuffix("?"))
    account = accounts.get(fields["AccountSid"])
    letter = Letter(url, _header, fields, body)
    try:
        good = account is not None and authentic(account.scheme, account.webhook_key, letter, now)
    except Exception:  # noqa: BLE001  # the libraries raise all sorts on hostile input, and all of it means no
        good = False
    if not good:
        abort(403)


def _header(name: str) -> str:
    return request.headers.get(name, "")


def twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")


def refuse(why: Full) -> Response:
    """Say that this was not kept, so that the provider asks again or elsewhere: nobody may believe it was."""
    log.critical("a webhook could not be kept: %s", why)
    return Response(status=503)


def _received(kind: str, n: int = 0) -> str:
    """Hand this request to the reception."""
    here = shell()
    g.hook = Webhook(kind, request.form.to_dict(), request.args.to_dict(), here.now(), n)
    return here.reception.take(g.hook)


def _turn(kind: str, n: int = 0) -> Response:
    """Give the turn's TwiML; whatever fails, the caller hears an apology and can leave a message."""
    try:
        return twiml(_received(kind, n))
    except Unexpected as why:
        log.warning("unexpected turn", extra={"call": g.hook.heard.sid, "why": str(why)})
    except Away:
        pass  # the reception has said so
    except Full as why:
        return refuse(why)
    return twiml(spoken.apology(shell().desk))


def _news(kind: str) -> Response:
    """Take note of something; there is nobody to be answered but the provider."""
    try:
        _received(kind)
    except Away:
        pass  # it is kept, and that is all that was asked
    except Full as why:
        return refuse(why)
    return Response(status=204)


@blueprint.post("/answer")
def answer() -> Response:
    """Answer a call, or a leg that the desk asked for."""
    return _turn("answer")


@blueprint.post("/turn/<int:n>")
def turn(n: int) -> Response:
    """Take the call one turn further."""
    return _turn("turn", n)


@blueprint.post("/recording")
def recording() -> Response:
    """Take note of a recording: here, absent or failed."""
    return _news("recording")


@blueprint.post("/status")
def status() -> Response:
    """Take note of a call's or a leg's status."""
    return _news("status")


@blueprint.post("/fallback")
def fallback() -> Response:
    """Take over when another webhook failed: apologise, take a message, thank."""
    told = _news("fallback")
    if told.status_code != 204:  # noqa: PLR2004  # HTTP's own number
        return told
    after = request.args.get("step") == "message"
    return twiml((spoken.farewell if after else spoken.apology)(shell().desk))
