"""Every transcript in tests/calls/ holds, and every call in them may end at any moment."""

import pytest

from ivr import catalogue
from ivr.flow import Dial, Did, HungUp, Recorded, Say, State, step
from ivr.flow.definition import Hangup, Record
from tests.transcripts import ROOT, event, transcripts

FLOWS = catalogue.load(ROOT / "callflows", "fa").flows


def take(flow, state, news, desk):
    """Take one turn and have the desk do what it asks for; gives the state, the verbs and the actions."""
    turn = step(flow, State.load(state.dump()), news)
    verbs, actions = list(turn.verbs), []
    while turn.action is not None:
        actions.append(turn.action)
        turn = step(flow, turn.state, desk(turn.action))
        verbs += turn.verbs
    return turn.state, verbs, actions


def as_written(line):
    """A desk that does what the transcript says, in its order."""
    does = iter(line.get("does", []))

    def desk(action):
        done = next(does)
        assert done["action"] == action
        return Did(done["result"], done["learns"])

    return desk


def as_usual(action):
    return Did("done", {"code": "1927643505"} if action == "open_ticket" else {})


def heard(verbs):
    return [
        say.prompt for verb in verbs for say in ((verb,) if isinstance(verb, Say) else getattr(verb, "prompts", ()))
    ]


@pytest.mark.parametrize(("flow_id", "call"), transcripts())
def test_call_goes_as_written(flow_id, call):
    state = State()
    for line in call["turns"]:
        state, verbs, actions = take(FLOWS[flow_id], state, event(call, line["caller"]), as_written(line))
        assert heard(verbs) == line["hears"], line
        assert actions == [done["action"] for done in line.get("does", [])], line
        assert [verb.number for verb in verbs if isinstance(verb, Dial)] == [line[k] for k in ("dials",) if k in line]
    assert call.get("knows", {}).items() <= state.facts.items()


@pytest.mark.parametrize(("flow_id", "call"), transcripts("hotline_137"))
def test_hanging_up_at_any_moment_keeps_what_was_said_and_not_yet_kept(flow_id, call):
    flow, state = FLOWS[flow_id], State()
    for line in call["turns"]:
        state, _, _ = take(flow, state, event(call, line["caller"]), as_written(line))
        over = bool(state.left_at) or isinstance(flow.nodes[state.node], Hangup)
        gone, verbs, actions = take(flow, state, HungUp(), as_usual)
        assert (verbs, actions) == ([], [] if over else unkept(state.facts))
        assert isinstance(flow.nodes[gone.node], Hangup)
        assert take(flow, gone, HungUp(), as_usual) == (gone, [], [])


@pytest.mark.parametrize(("flow_id", "call"), transcripts("hotline_137"))
def test_a_voice_that_comes_after_the_hang_up_is_kept(flow_id, call):
    flow, state = FLOWS[flow_id], State()
    for line in call["turns"]:
        state, _, _ = take(flow, state, event(call, line["caller"]), as_written(line))
        asked = flow.nodes[state.node]
        if isinstance(asked, Record):
            gone, _, _ = take(flow, state, HungUp(), as_usual)
            kept, _, actions = take(flow, gone, Recorded("RE9", 4), as_usual)
            assert kept.facts[asked.save] == "RE9"
            assert actions == unkept({**gone.facts, asked.save: "RE9"})


def unkept(facts):
    """Say what the desk must still do for a voice that nobody has kept."""
    note = "note" in facts and facts.get("note_added") != "yes"
    issue = "recording" in facts and not facts.get("code")
    return [*(["add_note"] if note else []), *(["open_ticket"] if issue else [])]


@pytest.mark.parametrize("flow_id", FLOWS)
def test_some_transcript_comes_to_every_node(flow_id):
    flow = FLOWS[flow_id]
    visited = set()
    for parameter in transcripts(flow_id):
        _, call = parameter.values
        state = State()
        for line in call["turns"]:
            visited |= path(flow, state, event(call, line["caller"]), as_written(line))
            state, _, _ = take(flow, state, event(call, line["caller"]), as_written(line))
    resting = {name for name, node in flow.nodes.items() if node.type not in {"say", "tell", "branch"}}
    assert resting - visited == set()


def path(flow, state, news, desk):
    """Name the nodes at which a turn and its actions come to rest."""
    turn = step(flow, state, news)
    names = {turn.state.node}
    while turn.action is not None:
        turn = step(flow, turn.state, desk(turn.action))
        names.add(turn.state.node)
    return names
