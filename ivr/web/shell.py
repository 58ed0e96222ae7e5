"""What every view can reach: the desk, the database, the clock; and how blueprints are guarded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import cast

from flask import Blueprint, Flask, current_app
from flask.typing import BeforeRequestCallable as Guard

from db.session import Database
from ivr.services.clips import Counter
from ivr.services.desk import Desk, open_spool
from ivr.web.reception import Reception


@dataclass(frozen=True)
class Shell:
    """One installation's parts, as a request sees them."""

    desk: Desk
    database: Database
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @cached_property
    def reception(self) -> Reception:
        config = self.desk.config
        return Reception(self.desk, self.database, open_spool(config, "web"), config.server.patience_seconds)

    @cached_property
    def clips(self) -> Counter:
        """Give clips out, also those that only the store has yet."""
        return Counter()


def shell() -> Shell:
    """Give the parts of the application that this request came to."""
    return cast("Shell", current_app.extensions["ivr"])


def mount(app: Flask, blueprint: Blueprint, guard: Guard | None, *, prefix: str | None = None) -> None:
    """Register a blueprint behind its guard; None says on purpose that everyone may come in."""
    if guard is not None:
        # On the app, not on the blueprint: a blueprint may be mounted in several apps of one process.
        app.before_request_funcs.setdefault(blueprint.name, []).append(guard)
    app.extensions.setdefault("ivr_guards", {})[blueprint.name] = guard
    app.register_blueprint(blueprint, url_prefix=prefix)
