"""A call's way through its flow, in words: where, what was pressed, what it meant, what was heard."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from db.models import Call, Turn
from ivr.catalogue import Catalogue
from ivr.flow import Flow
from ivr.flow.definition import Menu
from ivr.web.labels import word
from ivr.web.show import category, district

SLOT = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class Stop:
    """One turn: `at` which moment, at which node, with which keys, what they chose, and what was played then."""

    at: datetime
    node: str
    event: str
    keys: str
    chosen: str
    played: tuple[str, ...]


def stops(catalogue: Catalogue, call: Call) -> list[Stop]:
    return list(_stops(catalogue, catalogue.flows.get(call.flow), call.turns))


def _stops(catalogue: Catalogue, flow: Flow | None, turns: list[Turn]) -> Iterator[Stop]:
    for turn in turns:
        played = tuple(_words(catalogue, prompt) for prompt in turn.heard.split())
        node = word(turn.node, "node") if turn.node else ""
        yield Stop(turn.at, node, turn.event, turn.keys, _chosen(flow, turn), played)


def _words(catalogue: Catalogue, prompt: str) -> str:
    """Give a prompt's words; what was filled in for the caller is left open."""
    return SLOT.sub("\u2026", catalogue.prompts.get(prompt, prompt))


def _chosen(flow: Flow | None, turn: Turn) -> str:
    """Say what the keys meant: a district, a subject, or where they led."""
    node = flow.nodes.get(turn.node) if flow else None
    if not isinstance(node, Menu) or turn.keys not in node.choices:
        return ""
    choice = node.choices[turn.keys]
    if node.save == "district" and choice.value:
        return district(choice.value)
    if node.save == "category" and choice.value:
        return category(choice.value)
    return word(choice.next, "node")
