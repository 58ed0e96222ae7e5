"""What is wrong with an exchange, in plain words for whoever can mend it."""

import asyncio
import contextlib
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import aiohttp

from ivr.config import Config
from ivr.gateway.ari import NOT_FOUND, AriError, Orders
from ivr.gateway.browsers import browsers
from ivr.gateway.finding import Finding

OLDEST, NEWEST_TRIED = 14, 22
CLOCK_SECONDS = 5.0
LOOK_SECONDS = 5.0
DENIED, FORBIDDEN = 401, 403
CODECS = {"alaw", "ulaw"}
NEEDED = {
    "app_stasis": "without it no call reaches the gateway",
    "res_ari_channels": "the gateway cannot answer or end calls",
    "res_ari_events": "the gateway hears of no call",
    "res_ari_bridges": "operator and citizen cannot be put through",
    "res_ari_recordings": "recordings cannot be fetched",
    "res_ari_playbacks": "prompts cannot be stopped by a key",
    "res_ari_asterisk": "the gateway cannot tell this exchange from others",
    "res_stasis_playback": "no prompt can be played",
    "res_stasis_recording": "no voice can be recorded",
    "res_http_media_cache": "prompts cannot be fetched",
    "res_curl": "prompts cannot be fetched",
    "res_http_websocket": "the gateway hears of no call",
    "func_talkdetect": "silence does not end a recording",
    "func_timeout": "nobody takes over when the gateway is gone",
    "format_wav": "neither prompts nor recordings can be read",
    "codec_alaw": "telephones of the public network cannot be heard",
    "bridge_simple": "operator and citizen cannot be put through",
    "app_record": "no message is taken when the gateway is gone",
    "app_playback": "no apology is played when the gateway is gone",
    "app_playtones": "without the apology's sound file there is silence when the gateway is gone",
    "chan_pjsip": "there is no SIP",
}


Function = Callable[[str], Awaitable[str | None]]  # what a dialplan function gives; None if it cannot be asked


async def examine(config: Config) -> AsyncIterator[Finding]:
    """Look at everything a call needs, the outermost first; what hangs on something broken is left out."""
    lines = config.gateway
    if not lines.ari_url:
        yield Finding("bad", "gateway.ari_url is not set: which exchange?")
        return
    if not lines.auth_token.get_secret_value():
        yield Finding("bad", "IVR_GATEWAY__AUTH_TOKEN is not set; `ivr serve` makes one")
    async with Orders(lines.ari_url, lines.ari_user, lines.ari_password.get_secret_value()) as ari:
        door = await _door(config, ari)
        yield door
        if door.verdict == "bad":
            return
        for look in (_modules, _sounds, _endpoints):
            async for finding in look(config, ari):
                yield finding
        async with probing(config, ari) as function:
            async for finding in _dialplan(function):
                yield finding
            async for finding in _ways(config, function):
                yield finding
    yield await _clock(lines.ari_url)


async def _door(config: Config, ari: Orders) -> Finding:
    """See whether the exchange lets us in."""
    lines = config.gateway
    try:
        info = await ari.ask("GET", "/asterisk/info")
    except AriError as error:
        why = {
            0: f"nothing answers at {lines.ari_url}: is Asterisk running, and is `enabled = yes` in http.conf,"
            f" with this address and port? ({error})",
            DENIED: f"the exchange does not know user {lines.ari_user!r} with this password: compare ari.conf with"
            " gateway.ari_user and IVR_GATEWAY__ARI_PASSWORD",
            NOT_FOUND: "there is HTTP, but no ARI: `enabled = yes` in ari.conf, and load res_ari.so and its kin",
        }
        return Finding("bad", why.get(error.status, f"the exchange answers strangely: {error}"))
    version = str(info["system"]["version"])
    number = int(found[0]) if (found := re.match(r"\d+", version)) else 0
    if number and number < OLDEST:
        return Finding("bad", f"Asterisk {version} cannot give recordings away; {OLDEST} is the oldest that can")
    if not await ari.quietly("POST", "/asterisk/variable", variable="HOTLINE_CHECKED", value=1):
        return Finding("bad", f"user {lines.ari_user!r} may only look: set `read_only = no` in ari.conf")
    return Finding("good", f"Asterisk {version} lets {lines.ari_user!r} in")


async def _modules(config: Config, ari: Orders) -> AsyncIterator[Finding]:
    loaded = {
        str(one["name"]).removesuffix(".so")
        for one in await ari.ask("GET", "/asterisk/modules")
        if one.get("status", "Running") == "Running"
    }
    missing = {name: why for name, why in NEEDED.items() if name not in loaded}
    for name, why in missing.items():
        yield Finding("bad", f"module {name}.so is not loaded: {why}")
    if not missing:
        yield Finding("good", f"all {len(NEEDED)} modules that calls need are loaded")
    async for finding in browsers(config, ari, loaded):
        yield finding


async def _sounds(_: Config, ari: Orders) -> AsyncIterator[Finding]:
    mends = {
        "beep": "the tone before recordings is missing, and without it they are empty: install Asterisk's core sounds",
        "hotline-137/apology": "no Persian apology for when the gateway is gone: `ivr gateway sounds DIRECTORY`",
        "hotline-137/thanks": "no Persian thanks for a message left then: `ivr gateway sounds DIRECTORY`",
    }
    for name, words in mends.items():
        try:
            await ari.ask("GET", f"/sounds/{quote(name, safe='')}")
        except AriError as error:
            bad = error.status == NOT_FOUND
            yield Finding(
                "bad" if bad else "unknown", words if bad else f"sound {name} could not be looked for: {error}"
            )
        else:
            yield Finding("good", f"sound {name} is there")


async def _endpoints(config: Config, ari: Orders) -> AsyncIterator[Finding]:
    """Look at the trunk that citizens are called through."""
    tech, _, rest = config.gateway.trunk.partition("/")
    name = rest.rpartition("@")[2].partition("/")[0]
    try:
        state = (await ari.ask("GET", f"/endpoints/{tech}/{quote(name)}"))["state"]
    except AriError:
        yield Finding("bad", f"the exchange has no {tech} endpoint {name!r}: gateway.trunk leads through it")
        return
    if state == "online":
        yield Finding("good", f"trunk {name!r} answers")
    else:
        yield Finding("bad", f"trunk {name!r} is {state}: nobody can be called through it")
    try:
        fields = await ari.ask("GET", f"/asterisk/config/dynamic/res_pjsip/endpoint/{quote(name)}")
    except AriError:
        yield Finding("unknown", f"codecs and keys of {name!r} could not be looked at")
        return
    said = {field["attribute"]: field["value"] for field in fields}
    codecs = set(re.findall(r"[a-z0-9]+", said.get("allow", "")))
    if not codecs & CODECS:
        yield Finding("bad", f"trunk {name!r} allows {said.get('allow')!r}: public networks need alaw or ulaw")
    else:
        yield Finding("good", f"trunk {name!r} speaks {', '.join(sorted(codecs & CODECS))}")
    if said.get("dtmf_mode") not in ("rfc4733", "auto", "auto_info"):
        yield Finding("bad", f"trunk {name!r} takes keys by {said.get('dtmf_mode')!r}: rfc4733 is what carriers send")
    if said.get("rtp_timeout", "0") == "0":
        yield Finding("bad", f"trunk {name!r} has no rtp_timeout: a line that died is held for ever")


async def _dialplan(function: Function) -> AsyncIterator[Finding]:
    for context, extension in (("hotline-137", "137"), ("hotline-137-fallback", "s")):
        answer = await function(f"DIALPLAN_EXISTS({context},{extension},1)")
        if answer is None:
            yield Finding("unknown", f"dialplan context {context} could not be looked for: load func_dialplan.so")
        elif answer != "1":
            yield Finding(
                "bad", f"there is no dialplan context {context}: include docs/asterisk/extensions_hotline.conf"
            )
        else:
            yield Finding("good", f"dialplan context {context} is there")


async def _ways(config: Config, function: Function) -> AsyncIterator[Finding]:
    """See whether gateway and exchange reach the hotline."""
    health = f"{config.base_url}/healthz"
    try:
        timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(health) as answer:
            answer.raise_for_status()
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        yield Finding("bad", f"the hotline does not answer here at {health}: {type(error).__name__} {error}")
    else:
        yield Finding("good", f"the hotline answers here at {config.base_url}")
    answer_there = await function(f"CURL({health})")
    if answer_there is None:
        yield Finding("unknown", "whether the exchange reaches the hotline could not be looked at: load func_curl.so")
    elif not answer_there:
        yield Finding("bad", f"the exchange does not reach {health}: prompts could not be fetched")
    else:
        yield Finding("good", f"the exchange reaches {config.base_url}")


async def _clock(url: str) -> Finding:
    """Compare the exchange's clock with ours: recordings and calls are dated by both."""
    try:
        timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http, http.get(f"{url}/ari/asterisk/ping") as answer:
            there = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError):
        return Finding("unknown", "the exchange does not say what time it is")
    apart = abs(there - time.time())
    if apart > CLOCK_SECONDS:
        return Finding("bad", f"the exchange's clock is {apart:.0f} s off ours: let both follow a time server")
    return Finding("good", "the clocks agree")


@contextlib.asynccontextmanager
async def probing(config: Config, ari: Orders) -> AsyncIterator[Function]:
    """Hold a channel that is never dialled, under a name of our own: the exchange works out functions on it."""
    lines = config.gateway
    app, channel = f"{lines.app}-check", f"check-{secrets.token_hex(8)}"
    who = {"Authorization": aiohttp.encode_basic_auth(lines.ari_user, lines.ari_password.get_secret_value())}
    made = False

    async def function(words: str) -> str | None:
        try:
            answer = await ari.ask("GET", f"/channels/{channel}/variable", variable=words)
        except AriError:
            return None
        return str(answer["value"])

    async with contextlib.AsyncExitStack() as stack:
        try:
            http = await stack.enter_async_context(aiohttp.ClientSession(headers=who))
            url = f"{lines.ari_url.rstrip('/')}/ari/events"
            await stack.enter_async_context(http.ws_connect(url, params={"app": app}))
            asked = {"endpoint": "Local/s@hotline-137-hangup", "app": app, "channelId": channel}
            made = await ari.quietly("POST", "/channels/create", **asked)
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass  # what cannot be asked is said to be unknown
        try:
            yield function
        finally:
            if made:
                await ari.quietly("DELETE", f"/channels/{channel}")


def findings(config: Config) -> list[Finding]:
    """Look at everything, and come back with what was seen."""

    async def collect() -> list[Finding]:
        return [finding async for finding in examine(config)]

    return asyncio.run(collect())
