"""The web process, and the fallback's: gunicorn with threads."""

from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from ivr import logs
from ivr.app import create_app
from ivr.config import Config
from ivr.web.fallback import create_fallback

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
        return self._make(self._config)


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
    Web(config, create_app, options(config)).run()


def run_fallback(config: Config) -> None:
    """Serve the fallback until told to stop."""
    bind = f"{config.server.host}:{config.server.fallback_port}"
    told = {**options(config), "bind": bind, "workers": 1, "threads": FALLBACK_THREADS}
    Web(config, create_fallback, told).run()
