"""`ivr play`: walk a call flow in a terminal, and get the walk as a transcript."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.catalogue import Catalogue
from ivr.flow import Answered, Did, Event, Flow, HungUp, Pressed, Recorded, State, Turn, step
from ivr.flow.definition import Do, Hangup
from ivr.flow.verbs import Say

Read = Callable[[str], str]
Write = Callable[[str], None]


@dataclass
class Walk:
    """One walk: what was said and done so far."""

    catalogue: Catalogue
    flow: Flow
    read: Read
    write: Write
    turns: list[dict[str, Any]] = field(default_factory=list)

    def go(self, state: State, caller: Any, event: Event) -> State:  # as YAML will show it
        """Take one turn, asking what comes of each action."""
        hears, does = [], []
        turn = step(self.flow, state, event)
        hears += self._hear(turn)
        while turn.action is not None:
            did = self._did(turn.action, turn.state)
            does.append({"action": turn.action, "result": did.result, "learns": dict(did.facts)})
            turn = step(self.flow, turn.state, did)
            hears += self._hear(turn)
        self.turns.append({"caller": caller, "hears": hears, "does": does})
        return turn.state

    def _hear(self, turn: Turn) -> list[str]:
        says = [s for verb in turn.verbs for s in ((verb,) if isinstance(verb, Say) else getattr(verb, "prompts", ()))]
        for say in says:
            self.write(f"  {say.prompt}: {_fill(self.catalogue.prompts[say.prompt], say.facts)}")
        return [say.prompt for say in says]

    def _did(self, action: str, state: State) -> Did:
        node = self.flow.nodes[state.node]
        known = list(node.results) if isinstance(node, Do) else []
        asked = f"  {action} -> {'/'.join(known) or 'done'}? [fact=value ...] "
        words = self.read(asked).split()
        facts = dict(word.split("=", 1) for word in words if "=" in word)
        named = [word for word in words if "=" not in word]
        return Did(named[0] if named else (known or ["done"])[0], facts)


def walk(catalogue: Catalogue, flow_id: str, read: Read, write: Write) -> None:
    """Walk a flow: keys, `r 12` for twelve seconds of speech, `h` to hang up, nothing for silence."""
    on = Walk(catalogue, catalogue.flows[flow_id], read, write)
    state = on.go(State(), "answered", Answered({"caller_usable": "yes", "known_caller": "no"}))
    while not state.left_at and not isinstance(on.flow.nodes[state.node], Hangup):
        typed = read(f"{state.node}> ").strip()
        if typed == "h":
            state = on.go(state, "hangs up", HungUp())
        elif typed.startswith("r"):
            seconds = int(typed[1:].strip() or "10")
            state = on.go(state, {"record": [f"RE{len(on.turns)}", seconds]}, Recorded(f"RE{len(on.turns)}", seconds))
        else:
            state = on.go(state, {"press": typed}, Pressed(typed))
    write("- call: a walk\n  turns:")
    for turn in on.turns:
        write(f"    - {json.dumps(turn, ensure_ascii=False)}")


def _fill(words: str, facts: Mapping[str, str]) -> str:
    for name, value in facts.items():
        for start in (f"{{{name}:",):
            while start in words:
                head, _, tail = words.partition(start)
                words = f"{head}{value}{tail.partition('}')[2]}"
    return words
