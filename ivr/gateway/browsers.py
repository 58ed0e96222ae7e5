"""What operators who telephone in the browser need of an exchange."""

from collections.abc import AsyncIterator

import aiohttp

from ivr.config import Config
from ivr.gateway.ari import NOT_FOUND, AriError, Orders
from ivr.gateway.finding import Finding

LOOK_SECONDS = 5.0
TRANSPORT = "hotline-137-ws"
NEEDED = {
    "res_pjsip_transport_websocket": "operators' browsers cannot register",
    "res_http_websocket": "operators' browsers cannot register",
    "res_srtp": "browsers take no call that is not encrypted",
}


async def browsers(config: Config, ari: Orders, loaded: set[str]) -> AsyncIterator[Finding]:
    """Look at modules, transport and the websocket's address, if there is to be one."""
    if not config.gateway.webrtc_url:
        return
    missing = {name: why for name, why in NEEDED.items() if name not in loaded}
    for name, why in missing.items():
        yield Finding("bad", f"gateway.webrtc_url is set, but module {name}.so is not loaded: {why}")
    try:
        await ari.ask("GET", f"/asterisk/config/dynamic/res_pjsip/transport/{TRANSPORT}")
    except AriError as error:
        bad = error.status == NOT_FOUND
        words = "is missing: include docs/asterisk/pjsip_hotline_webrtc.conf" if bad else f"cannot be seen: {error}"
        yield Finding("bad" if bad else "unknown", f"gateway.webrtc_url is set, but transport {TRANSPORT} {words}")
    else:
        yield Finding("good", f"transport {TRANSPORT} is there")
    yield await _socket(config.gateway.webrtc_url)


async def _socket(url: str) -> Finding:
    """Knock as a browser would."""
    timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.ws_connect(url, protocols=["sip"]) as socket,
        ):
            sip = socket.protocol == "sip"
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        why = f"{type(error).__name__} {error}"
        return Finding("bad", f"operators' browsers do not reach the exchange at {url}: {why}")
    if not sip:
        return Finding("bad", f"what answers at {url} speaks no SIP: gateway.webrtc_url is Asterisk's /ws")
    return Finding("good", f"browsers reach the exchange at {url}")
