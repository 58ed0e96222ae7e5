"""The `ivr` command: one file for each kind of thing it does."""

from ivr.cli import exchange, figures, flows, people, rows, serving
from ivr.cli.root import main

__all__ = ["exchange", "figures", "flows", "main", "people", "rows", "serving"]
