"""The telephone's webhooks: signed forms in, TwiML out."""

import logging
import re
from collections.abc import Mapping

from flask import Blueprint, Response, abort, g, request

from ivr.services import spoken
from ivr.services.calls import Unexpected
from ivr.services.webhooks import Webhook
from ivr.spool import Full
from ivr.telephony.accounts import Account
from ivr.telephony.signature import genuine
from ivr.web.reception import Away
from ivr.web.shell import shell

log = logging.getLogger(__name__)
blueprint = Blueprint("voice", __name__, url_prefix="/voice")

CALL_SID = re.compile(r"[A-Za-z0-9:._-]{8,128}")
FIELDS = 100
LARGEST_FORM = 64 * 1024


def signed() -> None:
    """Let in only forms that an account of ours signed; everything else is refused before it is read."""
    if request.method == "POST":  # to anything else Flask answers 405 itself
        judge(shell().desk.accounts, shell().desk.config.base_url)


def judge(accounts: Mapping[str, Account], base_url: str) -> None:
    """Refuse a form that nobody we know signed for this address."""
    if request.mimetype != "application/x-www-form-urlencoded":
        abort(415)
    form = request.form
    if len(form) > FIELDS or any(len(values) != 1 for _, values in form.lists()):
        abort(403)
    account = accounts.get(form.get("AccountSid", ""))
    url = base_url + (request.environ.get("RAW_URI") or request.full_path.removesuffix("?"))
    try:
        good = account is not None and genuine(
            account.token, url, form.to_dict(), request.headers.get("X-Twilio-Signature", "")
        )
    except Exception:  # noqa: BLE001  # the library raises all sorts on hostile input, and all of it means no
        good = False
    if not good or not CALL_SID.fullmatch(form.get("CallSid", "")):
        abort(403)


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
