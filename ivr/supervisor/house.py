"""`ivr serve`: the whole house under one parent, on one data directory."""

import fcntl
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from db import migrate
from db.session import Database
from ivr import config as settings
from ivr.config import Config
from ivr.services import users
from ivr.supervisor.children import Child, Ready, tend_all

MADE_HERE = (
    "IVR_SERVER__SECRET_KEY",
    "IVR_PHONE__AUTH_TOKEN",
    "IVR_GATEWAY__AUTH_TOKEN",
    "IVR_GATEWAY__WEBRTC_SECRET",
)


class AlreadyRunning(Exception):
    """Another `ivr serve` has this data directory."""


def serve(config: Config, ready: Callable[[Config], object]) -> None:
    """Run broker, web, worker and sweep until told to stop, once all is `ready`. Raises AlreadyRunning."""
    with _only_one(config):
        _make_secrets(config)
        config = settings.load()
        migrate.upgrade(config.database_url)
        ready(config)
        _first_supervisor(config)
        children = [_child("web", "web"), _fallback(config), *_workers()]
        if not config.data.redis_url.get_secret_value():
            children.insert(0, _child("valkey", "broker"))
        if config.gateway.ari_url:
            children.append(_gateway(config))
        tend_all(children, Ready(f"http://127.0.0.1:{config.server.port}"))


def work() -> None:
    """Run worker and sweep until told to stop."""
    tend_all(_workers(), Ready())


def _workers() -> list[Child]:
    return [_child("worker", "work", "--only", "jobs"), _child("sweep", "work", "--only", "sweep")]


def _fallback(config: Config) -> Child:
    """Run the fallback; one that is stuck is ended."""
    child = _child("fallback", "fallback")
    child.pulse = f"http://127.0.0.1:{config.server.fallback_port}/alive"
    return child


def _gateway(config: Config) -> Child:
    """Run the gateway; one that is stuck is ended, for its successor takes its calls up again."""
    child = _child("gateway", "gateway")
    child.pulse = f"{config.gateway_url}/alive"
    return child


def _child(name: str, *arguments: str) -> Child:
    return Child(name, [sys.executable, "-m", "ivr.cli", *arguments])


@contextmanager
def _only_one(config: Config) -> Iterator[None]:
    config.var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (config.var_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"another `ivr serve` runs on {config.var_dir}") from error
        yield


def _make_secrets(config: Config) -> None:
    """Write the secrets that are missing and that we can make ourselves, readable by us alone."""
    path = settings.secrets_file(config.data.dir)
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = config.gateway
    have = (config.server.secret_key, config.phone.auth_token, lines.auth_token, lines.webrtc_secret)
    missing = [name for name, one in zip(MADE_HERE, have, strict=True) if not one.get_secret_value()]
    new = "".join(f"{name}={secrets.token_hex(32)}\n" for name in missing)
    if not new:
        return
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{known.rstrip()}\n{new}".lstrip())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _first_supervisor(config: Config) -> None:
    database = Database(config.database_url)
    with database.transaction() as session:
        first = users.ensure_first(session, datetime.now(UTC))
    database.close()
    if first is not None:
        name, password = first
        print(f"first login: {name}, one-time password: {password}", flush=True)  # noqa: T201  # shown this once
