"""The exchange's own interface (ARI): REST for orders, a websocket for news."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp

log = logging.getLogger(__name__)

Event = dict[str, Any]
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 3.0
CONNECTIONS = 200
ANSWER_SECONDS = 8.0
NOT_FOUND = 404
CLIENT_ERROR = 400


class AriError(Exception):
    """The exchange refused an order, or did not answer; `status` is HTTP's, 0 without an answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text[:200]}")
        self.status = status


class Orders:
    """REST on one exchange."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._base = f"{url.rstrip('/')}/ari"
        self._headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        self._http = aiohttp.ClientSession(headers=self._headers, connector=connector, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def ask(self, method: str, path: str, body: object = None, **params: object) -> Any:
        """Give an order and return its answer, decoded from JSON. Raises AriError."""
        answer = await self.raw(method, path, body, **params)
        return json.loads(answer) if answer else None

    async def raw(self, method: str, path: str, body: object = None, **params: object) -> bytes:
        """Give an order and return the answer's bytes. Raises AriError."""
        asked = {name: _word(value) for name, value in params.items() if value is not None}
        try:
            async with self._http.request(method, self._base + path, params=asked, json=body) as answer:
                data = await answer.read()
                if answer.status >= CLIENT_ERROR:
                    raise AriError(answer.status, data.decode(errors="replace"))
                return data
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise AriError(0, f"{type(error).__name__} {error}") from error

    async def quietly(self, method: str, path: str, **params: object) -> bool:
        """Give an order that may come too late; say whether it was carried out."""
        with contextlib.suppress(AriError):
            await self.raw(method, path, **params)
            return True
        return False


class Ari(Orders):
    """One application on one exchange; reconnects by itself, and has `resync` look for what was missed meanwhile."""

    def __init__(
        self,
        where: tuple[str, str, str, str],
        hear: Callable[[Event], None],
        resync: Callable[[], Awaitable[None]],
    ) -> None:
        *rest, self.app = where
        super().__init__(*rest)
        self._hear, self._resync = hear, resync
        self._waiting: dict[str, asyncio.Future[Event]] = {}
        self._listening: asyncio.Task[None] | None = None
        self.up = asyncio.Event()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await super().__aexit__(kind, error, trace)

    @contextlib.contextmanager
    def expecting(self, key: str) -> Iterator[asyncio.Future[Event]]:
        """Catch the one event that ends an operation, by the operation's id."""
        future = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            yield future
        finally:
            if self._waiting.get(key) is future:
                del self._waiting[key]
            future.cancel()

    def settle(self, key: str, event: Event) -> None:
        """Tell whoever expects this id that its operation has ended."""
        future = self._waiting.get(key)
        if future is not None and not future.done():
            future.set_result(event)

    async def settle_missed(self) -> None:
        """Find the operations whose end was told while nobody listened."""
        for key in list(self._waiting):
            kind = "recordings/live" if key.startswith("RE") else "playbacks"
            try:
                await self.raw("GET", f"/{kind}/{quote(key)}")
            except AriError as error:
                if error.status == NOT_FOUND:
                    self.settle(key, {"id": key, "state": "done"})

    async def _listen(self) -> None:
        url = f"{self._base}/events?{urlencode({'app': self.app})}"
        pause = FIRST_PAUSE
        while True:
            try:
                async with self._http.ws_connect(url, heartbeat=10, max_msg_size=0, timeout=_CLOSING) as socket:
                    log.info("the exchange is there")
                    pause = FIRST_PAUSE
                    await self._resync()
                    self.up.set()
                    await self._read(socket)
            except (aiohttp.ClientError, OSError, TimeoutError, AriError) as error:
                log.warning("the exchange cannot be reached: %s", error)
            finally:
                self.up.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            event: Event = json.loads(message.data)
            ended = event.get("playback") or event.get("recording")
            if ended and event["type"] in ("PlaybackFinished", "RecordingFinished", "RecordingFailed"):
                self.settle(str(ended.get("id") or ended["name"]), ended)
            try:
                self._hear(event)
            except Exception:  # one call's event must not deafen the others
                log.exception("an event of the exchange could not be taken", extra={"event": event.get("type")})


_CLOSING = aiohttp.ClientWSTimeout(ws_close=2)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
