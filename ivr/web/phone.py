"""The browser phone's page, and what its tab asks of its exchange while a call lasts."""

import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request, send_file
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from db.models import PhoneCall, PhoneRecording, PhoneSignal
from db.queries import phone
from ivr.nearby import nearby
from ivr.services import access
from ivr.telephony.signature import sign
from ivr.web import phone_extension
from ivr.web import phone_legs as legs
from ivr.web import phone_news as news
from ivr.web import phone_voices as voices
from ivr.web.phone_tab import Desk, address, body, events, opened, own_line, text, the_office
from ivr.web.sessions import current_user, require
from ivr.web.shell import shell

blueprint = Blueprint("phone", __name__, url_prefix="/phone")

LARGEST_SIGNAL = 32 * 1024
LONGEST_RING = 600


def at_home_or_staff() -> AnyResponse | None:
    """Let in whoever sits at this very machine, if the installation says so; elsewhere only staff."""
    config = shell().desk.config
    if not config.phone.enabled:
        abort(404)
    if config.phone.login == "auto" and nearby(
        request.headers.keys(), request.host, request.remote_addr, config.base_url
    ):
        return None
    return require(*access.DESK_ROLES)()


@blueprint.get("")
def page() -> str | AnyResponse:
    """Show a telephone; one that answers as an operator's wants to know who that is."""
    operator = request.args.get("line") == "operator"
    user = current_user()
    if operator and user is None:
        return require(*access.DESK_ROLES)() or abort(401)
    office = the_office()
    line = f"client:{user.name}" if operator and user else ""
    own = phone_extension.mine() if line else None
    shown = render_template(
        "phone.html", office=office, line=line, holder=secrets.token_urlsafe(24), extension=own is not None
    )
    return phone_extension.allow_exchange(make_response(shown)) if own else shown


@blueprint.get("/extension")
def extension() -> Response:
    """Tell an operator's own browser how it registers at the exchange; nobody is told of anybody else."""
    own = phone_extension.mine()
    if own is None:
        abort(404)
    url = shell().desk.config.gateway.webrtc_url
    return jsonify(url=url, name=own.name, password=own.password)


@blueprint.get("/sample.wav")
def sample() -> Response:
    """Give a few words for those without a microphone."""
    return send_file(shell().desk.speech.clips("phone_sample", {})[0].path, mimetype="audio/wav")


@blueprint.post("/sign")
def sign_form() -> Response:
    """Sign what this tab is about to post, if it speaks of its own call and to the hotline."""
    asked = body()
    url, form = text(asked, "url", 2000), asked.get("params")
    if not isinstance(form, dict) or not all(isinstance(part, str) for pair in form.items() for part in pair):
        abort(400)
    said = {**dict(parse_qsl(urlsplit(url).query)), **form}
    with opened() as desk:
        call = desk.mine(said.get("CallSid", ""))
        truth = {"From": call.from_number, "To": call.to_number, "AccountSid": desk.office.account.sid}
        if not desk.office.ours(url) or any(said.get(name) != value for name, value in truth.items()):
            abort(403)
        if sid := said.get("RecordingSid"):
            desk.recording(sid)
        return jsonify(signature=sign(desk.office.account.token, url, form))


@blueprint.get("/poll")
def poll() -> Response:
    """Tell a tab who rings, and how its own call and the leg it dialled are doing."""
    asked = request.args
    line = own_line(asked.get("line", ""))
    with opened() as desk:
        if legs.overdue(desk.session, desk.now):
            desk.reports += legs.tidy(desk.session, desk.office, desk.now)
        legs.heard_of(desk.session, desk.holder, desk.now)
        held = _hold(desk, line, anew="claim" in asked)
        rung: list[PhoneCall] = []
        if held:
            rung, reports = legs.knock(desk.session, desk.office, desk.holder, line, desk.now)
            desk.reports += reports
        call = phone.call(desk.session, asked["call"]) if asked.get("call") else None
        if call is not None and call.holder != desk.holder:
            call = None
        return jsonify(
            csrf=generate_csrf(),
            line=line if held else "",
            ringing=[_shown(desk, one) for one in rung],
            call=_shown(desk, call) if call else None,
            legs=[_shown(desk, leg) for leg in phone.children(desk.session, call.sid)] if call else [],
            signals=_signals(desk, call, asked.get("after", 0, type=int)),
        )


def _hold(desk: Desk, line: str, *, anew: bool) -> bool:
    """Keep this tab's line; the newest tab has it, and an older one gets it back only when that one is gone."""
    if not line:
        return False
    held = phone.line(desk.session, line)
    ours = held is not None and held.holder == desk.holder
    if held is None or anew or held.seen_at < desk.now - (legs.HEARTBEAT if ours else legs.STALE_LINE):
        phone.take_line(desk.session, line, desk.holder, desk.now)
        return True
    return ours


def _signals(desk: Desk, call: PhoneCall | None, after: int) -> list[dict[str, Any]]:
    said = phone.signals(desk.session, call.sid, after) if call else []
    return [{"id": signal.id, "body": signal.body} for signal in said]


def _shown(desk: Desk, call: PhoneCall) -> dict[str, Any]:
    form = news.about(desk.office, call)
    talked = news.seconds(call, desk.now)
    return {"sid": call.sid, "status": call.status, "seconds": talked, "url": call.url, "form": form}


@blueprint.post("/calls")
def dial() -> Response:
    """Begin a call to the hotline."""
    caller = text(body(), "from", 64)
    if caller != legs.WITHHELD and not own_line(caller):
        abort(400)
    with opened() as desk:
        call = legs.come_in(desk.session, desk.office, desk.holder, caller, desk.now)
        return jsonify(_shown(desk, call))


@blueprint.post("/calls/<sid>/answer")
def answer(sid: str) -> Response:
    """Take a ringing leg; only one tab can."""
    with opened() as desk:
        call = desk.ringing(sid)
        desk.reports += legs.answer(desk.office, call, desk.holder, desk.now)
        return jsonify(_shown(desk, call))


@blueprint.post("/calls/<sid>/refuse")
def refuse(sid: str) -> Response:
    with opened() as desk:
        desk.reports += legs.finish(desk.session, desk.office, desk.ringing(sid), "busy", desk.now)
    return jsonify(ok=True)


@blueprint.post("/calls/<sid>/end")
def end(sid: str) -> Response:
    """Hang up; a leg that was rejected before it began ends as busy or unanswered."""
    status = body().get("status", "completed")
    if status not in {"completed", "busy", "no-answer"}:
        abort(400)
    with opened() as desk:
        desk.reports += legs.finish(desk.session, desk.office, desk.mine(sid), status, desk.now)
    return jsonify(ok=True)


@blueprint.post("/calls/<sid>/bye")
def bye(sid: str) -> Response:
    """Hang up for a tab that is closing; it can send a form, and no headers."""
    with opened(request.form.get("tab", "")) as desk:
        desk.reports += legs.finish(desk.session, desk.office, desk.mine(sid), "completed", desk.now)
    return Response(status=204)


@blueprint.post("/calls/<sid>/legs")
def dial_on(sid: str) -> Response:
    """Ring somebody for a Dial."""
    asked = body()
    with opened() as desk:
        parent = desk.mine(sid)
        if parent.status != "in-progress":
            abort(409)
        order = legs.Order(
            to=text(asked, "to", 64),
            caller=text(asked, "from", 64) or parent.from_number,
            url=address(desk, asked, "url"),
            ring_seconds=min(LONGEST_RING, max(1, int(asked.get("timeout", 30)))),
            status_callback=address(desk, asked, "statusCallback"),
            status_events=events(asked),
            parent_sid=parent.sid,
            action=address(desk, asked, "action"),
        )
        leg, desk.reports = legs.place(desk.session, desk.office, order, desk.now)
        return jsonify(_shown(desk, leg))


@blueprint.post("/calls/<sid>/legs/<leg_sid>/end")
def end_leg(sid: str, leg_sid: str) -> Response:
    """End a leg this one dialled: its time is up."""
    with opened() as desk:
        leg = desk.linked(sid, leg_sid)
        desk.reports += legs.finish(desk.session, desk.office, leg, "completed", desk.now)
        return jsonify(_shown(desk, leg))


@blueprint.post("/calls/<sid>/signals")
def signal(sid: str) -> Response:
    """Carry a word to the leg at the other end of this one."""
    asked = body()
    with opened() as desk:
        other = desk.linked(sid, text(asked, "to", 64))
        said = text(asked, "body", LARGEST_SIGNAL)
        desk.session.add(PhoneSignal(call_sid=other.sid, body=said, at=desk.now))
    return jsonify(ok=True)


@blueprint.post("/calls/<sid>/recordings")
def record(sid: str) -> Response:
    """Begin to keep a voice."""
    asked = body()
    with opened() as desk:
        call = desk.mine(sid)
        if call.status != "in-progress":
            abort(409)
        recording = PhoneRecording(
            sid=legs.new_sid("RE"), call_sid=call.sid, created_at=desk.now, trim=asked.get("trim") is True,
            source="DialVerb" if asked.get("source") == "DialVerb" else "RecordVerb", status="in-progress", seconds=0,
            action=address(desk, asked, "action"), status_callback=address(desk, asked, "statusCallback"),
            status_events=events(asked),
        )  # fmt: skip
        desk.reports += legs.listen(desk.session, desk.office, recording)
        return jsonify(sid=recording.sid, url=desk.office.resource("Recordings", recording.sid))


@blueprint.post("/recordings/<sid>/chunk")
def chunk(sid: str) -> Response:
    """Take a piece of a voice."""
    number = request.args.get("n", -1, type=int)
    if not 0 <= number < voices.MOST_PIECES:
        abort(400)
    with opened() as desk:
        if desk.recording(sid).status != "in-progress":
            abort(409)
        office = desk.office
    voices.keep(office, sid, number, request.get_data())
    return jsonify(ok=True)


@blueprint.post("/recordings/<sid>/end")
def end_recording(sid: str) -> Response:
    """Make the voice a file."""
    with opened() as desk:
        recording = desk.recording(sid)
        if recording.status == "in-progress":
            voices.finish(desk.session, desk.office, recording, desk.now)
            desk.reports += news.voice(desk.office, recording)
        return jsonify(status=recording.status, seconds=recording.seconds)
