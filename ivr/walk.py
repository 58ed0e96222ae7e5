"""`ivr play`: walk a call flow in a terminal, and get the walk as a transcript."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.catalogue import Catalogue
from ivr.flow import Answered, Dial, Dialled, Did, Event, Flow, FlowError, HungUp, Pressed, Recorded, State, Turn, step
from ivr.flow.definition import Do, Hangup
from ivr.flow.verbs import Gather, Record, Say

Read = Callable[[str], str]
Write = Callable[[str], None]

USUAL = {"caller_usable": "yes", "ask_window": "no"}
KEYS = re.compile(r"[0-9*#]*")
HELP = "keys · nothing for silence · r 12 to speak for 12 seconds · d busy for what came of dialling · h to hang up"


@dataclass
class Walk:
    """One walk: what was said and done so far."""

    catalogue: Catalogue
    flow: Flow
    read: Read
    write: Write
    state: State = field(default_factory=State)
    turns: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return bool(self.state.left_at) or isinstance(self.flow.nodes.get(self.state.node), Hangup)

    def go(self, caller: Any, event: Event) -> None:  # the caller's line as YAML will show it
        """Take one turn, asking what comes of each action."""
        turn = step(self.flow, self.state, event)
        line: dict[str, Any] = {"caller": caller, "hears": self._hear(turn)}
        while turn.action is not None:
            did = self._ask(turn.action, turn.state)
            line.setdefault("does", []).append({"action": turn.action, "result": did.result, "learns": dict(did.facts)})
            turn = step(self.flow, turn.state, did)
            line["hears"] += self._hear(turn)
        for dial in (verb for verb in turn.verbs if isinstance(verb, Dial)):
            self.write(f"  ... {dial.number}")
            line["dials"] = dial.number
        self.turns.append(line)
        self.state = turn.state

    def _hear(self, turn: Turn) -> list[str]:
        says: list[Say] = []
        for verb in turn.verbs:
            match verb:
                case Say():
                    says.append(verb)
                case Gather(prompts=prompts) | Record(prompts=prompts):
                    says += prompts
                case _:
                    pass
        for say in says:
            self.write(f"  {say.prompt}: {_fill(self.catalogue, say)}")
        return [say.prompt for say in says]

    def _ask(self, action: str, state: State) -> Did:
        """Let the person be the desk: a result, the first being usual, and facts as name=value."""
        node = self.flow.nodes[state.node]
        known = list(node.results) if isinstance(node, Do) and node.results else ["done"]
        words, facts = _facts(self.read(f"  {action} -> {'/'.join(known)} [fact=value ...]> "))
        return Did(words[0] if words else known[0], facts)


def walk(catalogue: Catalogue, flow_id: str, read: Read, write: Write) -> None:
    """Walk a flow from its first word to its last, then write the walk as a transcript."""
    on = Walk(catalogue, catalogue.flows[flow_id], read, write)
    write(HELP)
    _, knew = _facts(read("known beforehand [fact=value ...]> "))
    on.go("answered", Answered({**USUAL, **knew}))
    while not on.is_over:
        try:
            on.go(*_said(read(f"{on.state.node}> ").strip(), f"RE{len(on.turns)}"))
        except (FlowError, ValueError) as error:
            write(f"  {error}\n  {HELP}")
    _print(on, knew)


def _said(typed: str, recording: str) -> tuple[Any, Event]:
    """Read a typed line as something a caller does. Raises ValueError."""
    verb, _, rest = typed.partition(" ")
    match verb:
        case "h":
            return "hangs up", HungUp()
        case "r":
            return {"record": [recording, rest or "10"]}, Recorded(recording, int(rest or "10"))
        case "d":
            return {"dial": [rest or "completed", "60"]}, Dialled(rest or "completed", 60)
        case keys if KEYS.fullmatch(keys) and not rest:
            return {"press": keys}, Pressed(keys)
        case _:
            raise ValueError(f"{typed!r} is nothing a caller can do")


def _facts(typed: str) -> tuple[list[str], dict[str, str]]:
    """Part name=value words from the others."""
    words = typed.split()
    return [word for word in words if "=" not in word], dict(word.split("=", 1) for word in words if "=" in word)


def _fill(catalogue: Catalogue, say: Say) -> str:
    def value(slot: re.Match[str]) -> str:
        known = say.facts.get(slot["fact"], "")
        spoken = f"{slot['kind'].removeprefix('term.')}.{known}"
        return catalogue.terms.get(spoken, known)

    return re.sub(r"\{(?P<fact>\w+):(?P<kind>[\w.]+)\}", value, catalogue.prompts.get(say.prompt, ""))


def _print(on: Walk, knew: Mapping[str, str]) -> None:
    """Write what tests/calls/ holds: JSON is YAML too."""
    on.write("\n- call: a walk")
    if knew:
        on.write(f"  knew: {json.dumps(knew, ensure_ascii=False)}")
    on.write("  turns:")
    for turn in on.turns:
        on.write(f"    - {json.dumps(turn, ensure_ascii=False)}")
