"""Where webhooks are received: taken to the desk within a caller's patience, or kept on disk until it is back."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from db.session import AWAY, Database, connection_died
from ivr.services import webhooks
from ivr.services.calls import Unexpected
from ivr.services.desk import Desk
from ivr.services.webhooks import Webhook
from ivr.spool import Spool

log = logging.getLogger(__name__)

REST_SECONDS = 1.0
MOMENT_SECONDS = 0.1
SEATS = 24  # the database's own pool has 26 connections


class Away(Exception):
    """The desk could not take it, and it waits in the spool."""


class Reception:
    """Takes each webhook within a caller's patience: a database that is frozen keeps nobody waiting.

    Where the waiting itself cannot be bounded, it is done in a thread that can be left behind.
    """

    def __init__(self, desk: Desk, database: Database, spool: Spool, patience: float) -> None:
        self._desk, self._database, self._spool, self._patience = desk, database, spool, patience
        self._seats = ThreadPoolExecutor(SEATS, thread_name_prefix="reception")
        self._lock = threading.Lock()
        self._answered_at = time.monotonic()
        self._resting_until = 0.0

    def prepare(self) -> None:
        """Lay out what a full disk will need."""
        self._spool.prepare()

    def take(self, hook: Webhook) -> str:
        """Give the reply. Raises Unexpected, Away, or spool.Full when neither database nor disk took it."""
        try:
            return self._in_time(hook)
        except Unexpected:
            self._keep_voice(hook)
            raise
        except Exception as error:
            self._away(hook, error)
            raise Away from error

    def _keep_voice(self, hook: Webhook) -> None:
        """Keep the voice that came with a turn that cannot be."""
        voice = webhooks.salvage(hook)
        if voice is None:
            return
        try:
            self._in_time(voice)
        except Exception as error:  # noqa: BLE001  # whatever it is, the voice goes to the spool
            self._away(voice, error)

    def _away(self, hook: Webhook, error: Exception) -> None:
        self._spool.put(hook.dump())
        unforeseen = None if isinstance(error, (*AWAY, TimeoutError)) else error
        extra = {"call": hook.heard.sid, "kind": hook.kind}
        log.error("a webhook waits in the spool: %s", type(error).__name__, exc_info=unforeseen, extra=extra)

    def _in_time(self, hook: Webhook) -> str:
        """Take it, unless the database does not answer for so long."""
        if not self._may_try():
            raise TimeoutError("the database did not answer a moment ago")
        began = time.monotonic()
        try:
            return self._bounded(hook)
        except (*AWAY, TimeoutError):
            now = time.monotonic()
            if now - began > self._patience - MOMENT_SECONDS and self._answered_at < began:  # nobody was answered
                self._resting_until = now + REST_SECONDS
            raise

    def _bounded(self, hook: Webhook) -> str:
        """Take it in this thread with a bound on its waiting, or else in one of its own."""
        if self._database.in_time:
            with self._database.in_time(self._patience):
                return self._take_through(hook)
        working = self._seats.submit(self._take, hook)
        try:
            return working.result(self._patience)
        except TimeoutError:
            working.cancel()
            raise

    def _take_through(self, hook: Webhook) -> str:
        """Take it, a second time if its connection died under it: what comes twice is taken once."""
        try:
            return self._take(hook)
        except AWAY as error:
            if not connection_died(error):
                raise
        return self._take(hook)

    def _may_try(self) -> bool:
        """Say whether to ask the database: while it rests, one request at a time tries whether it is back."""
        with self._lock:
            now = time.monotonic()
            if now < self._resting_until:
                return False
            if self._resting_until:
                self._resting_until = now + self._patience
            return True

    def _take(self, hook: Webhook) -> str:
        try:
            with self._database.transaction() as session:
                reply = webhooks.take(session, self._desk, hook)
        except Unexpected:
            self._answered()
            raise
        self._answered()
        return reply

    def _answered(self) -> None:
        self._answered_at, self._resting_until = time.monotonic(), 0.0
