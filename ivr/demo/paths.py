"""Ways through a call flow, walked by the engine itself; each is walked once and used for every call that takes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ivr.flow import Answered, Dialled, Did, Event, Flow, HungUp, Pressed, Recorded, State, step
from ivr.services import call_log

VOICE = "voice"  # in a script: the caller speaks
HANGS_UP = "hangs up"
TALK = "talk:"  # "talk:completed": what the bridged telephone reports
CODE, SID = "0000000000", "RE"
SECONDS_A_WORD = 0.36
LEARNED: Mapping[str, Did] = {
    "open_ticket": Did("opened", {"code": CODE}),
    "find_ticket": Did("found", {"ticket_code": CODE}),
    "add_note": Did("added"),
    "check_number": Did("valid"),
    "queue_callback": Did("queued", {"ahead": "2"}),
    "confirm_solved": Did("heard"),
    "reject_solved": Did("heard"),
}
INVENTED = frozenset({CODE, SID})


@dataclass(frozen=True)
class Step:
    """One turn: where it was heard, what was heard, and for how long the reply to it lasts."""

    node: str
    event: str
    keys: str
    heard: str
    seconds: float


@dataclass(frozen=True)
class Way:
    """A whole call: its turns, how it was left, and what it knew at the end."""

    steps: tuple[Step, ...]
    state: dict[str, Any]
    disposition: str

    @property
    def facts(self) -> Mapping[str, str]:
        known: Mapping[str, str] = self.state["facts"]
        return known


class Walker:
    """Walks one flow by scripts: the keys pressed, VOICE, HANGS_UP."""

    def __init__(self, flow: Flow, prompts: Mapping[str, str], inbound: bool) -> None:
        self._flow, self._prompts, self._inbound = flow, prompts, inbound
        self.walk = lru_cache(maxsize=None)(self._walk)

    def _walk(self, script: tuple[str, ...], facts: tuple[tuple[str, str], ...] = ()) -> Way:
        state, steps = State(), []
        for event in (Answered(dict(facts)), *map(_event, script)):
            node = state.node
            state, heard = self._advance(state, event)
            if not isinstance(event, HungUp):
                keys = event.keys if isinstance(event, Pressed) else ""
                steps.append(Step(node, type(event).__name__.lower(), keys, heard, self._seconds(heard)))
        disposition = state.facts.get("disposition", "")
        if not disposition and self._inbound:
            disposition = f"abandoned:{state.left_at or 'start'}"
        kept = {name: value for name, value in state.facts.items() if value not in INVENTED}
        return Way(tuple(steps), {**state.dump(), "facts": kept}, disposition)

    def _advance(self, state: State, event: Event) -> tuple[State, str]:
        went = step(self._flow, state, event)
        verbs = list(went.verbs)
        while went.action is not None:
            went = step(self._flow, went.state, LEARNED[went.action])
            verbs.extend(went.verbs)
        return went.state, call_log.heard(verbs)

    def _seconds(self, heard: str) -> float:
        return sum(len(self._prompts[one].split()) for one in heard.split()) * SECONDS_A_WORD


def _event(part: str) -> Event:
    if part == VOICE:
        return Recorded(SID, 10)
    if part == HANGS_UP:
        return HungUp()
    if part.startswith(TALK):
        return Dialled(part.removeprefix(TALK), 60)
    return Pressed(part)
