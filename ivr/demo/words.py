"""Names and sentences of the demonstration, from words.fa.yaml."""

from functools import cache
from pathlib import Path
from typing import cast

import yaml

FILE = Path(__file__).with_name("words.fa.yaml")


@cache
def words() -> dict[str, list[str]]:
    return cast("dict[str, list[str]]", yaml.load(FILE.read_text("utf-8"), Loader=yaml.BaseLoader))  # noqa: S506  # builds nothing but strings
