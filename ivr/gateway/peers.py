"""Other gateways of the same hotline: asked for a call or a voice that this one does not know."""

import asyncio
from collections.abc import Sequence

import aiohttp
from aiohttp import web
from pydantic import SecretStr

ASKED_ALREADY = "X-Hotline-Peer"
ANSWER_SECONDS = 10.0
NOT_FOUND = 404


class Peers:
    """One step only: a gateway that is asked by another asks nobody."""

    def __init__(self, urls: Sequence[str], account_sid: str, token: SecretStr) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._own = {"Authorization": aiohttp.encode_basic_auth(account_sid, token.get_secret_value())}

    async def ask(self, request: web.Request) -> web.Response | None:
        """Give the answer of the first that knows; None if none does."""
        return next(iter(await self.all(request)), None)

    async def all(self, request: web.Request) -> list[web.Response]:
        """Give the answers of those that know."""
        if not self._urls or ASKED_ALREADY in request.headers:
            return []
        body = await request.read()
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(headers=self._own, timeout=timeout) as http:
            answers = await asyncio.gather(*(self._one(http, url, request, body) for url in self._urls))
        return [answer for answer in answers if answer is not None]

    async def _one(
        self, http: aiohttp.ClientSession, url: str, request: web.Request, body: bytes
    ) -> web.Response | None:
        headers = {ASKED_ALREADY: "1", "Content-Type": request.headers.get("Content-Type", "text/plain")}
        try:
            async with http.request(request.method, url + request.path_qs, data=body or None, headers=headers) as got:
                if got.status == NOT_FOUND:
                    return None
                kind = got.headers.get("Content-Type", "application/octet-stream")
                return web.Response(status=got.status, body=await got.read(), headers={"Content-Type": kind})
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None
