"""What codes are called on a Persian page; read once."""

from functools import cache
from pathlib import Path
from typing import cast

import yaml

FILES = tuple(Path(__file__).with_name(name) for name in ("labels.fa.yaml", "figures.fa.yaml"))


@cache
def labels() -> dict[str, dict[str, str]]:
    """Read every file; each group is in one of them."""
    found: dict[str, dict[str, str]] = {}
    for file in FILES:
        found |= cast("dict[str, dict[str, str]]", yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader))  # noqa: S506  # builds nothing but strings
    return found


def word(code: object, group: str) -> str:
    """Give the words for a code; one without words shows itself."""
    return labels()[group].get(str(code), str(code))
