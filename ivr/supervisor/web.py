"""The web process, and the fallback's: gunicorn with threads."""

import gc
import os
import shutil
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from ivr import logs
from ivr.config import Config

TIMEOUT_SECONDS = 30
FALLBACK_THREADS = 16


class Log(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's own log, in the form of all others."""

    def setup(self, cfg: Any) -> None:
        """Take up the settings, and then the form."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.Json())


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn, told by our own settings alone."""

    def __init__(self, config: Config, make: Callable[[Config], object], told: dict[str, Any]) -> None:
        self._config, self._make, self._told = config, make, told
        super().__init__()

    def load_config(self) -> None:
        """Take our settings as gunicorn's."""
        for name, value in self._told.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        """Join the parts in the worker, after the fork."""
        parts = self._make(self._config)
        gc.collect()
        gc.freeze()  # they stay: to look through them for rubbish took 0.2 s each time, in which every caller waited
        return parts


def options(config: Config) -> dict[str, Any]:
    """Translate our settings into gunicorn's; SQLite has one writer, so it gets one process."""
    sqlite = config.database_url.startswith("sqlite")
    return {
        "bind": f"{config.server.host}:{config.server.port}",
        "worker_class": "gthread",
        "workers": 1 if sqlite else config.server.processes,
        "threads": config.server.threads,
        "timeout": TIMEOUT_SECONDS,
        "graceful_timeout": 10,
        "keepalive": 5,
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        "loglevel": "warning",
        "errorlog": "-",
        "logger_class": Log,
        "control_socket_disable": True,
    }


def run_web(config: Config) -> None:
    """Serve until told to stop."""
    _count_together(config)
    from ivr.app import create_app  # noqa: PLC0415  # what it imports reads where to count, once

    Web(config, create_app, options(config)).run()


def run_fallback(config: Config) -> None:
    """Serve the fallback until told to stop."""
    from ivr.web.fallback import create_fallback  # noqa: PLC0415  # as above

    bind = f"{config.server.host}:{config.server.fallback_port}"
    told = {**options(config), "bind": bind, "workers": 1, "threads": FALLBACK_THREADS}
    Web(config, create_fallback, told).run()


def _count_together(config: Config) -> None:
    """Make an empty place in which all web processes, and those that follow a dead one, keep their counts."""
    place = config.var_dir / "meters" / str(config.server.port)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place)
