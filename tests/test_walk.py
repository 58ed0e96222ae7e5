"""A person walks a flow in a terminal, and the walk is a transcript that holds."""

import pytest
import yaml

from ivr import catalogue
from ivr.flow import State
from ivr.walk import walk
from tests.test_calls import FLOWS, as_written, heard, take
from tests.transcripts import ROOT, event


@pytest.fixture(scope="module")
def house():
    return catalogue.load(ROOT / "callflows", "fa")


def walked(house, flow_id, *typed):
    lines, answers = [], iter(typed)
    walk(house, flow_id, lambda prompt: next(answers), lines.append)
    return lines, yaml.load("\n".join(lines[lines.index("\n- call: a walk") :]), yaml.BaseLoader)


@pytest.mark.parametrize(
    ("flow_id", "typed"),
    [
        ("hotline_137", ["", "1", "", "3", "3", "r 12", "1", "opened code=1927643505", "h"]),
        ("hotline_137", ["caller_usable=no", "0", "37123456", "invalid", "h"]),
        ("hotline_137", ["", "2", "1", "exhausted", "1", "queued ahead=2"]),
        ("callback", ["number=+989121234567 callback_type=intake", "1", "d busy"]),
    ],
)
def test_a_walk_is_a_transcript_that_holds(house, flow_id, typed):
    _, (call,) = walked(house, flow_id, *typed)
    state = State()
    for line in call["turns"]:
        state, verbs, _ = take(FLOWS[flow_id], state, event(call, line["caller"]), as_written(line))
        assert heard(verbs) == line["hears"]


def test_words_are_shown_with_what_is_known(house):
    lines, _ = walked(house, "hotline_137", "", "2", "1", "found ticket_category=road ticket_district=3", "")
    (status,) = [line for line in lines if "ticket_status:" in line]
    assert house.category("road").name in status
    assert house.district("3").name in status


def test_a_slip_of_the_hand_is_forgiven(house):
    lines, (call,) = walked(house, "hotline_137", "", "hello", "r", "r x", "d busy", "h")
    assert len(call["turns"]) == 2
    assert sum("nothing a caller can do" in line or "makes no sense" in line for line in lines) == 3
