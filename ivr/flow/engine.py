"""One turn of a call: hear the event, then speak until somebody is needed again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ivr.flow import definition as node
from ivr.flow.definition import Flow
from ivr.flow.events import Answered, Dialled, Did, Event, HungUp, Pressed, Recorded
from ivr.flow.verbs import Dial, Gather, Hangup, Record, Say, Verb


class FlowError(Exception):
    """A call met something its flow does not foresee."""


@dataclass(frozen=True)
class State:
    """Where a call stands; small, plain, and safe to store as JSON."""

    node: str = ""
    tries: int = 0
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    left_at: str = ""  # the node at which the caller hung up

    def dump(self) -> dict[str, Any]:
        return {**vars(self), "facts": dict(self.facts)}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "State":
        return cls(**stored)

    def learn(self, facts: Mapping[str, str]) -> "State":
        return replace(self, facts={**self.facts, **facts})


@dataclass(frozen=True)
class Turn:
    """The engine's whole answer: the new state, words for the caller, work for the desk."""

    state: State
    verbs: tuple[Verb, ...] = ()
    action: str | None = None


def step(flow: Flow, state: State, event: Event) -> Turn:
    """Take a call one turn further; raise FlowError if the event makes no sense where the call stands."""
    if isinstance(event, HungUp):
        return Turn(state) if _is_over(flow, state) else _speak(flow, _leave(flow, state))
    if state.left_at:
        return _speak(flow, _hear_late(flow, state, event))
    return _speak(flow, *_hear(flow, state, event))


def _is_over(flow: Flow, state: State) -> bool:
    return bool(state.left_at) or isinstance(flow.nodes.get(state.node), node.Hangup)


def _hear(flow: Flow, state: State, event: Event) -> tuple[State, str | None]:
    match flow.nodes.get(state.node), event:
        case None, Answered(facts) if not state.node:
            return _enter(flow, state.learn(facts), flow.start), None
        case (node.Menu() | node.Digits()) as question, Pressed(keys):
            return _hear_keys(flow, question, state, keys)
        case node.Record() as record, Recorded() as heard:
            return _hear_voice(flow, record, state, heard)
        case node.Record() as record, Pressed():  # telephones go on without a word when they heard nothing
            return _hear_voice(flow, record, state, Recorded("", 0))
        case node.Do() as do, Did() as did:
            return _take_result(flow, do, state, did), None
        case node.Transfer() as transfer, Dialled() as dialled:
            return _after_talk(flow, transfer, state, dialled), None
        case here, _:
            raise FlowError(f"{type(event).__name__} makes no sense at {state.node!r} ({here and here.type})")


def _hear_late(flow: Flow, state: State, event: Event) -> State:
    """Take what still comes after a hang-up: the desk's results, and news of where the caller left."""
    match flow.nodes.get(state.node), flow.nodes.get(state.left_at), event:
        case node.Do() as do, _, Did() as did:
            return _take_result(flow, do, state, did)
        case node.Hangup(), node.Record() as record, Recorded() as heard:
            return _enter(flow, state.learn(_voice(record, heard)), flow.on_hangup)
        case node.Hangup(), node.Transfer(), Dialled() as dialled:
            return state.learn(_talk(dialled))
        case _:
            raise FlowError(f"{type(event).__name__} makes no sense after a hang-up at {state.left_at!r}")


def _hear_keys(flow: Flow, question: node.Menu | node.Digits, state: State, keys: str) -> tuple[State, str | None]:
    match question:
        case node.Menu(choices=choices) if keys in choices:
            choice = choices[keys]
            saved = {question.save: choice.value} if question.save and choice.value is not None else {}
            return _enter(flow, state.learn(saved), choice.next), None
        case _ if question.repeat and question.repeat in keys:
            return state, None
        case node.Digits() if _fits(question, keys):
            return _enter(flow, state.learn({question.save: keys} if question.save else {}), question.next), None
        case _:
            return _ask_again(flow, question, state, question.nomatch if keys else question.noinput)


def _fits(question: node.Digits, keys: str) -> bool:
    return keys.isascii() and keys.isdigit() and question.min_length <= len(keys) <= question.max_length


def _hear_voice(flow: Flow, record: node.Record, state: State, heard: Recorded) -> tuple[State, str | None]:
    state = state.learn(_voice(record, heard))
    if heard.hung_up:
        return _leave(flow, state), None
    if not heard.recording:
        return _ask_again(flow, record, state, record.noinput)
    return _enter(flow, state, record.next), None


def _voice(record: node.Record, heard: Recorded) -> dict[str, str]:
    if not heard.recording:
        return {}
    return {record.save: heard.recording, f"{record.save}_seconds": str(heard.seconds)}


def _take_result(flow: Flow, do: node.Do, state: State, did: Did) -> State:
    return _enter(flow, state.learn(did.facts), do.results.get(did.result, do.next))


def _after_talk(flow: Flow, transfer: node.Transfer, state: State, dialled: Dialled) -> State:
    return _enter(flow, state.learn(_talk(dialled)), transfer.results.get(dialled.status, transfer.next))


def _talk(dialled: Dialled) -> dict[str, str]:
    return {"dial_status": dialled.status, "dial_seconds": str(dialled.seconds)}


def _ask_again(
    flow: Flow, asked: node.Menu | node.Digits | node.Record, state: State, apology: str
) -> tuple[State, str | None]:
    if state.tries + 1 >= asked.tries:
        return _enter(flow, state, asked.otherwise), None
    return replace(state, tries=state.tries + 1), apology


def _enter(flow: Flow, state: State, name: str) -> State:
    there = flow.nodes[name]
    copied = {fact: state.facts.get(source, "") for fact, source in there.copies.items()}
    return replace(state.learn({**there.sets, **copied}), node=name, tries=0)


def _leave(flow: Flow, state: State) -> State:
    return _enter(flow, replace(state, left_at=state.node or flow.start), flow.on_hangup)


def _speak(flow: Flow, state: State, apology: str | None = None) -> Turn:
    turn = _fold(flow, state, apology)
    return replace(turn, verbs=()) if state.left_at else turn


def _fold(flow: Flow, state: State, apology: str | None) -> Turn:
    """Fold the nodes that need nobody into this turn; the flow's own checks promise an end."""
    said: list[Verb] = [Say(apology, state.facts, interruptible=True)] if apology else []
    while True:
        match flow.nodes[state.node]:
            case node.Say(prompt=prompt, interruptible=brief, next=target):
                said.append(Say(prompt, state.facts, brief))
                state = _enter(flow, state, target)
            case node.Tell(fact=fact, interruptible=brief, next=target):
                said += [Say(prompt, state.facts, brief) for prompt in state.facts.get(fact, "").split()]
                state = _enter(flow, state, target)
            case node.Branch() as branch:
                state = _enter(flow, state, _choose(branch, state.facts.get(branch.on, "")))
            case node.Do(action=action):
                return Turn(state, tuple(said), action)
            case waiting:
                return Turn(state, (*said, *_wait(waiting, state.facts)))


def _choose(branch: node.Branch, value: str) -> str:
    if not value:
        return branch.otherwise
    return branch.cases.get(value, branch.cases.get("*", branch.otherwise))


def _wait(
    waiting: node.Menu | node.Digits | node.Record | node.Transfer | node.Hangup, facts: Mapping[str, str]
) -> tuple[Verb, ...]:
    match waiting:
        case node.Menu(timeout=timeout):
            return (Gather(_says(waiting.spoken(), facts), 1, "", timeout),)
        case node.Digits(timeout=timeout):
            return (Gather(_says(waiting.spoken(), facts), None, "#", timeout),)
        case node.Record(prompt=prompt, max_seconds=longest, silence_seconds=silence):
            return (Record(_says((prompt,), facts), longest, silence),)
        case node.Transfer() as to:
            return (_dial(to, facts),)
        case node.Hangup(prompt=prompt):
            return (*_says((prompt,) if prompt else (), facts), Hangup())


def _says(prompts: tuple[str, ...], facts: Mapping[str, str]) -> tuple[Say, ...]:
    return tuple(Say(prompt, facts) for prompt in prompts)


def _dial(to: node.Transfer, facts: Mapping[str, str]) -> Dial:
    if to.number not in facts:
        raise FlowError(f"nobody said which number {to.number!r} is")
    return Dial(facts[to.number], to.timeout, facts.get(to.caller_id or ""), to.record)
