"""What codes are called on a Persian page; read once."""

from functools import cache
from pathlib import Path
from typing import cast

import yaml

FILE = Path(__file__).with_name("labels.fa.yaml")


@cache
def labels() -> dict[str, dict[str, str]]:
    return cast("dict[str, dict[str, str]]", yaml.load(FILE.read_text("utf-8"), Loader=yaml.BaseLoader))  # noqa: S506  # builds nothing but strings


def word(code: object, group: str) -> str:
    """Give the words for a code; one without words shows itself."""
    return labels()[group].get(str(code), str(code))
