"""A prompt's text: words with slots for facts, such as {code:code} or {district:term.district}."""

import re
from dataclasses import dataclass

KINDS = frozenset({"code", "digits", "phone", "number", "date", "hour", "term"})
_SLOT = re.compile(r"\{(?P<name>[a-z_]+):(?P<kind>[a-z]+)(?:\.(?P<prefix>[a-z_]+))?\}")

_LEADING = " .,:;!?\u060c\u061b\u061f"  # a full stop or comma that closed what came before the slot


class BadPrompt(ValueError):  # names the thing that is bad
    """Raised when a prompt's text cannot be read."""


@dataclass(frozen=True)
class Slot:
    name: str
    kind: str
    prefix: str | None


Part = str | Slot


def parse(prompt: str, text: str) -> tuple[Part, ...]:
    """Split a text into words and slots, leaving out stretches without a letter or digit to say."""
    parts: list[Part] = []
    end = 0
    for found in _SLOT.finditer(text):
        parts += [text[end : found.start()], _slot(prompt, found)]
        end = found.end()
    parts.append(text[end:])
    return tuple(
        part if isinstance(part, Slot) else _words(prompt, part)
        for part in parts
        if isinstance(part, Slot) or re.search(r"[\w{}]", part)
    )


def _slot(prompt: str, found: re.Match[str]) -> Slot:
    slot = Slot(found["name"], found["kind"], found["prefix"])
    if slot.kind not in KINDS or (slot.kind == "term") != (slot.prefix is not None):
        raise BadPrompt(f"prompt {prompt}: {found.group()} is of no known kind")
    return slot


def _words(prompt: str, text: str) -> str:
    if "{" in text or "}" in text:
        raise BadPrompt(f"prompt {prompt}: a brace belongs to no slot in {text.strip()!r}")
    return " ".join(text.split()).lstrip(_LEADING)
