"""The `ivr` command: one file for each kind of thing it does."""

from ivr.cli import archives, citizens, exchange, figures, flows, keeping, people, rows, serving
from ivr.cli.root import main

__all__ = ["archives", "citizens", "exchange", "figures", "flows", "keeping", "main", "people", "rows", "serving"]
