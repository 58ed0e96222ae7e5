"""Keeps an installation's processes alive: one parent, children that come back."""

from ivr.supervisor.house import AlreadyRunning, serve, work
from ivr.supervisor.web import run_fallback, run_web

__all__ = ["AlreadyRunning", "run_fallback", "run_web", "serve", "work"]
