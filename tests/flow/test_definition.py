"""A flow that could strand a caller is refused when it is read."""

import pytest
from pydantic import ValidationError

from ivr.flow import Flow

END = {"type": "hangup"}
MENU = {"type": "menu", "prompt": "p", "choices": {"1": {"next": "end"}}, "otherwise": "end"}


def flow(start, on_hangup="end", **nodes):
    return Flow.model_validate({"id": "x", "start": start, "on_hangup": on_hangup, "nodes": {"end": END, **nodes}})


def say(target):
    return {"type": "say", "prompt": "p", "next": target}


def do(target, **results):
    return {"type": "do", "action": "open_ticket", "next": target, "results": results}


@pytest.mark.parametrize(
    ("start", "nodes", "said"),
    [
        ("nowhere", {}, "start names 'nowhere', which does not exist"),
        ("a", {"a": say("b")}, "node 'a' leads to 'b', which does not exist"),
        ("a", {"a": do("end", found="lost")}, "node 'a' leads to 'lost'"),
        ("end", {"a": say("end")}, "no call can reach a"),
        ("a", {"a": say("b"), "b": say("a")}, "talks in circles: a -> b -> a"),
        ("a", {"a": do("a")}, "talks in circles: a -> a"),
        ("a", {"a": {**MENU, "save": "k"}}, "key 1 has no value to save as 'k'"),
        ("a", {"a": {**MENU, "choices": {"12": {"next": "end"}}}}, "String should match pattern"),
        ("a", {"a": {**MENU, "choices": {}}}, "at least 1"),
        ("a", {"a": {**MENU, "tries": "0"}}, "greater than 0"),
        ("a", {"a": {**MENU, "promt": "p"}}, "Extra inputs"),
        ("a", {"a": {k: v for k, v in MENU.items() if k != "otherwise"}}, "otherwise\n  Field required"),
        ("a", {"a": {**do("end"), "action": "open_tickt"}}, "open_ticket"),
    ],
)
def test_a_broken_flow_is_refused(start, nodes, said):
    with pytest.raises(ValidationError) as refused:
        flow(start, **nodes)
    assert said in str(refused.value)


def test_nothing_is_asked_after_a_hangup():
    with pytest.raises(ValidationError, match="on_hangup leads to a, but nobody is there to hear it"):
        flow("a", on_hangup="a", a=MENU)


def test_a_circle_with_a_wait_in_it_is_a_conversation():
    assert flow("a", a={**MENU, "otherwise": "b"}, b=do("c"), c=say("a"))


def test_a_question_without_an_otherwise_has_the_flows():
    silent = {key: value for key, value in MENU.items() if key != "otherwise"}
    given = {"id": "x", "start": "a", "on_hangup": "end", "otherwise": "end", "nodes": {"a": silent, "end": END}}
    assert Flow.model_validate(given).nodes["a"].otherwise == "end"


def test_prompts_are_those_that_can_be_spoken():
    asked = flow("a", a={**MENU, "choices": {"1": {"next": "end", "prompt": "one"}}})
    assert asked.prompts() == {"p", "one", "no_input", "no_match"}
    assert flow("a", a={**MENU, "tries": "1"}).prompts() == {"p"}
