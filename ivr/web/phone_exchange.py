"""The browser phone's exchange: the few pages of Twilio's REST that a hotline needs, behind its account's token."""

import hmac
import re
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, request

from db.models import PhoneCall, PhoneRecording
from db.queries import phone
from ivr.web import kept
from ivr.web import phone_legs as legs
from ivr.web import phone_news as news
from ivr.web import phone_voices as voices
from ivr.web.phone_news import API_VERSION, Office
from ivr.web.phone_tab import the_office
from ivr.web.shell import shell

blueprint = Blueprint("phone_exchange", __name__, url_prefix=f"/phone/exchange/{API_VERSION}/Accounts/<account_sid>")

CALLABLE = re.compile(r"\+[1-9][0-9]{6,14}|client:[a-z0-9._-]{1,32}")
DEFAULT_RING, LONGEST_RING = 60, 600
PAGE = 50
BAD_TO, BAD_URL, BAD_STATUS, NOT_FOUND = 21211, 21205, 21218, 20404
ENDS = {"completed", "canceled"}


def with_token() -> Response | None:
    """Let in whoever has the account's token."""
    office = the_office()
    given = request.authorization
    name, token = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
    right = hmac.compare_digest(name.encode(), office.account.sid.encode())
    if not right & hmac.compare_digest(token.encode(), office.account.token.encode()):
        refused = _error(401, 20003, "Authenticate")
        refused.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return refused
    if request.view_args is None or request.view_args.get("account_sid") != office.account.sid:
        abort(404)
    return None


@blueprint.post("/Calls.json")
def create_call(account_sid: str) -> Response:  # noqa: ARG001  # the guard has compared it
    """Ring a line."""
    office, form = the_office(), request.form
    if not CALLABLE.fullmatch(form.get("To", "")):
        return _error(400, BAD_TO, "Invalid 'To' Phone Number")
    addresses = [form.get("Url", ""), form.get("StatusCallback") or form.get("Url", "")]
    if not all(office.ours(url) for url in addresses):
        return _error(400, BAD_URL, "Invalid 'Url'")
    ring = form.get("Timeout", DEFAULT_RING, type=int)
    order = legs.Order(
        to=form["To"],
        caller=form.get("From", ""),
        url=form["Url"],
        ring_seconds=min(LONGEST_RING, max(1, ring)),
        status_callback=form.get("StatusCallback", ""),
        status_events=" ".join(form.getlist("StatusCallbackEvent")) or "completed",
    )
    with shell().database.transaction() as session:
        now = shell().now()
        reports = legs.tidy(session, office, now)
        call, begun = legs.place(session, office, order, now)
        shown = _shown(office, call)
    news.tell(office, [*reports, *begun])
    return make_response(jsonify(shown), 201)


@blueprint.get("/Calls.json")
def calls(account_sid: str) -> Response:  # noqa: ARG001  # the guard has compared it
    """List the newest legs to a line."""
    office = the_office()
    with shell().database.reading() as session:
        rows = [_shown(office, call) for call in phone.calls_to(session, request.args.get("To", ""), PAGE)]
    return jsonify(calls=rows, page=0, page_size=PAGE, uri=request.path, next_page_uri=None)


@blueprint.route("/Calls/<sid>.json", methods=["GET", "POST"])
def one_call(account_sid: str, sid: str) -> Response:  # noqa: ARG001  # the guard has compared it
    """Show a leg, or end it."""
    office = the_office()
    status = request.form.get("Status")
    if status and status not in ENDS:
        return _error(400, BAD_STATUS, "Invalid 'Status'")
    with shell().database.transaction() as session:
        now = shell().now()
        reports = legs.tidy(session, office, now)
        call = phone.call(session, sid, lock=True)
        if call is not None and status:
            reports += legs.finish(session, office, call, status, now)
        shown = _shown(office, call) if call else None
    news.tell(office, reports)
    return jsonify(shown) if shown else _error(404, NOT_FOUND, "The requested resource was not found")


@blueprint.get("/Recordings/<sid>")
@blueprint.get("/Recordings/<sid>.<suffix>")
def one_recording(account_sid: str, sid: str, suffix: str = "wav") -> Response:  # noqa: ARG001  # the guard has compared it
    """Give a voice, or what is known of it."""
    office = the_office()
    with shell().database.reading() as session:
        recording = phone.recording(session, sid)
    if recording is None:
        return _error(404, NOT_FOUND, "The requested resource was not found")
    if suffix == "json":
        return jsonify(_shown_recording(office, recording))
    if suffix != "wav" or recording.status != "completed":
        return _error(404, NOT_FOUND, "The requested resource was not found")
    given = kept.given(voices.place(recording.sid), "audio/wav", "")
    voices.clean(office, recording.sid)
    return given


@blueprint.delete("/Recordings/<sid>")
@blueprint.delete("/Recordings/<sid>.json")
def delete_recording(account_sid: str, sid: str) -> Response:  # noqa: ARG001  # the guard has compared it
    """Forget a voice."""
    the_office()
    with shell().database.transaction() as session:
        recording = phone.recording(session, sid, lock=True)
        if recording is None or recording.status == "deleted":
            return _error(404, NOT_FOUND, "The requested resource was not found")
        recording.status = "deleted"
        voices.forget(session, recording.sid, shell().now())
    return Response(status=204)


def _error(status: int, code: int, message: str) -> Response:
    return make_response(jsonify(code=code, message=message, status=status, more_info=""), status)


def _shown(office: Office, call: PhoneCall) -> dict[str, Any]:
    """Show a leg as Twilio does."""
    over = call.ended_at is not None
    path = office.path("Calls", call.sid)
    nothing = (
        "phone_number_sid", "price", "answered_by", "annotation", "forwarded_from", "group_sid", "caller_name",
        "trunk_sid",
    )  # fmt: skip
    return {
        **dict.fromkeys(nothing),
        "sid": call.sid,
        "account_sid": office.account.sid,
        "parent_call_sid": call.parent_sid,
        "from": call.from_number,
        "from_formatted": call.from_number,
        "to": call.to_number,
        "to_formatted": call.to_number,
        "status": call.status,
        "direction": call.direction,
        "date_created": _moment(call.created_at),
        "date_updated": _moment(call.ended_at or call.answered_at or call.created_at),
        "start_time": _moment(call.answered_at),
        "end_time": _moment(call.ended_at),
        "duration": str(news.seconds(call, call.ended_at)) if over and call.ended_at else None,
        "price_unit": "USD",
        "queue_time": "0",
        "api_version": API_VERSION,
        "uri": f"{path}.json",
        "subresource_uris": {"recordings": f"{path}/Recordings.json"},
    }


def _shown_recording(office: Office, recording: PhoneRecording) -> dict[str, Any]:
    """Show a voice as Twilio does."""
    return {
        "sid": recording.sid,
        "account_sid": office.account.sid,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "api_version": API_VERSION,
        "date_created": _moment(recording.created_at),
        "date_updated": _moment(recording.ended_at or recording.created_at),
        "start_time": _moment(recording.created_at),
        "duration": str(recording.seconds),
        "status": recording.status,
        "channels": 1,
        "source": recording.source,
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "encryption_details": None,
        "subresource_uris": {},
        "media_url": office.resource("Recordings", recording.sid),
        "uri": f"{office.path('Recordings', recording.sid)}.json",
    }


def _moment(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None
