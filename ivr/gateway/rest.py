"""The part of Twilio's REST that a hotline needs, so that its client works here unmodified.

https://www.twilio.com/docs/voice/api/call-resource, https://www.twilio.com/docs/voice/api/recording
"""

import base64
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ivr import meters
from ivr.config import Config
from ivr.gateway import peers, shown, vitals
from ivr.gateway.ledger import OVER, Leg
from ivr.gateway.news import API_VERSION
from ivr.gateway.parts import Parts, Request, new_sid
from ivr.nearby import nearby

Place = Callable[[Leg, Request, int, int], None]
Form = Mapping[str, object]

ACCOUNT = f"/{API_VERSION}/Accounts/{{account_sid}}"
LARGEST_FORM = 64 * 1024
DEFAULT_RING, LONGEST_RING = 60, 600
DEFAULT_LIMIT, LONGEST_LIMIT = 4 * 3600, 24 * 3600
PAGE, LONGEST_PAGE = 50, 1000
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
ENDS = ("completed", "canceled")
BAD_TO, BAD_URL, BAD_STATUS, BAD_NUMBER, NOT_FOUND, NOT_MODIFIABLE = 21211, 21205, 21218, 20001, 20404, 21220


class Refused(Exception):
    """An order that cannot be taken, in Twilio's numbers."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> web.Response:
        return web.json_response(
            {"code": self.code, "message": self.message, "more_info": "", "status": self.status}, status=self.status
        )


class Exchange:
    """The handlers of one gateway."""

    def __init__(self, config: Config, parts: Parts, place: Place) -> None:
        self._parts, self._place = parts, place
        self._metrics_token, self._base_url = config.metrics.token.get_secret_value(), config.gateway_url
        self._peers = peers.Peers(config.gateway.peers, config.gateway.account_sid, config.gateway.auth_token)

    async def create_call(self, request: web.Request) -> web.Response:
        """Ring somebody, and say what happens then."""
        form = await request.post()
        to, url = str(form.get("To", "")), str(form.get("Url", ""))
        if not self._parts.numbers.known(to):
            raise Refused(400, BAD_TO, "Invalid 'To' Phone Number")
        told = [str(form[name]) for name in ("StatusCallback", "FallbackUrl") if form.get(name)]
        if not all(self._parts.webhooks.ours(one.partition("#")[0]) for one in (url, *told)):
            raise Refused(400, BAD_URL, "Invalid 'Url'")
        events = frozenset(" ".join(map(str, form.getall("StatusCallbackEvent", []))).split()) or {"completed"}
        if not events <= EVENTS:
            raise Refused(400, BAD_NUMBER, "Invalid 'StatusCallbackEvent'")
        sid = new_sid("CA")
        leg = Leg(
            sid, sid, "outbound-api", str(form.get("From", "")), to,
            answered_by="unknown" if form.get("MachineDetection") else "",  # nobody listens whether it is a machine
            fallback_url=str(form.get("FallbackUrl", "")), status_url=str(form.get("StatusCallback", "")),
            status_method=_method(form, "StatusCallbackMethod"), status_events=tuple(sorted(events)),
        )  # fmt: skip
        ring = _number(form, "Timeout", DEFAULT_RING, LONGEST_RING)
        limit = _number(form, "TimeLimit", DEFAULT_LIMIT, LONGEST_LIMIT)
        self._place(leg, Request(url, _method(form, "Method")), ring, limit)
        return web.json_response(shown.call(self._parts.desk, leg), status=201)

    async def calls(self, request: web.Request) -> web.Response:
        """List the newest calls of all gateways, to one telephone if that is asked for."""
        most = _number(request.query, "PageSize", PAGE, LONGEST_PAGE)
        legs = [
            self._parts.legs.get(leg.sid, leg) for leg in self._parts.ledger.legs(request.query.get("To", ""), most)
        ]
        rows = [shown.call(self._parts.desk, leg) for leg in legs]
        for answer in await self._peers.all(request):
            rows += json.loads(answer.text or "{}").get("calls", [])
        rows.sort(key=lambda row: parsedate_to_datetime(row["date_created"]), reverse=True)
        return web.json_response(shown.page(self._parts.desk, "Calls", "calls", rows[:most]))

    async def fetch_call(self, request: web.Request) -> web.StreamResponse:
        """Show a call."""
        leg = self._leg(request)
        return web.json_response(shown.call(self._parts.desk, leg)) if leg else await self._elsewhere(request)

    async def update_call(self, request: web.Request) -> web.StreamResponse:
        """End a call: a ringing one is canceled, one under way completed."""
        leg = self._leg(request)
        if leg is None:
            return await self._elsewhere(request)
        form = await request.post()
        if form.get("Url") or form.get("Twiml"):
            raise Refused(400, NOT_MODIFIABLE, "A live call cannot be given another document here; it can be ended")
        status = str(form.get("Status", ""))
        if status not in ENDS:
            raise Refused(400, BAD_STATUS, "Invalid 'Status'")
        line = self._parts.lines.get(leg.channel)
        if leg.status in OVER or line is None:
            raise Refused(400, NOT_MODIFIABLE, "Call is not in-progress. Cannot redirect.")
        if leg.answered is None:
            await line.hang_up()
            self._parts.teller.stand(leg, "canceled")
        elif status == "completed":
            await line.hang_up()
        return web.json_response(shown.call(self._parts.desk, leg))

    async def recordings(self, request: web.Request) -> web.Response:
        """List a call's recordings."""
        sid = request.match_info["sid"]
        rows = [shown.recording(self._parts.desk, voice) for voice in self._parts.ledger.voices_of(sid)]
        return web.json_response(shown.page(self._parts.desk, f"Calls/{sid}/Recordings", "recordings", rows))

    async def fetch_recording(self, request: web.Request) -> web.StreamResponse:
        """Give a voice, or with .json what is known of it."""
        sid, suffix = request.match_info["sid"], request.match_info["suffix"] or ".wav"
        voice = self._parts.ledger.voice(sid)
        if voice is None:
            return await self._elsewhere(request)
        if suffix == ".json":
            return web.json_response(shown.recording(self._parts.desk, voice))
        path = self._parts.voices.path(sid)
        if voice.status == "deleted" or not path.is_file():
            raise Refused(404, NOT_FOUND, "The requested resource was not found")
        return web.FileResponse(path, headers={"Content-Type": "audio/x-wav", "Cache-Control": "no-store"})

    async def delete_recording(self, request: web.Request) -> web.StreamResponse:
        """Forget a voice for good."""
        if self._parts.ledger.voice(request.match_info["sid"]) is None:
            return await self._elsewhere(request)
        if not self._parts.voices.delete(request.match_info["sid"]):
            raise Refused(404, NOT_FOUND, "The requested resource was not found")
        return web.Response(status=204)

    async def said(self, request: web.Request) -> web.StreamResponse:
        """Give the exchange what a document's Say says."""
        path = self._parts.sounds.said(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": "audio/x-wav", "Cache-Control": "public, max-age=31536000, immutable"}
        return web.FileResponse(path, headers=headers)

    async def health(self, _: web.Request) -> web.Response:
        """Say whether this gateway hears its exchange, and how many calls it holds."""
        up = self._parts.ari.up.is_set()
        return web.json_response({"exchange": up, "calls": len(self._parts.lines)}, status=200 if up else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Tell Prometheus how this gateway is doing."""
        near = nearby(request.headers.keys(), request.host, request.remote, self._base_url)
        if not meters.let_in(self._metrics_token, request.headers.get("Authorization", ""), nearby=near):
            raise web.HTTPForbidden
        body = meters.page(vitals.look(self._parts, time.time()))
        return web.Response(body=body, headers={"Content-Type": meters.CONTENT_TYPE})

    async def alive(self, _: web.Request) -> web.Response:
        """Say that the process is not stuck."""
        return web.Response(text="alive")

    def _leg(self, request: web.Request) -> Leg | None:
        sid = request.match_info["sid"]
        return self._parts.legs.get(sid) or self._parts.ledger.leg(sid)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        """Ask the other gateways for what this one does not know."""
        answer = await self._peers.ask(request)
        if answer is None:
            raise Refused(404, NOT_FOUND, "The requested resource was not found")
        return answer


def application(config: Config, parts: Parts, place: Place) -> web.Application:
    """Mount the pages, all behind the account's token but health, metrics and what the exchange fetches."""
    exchange = Exchange(config, parts, place)
    app = web.Application(client_max_size=LARGEST_FORM, middlewares=[_guarded(config)])
    sid, recording = "{sid:CA[0-9a-f]{32}}", "{sid:RE[0-9a-f]{32}}"
    app.add_routes(
        [
            web.post(f"{ACCOUNT}/Calls.json", exchange.create_call),
            web.get(f"{ACCOUNT}/Calls.json", exchange.calls),
            web.get(f"{ACCOUNT}/Calls/{sid}.json", exchange.fetch_call),
            web.post(f"{ACCOUNT}/Calls/{sid}.json", exchange.update_call),
            web.get(f"{ACCOUNT}/Calls/{sid}/Recordings.json", exchange.recordings),
            web.get(f"{ACCOUNT}/Recordings/{recording}{{suffix:(\\.wav|\\.json)?}}", exchange.fetch_recording),
            web.delete(f"{ACCOUNT}/Recordings/{recording}{{suffix:(\\.json)?}}", exchange.delete_recording),
            web.get("/said/{name:[0-9a-f]{32}}.wav", exchange.said),
            web.get("/healthz", exchange.health),
            web.get("/alive", exchange.alive),
            web.get("/metrics", exchange.metrics),
        ]
    )
    return app


def _guarded(config: Config) -> Middleware:
    """Let in whoever has the account's token, and answer refusals as Twilio does."""
    sid, token = config.gateway.account_sid, config.gateway.auth_token.get_secret_value()

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not re.match(r"/(said/|(healthz|alive|metrics)$)", request.path):
            name, password = _given(request.headers.get("Authorization", ""))
            right = hmac.compare_digest(name.encode(), sid.encode())
            if not (right & hmac.compare_digest(password.encode(), token.encode()) and token):
                refused = Refused(401, 20003, "Authenticate").answer()
                refused.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
                return refused
            if request.match_info.get("account_sid", sid) != sid:
                return Refused(404, NOT_FOUND, "The requested resource was not found").answer()
        try:
            return await handler(request)
        except Refused as why:
            return why.answer()

    return guard


def _given(header: str) -> tuple[str, str]:
    """Read who somebody says they are; two empty strings if they say nothing that makes sense."""
    kind, _, coded = header.partition(" ")
    try:
        name, colon, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return (name, password) if kind.lower() == "basic" and colon else ("", "")


def _method(form: Form, name: str) -> str:
    method = str(form.get(name, "POST")).upper()
    if method not in ("GET", "POST"):
        raise Refused(400, BAD_NUMBER, f"Invalid {name!r}")
    return method


def _number(form: Form, name: str, default: int, most: int) -> int:
    given = str(form.get(name, default))
    if not re.fullmatch(r"[0-9]{1,6}", given) or int(given) == 0:
        raise Refused(400, BAD_NUMBER, f"Invalid {name!r}")
    return min(most, int(given))
