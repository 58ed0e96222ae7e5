"""The call-flow engine: a pure function from (flow, state, event) to a turn."""

from ivr.flow.definition import Flow
from ivr.flow.engine import FlowError, State, Turn, step
from ivr.flow.events import Answered, Dialled, Did, Event, HungUp, Pressed, Recorded
from ivr.flow.verbs import Dial, Gather, Hangup, Record, Say, Verb

__all__ = [
    "Answered",
    "Dial",
    "Dialled",
    "Did",
    "Event",
    "Flow",
    "FlowError",
    "Gather",
    "Hangup",
    "HungUp",
    "Pressed",
    "Record",
    "Recorded",
    "Say",
    "State",
    "Turn",
    "Verb",
    "step",
]
