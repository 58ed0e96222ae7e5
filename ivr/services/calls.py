"""A call's turns: each taken once, whatever comes twice, late or never."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db.models import Call, Recording
from db.queries import calls, recordings
from db.session import Session, write
from ivr.flow import Answered, Dialled, Event, Flow, HungUp, Pressed, Recorded, State, step
from ivr.flow.definition import Record, Transfer
from ivr.flow.verbs import Hangup, Verb
from ivr.services import actions, call_log, on_air, spoken, versions
from ivr.services import recordings as voices
from ivr.services.desk import Desk

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
OUTBOUND, FEEDBACK, ANNOUNCE = "callback", "feedback", "announce"
VOICES = ("recording", "note")  # facts that name a voice


class Unexpected(Exception):
    """A turn that this call cannot be at."""


@dataclass(frozen=True)
class Heard:
    """A voice webhook's form, read and judged."""

    sid: str
    account_sid: str
    caller_raw: str = ""
    called: str = ""
    keys: str = ""
    recording_sid: str | None = None
    recording_seconds: int = 0
    hung_up: bool = False
    dial_status: str = ""
    dial_seconds: int = 0


@dataclass(frozen=True)
class Opening:
    """Which flow a call starts in, with what it knows beforehand; outbound calls have an attempt."""

    flow: str
    facts: Mapping[str, str] = field(default_factory=dict)
    attempt_id: int | None = None


def answer(session: Session, desk: Desk, heard: Heard, now: datetime, opening: Opening | None = None) -> str:
    """Take a call's first turn; give the TwiML."""
    opening = opening or Opening(desk.config.hotline.flow)
    call = calls.begin(session, _new(desk, heard, now, opening))  # most are new
    _introduce(session, desk, call, heard, opening)
    if calls.last_turn_number(session, call) >= 0 and (stored := calls.turn(session, call, 0)):
        return stored.reply
    if call.ended_at is not None:
        return spoken.render(desk, call, 0, [Hangup()])
    today = on_air.look(session, desk, call, now)
    versions.refresh(session, desk, today.version if today else None)
    usable = "yes" if desk.callable(call.caller) else "no"
    windows = "yes" if desk.config.callbacks.ask_window else "no"
    of_today = on_air.facts(session, desk, call, today, now)
    event = Answered({"caller_usable": usable, "ask_window": windows, **of_today, **opening.facts})
    return _take(session, desk, call, 0, event, heard, now)


def turn(session: Session, desk: Desk, n: int, heard: Heard, now: datetime) -> str:
    """Take a call's nth turn; one already taken is answered as it was. Raises Unexpected for one that cannot be."""
    found = calls.take_up(session, heard.sid)
    if found is None:
        raise Unexpected("no such call")
    call, live = found
    taken = calls.last_turn_number(session, call)
    if n <= taken and (stored := calls.turn(session, call, n)):
        return stored.reply
    if call.ended_at is not None:
        return _late(session, desk, call, n, heard, now)
    if n > taken + 1:
        taken = calls.newest_turn(session, call)
    if n != taken + 1:
        raise Unexpected(f"turn {n} is not the next")
    versions.refresh(session, desk, live)
    return _take(session, desk, call, n, _event(_flow(desk, call), State.load(call.state), heard), heard, now)


def end(session: Session, desk: Desk, heard: Heard, now: datetime, opening: Opening | None = None) -> None:
    """Take note that a call is over; whatever was recorded is kept."""
    call = _ensure(session, desk, heard, now, opening or Opening(desk.config.hotline.flow))
    finish(session, desk, call, now)


def finish(session: Session, desk: Desk, call: Call, now: datetime) -> None:
    """End a call once: the flow hears of the hang-up, and no voice is left without a ticket."""
    if call.ended_at is not None:
        return
    orphans = recordings.orphans(session, call)
    call.ended_at, call.status = now, "completed"
    flow, state = _flow(desk, call), State.load(call.state)
    if state.node:
        _advance(session, desk, call, _parting(flow, state, orphans), now)
    if not call.disposition and call.direction == "inbound":
        last = State.load(call.state)  # of one that the flow ended itself: the node where it did
        call.disposition = f"abandoned:{last.left_at or last.node or 'start'}"
    if orphans:
        voices.settle(session, desk, call, now)
    write(session, call)


def _parting(flow: Flow, state: State, orphans: list[Recording]) -> Event:
    """Say how the caller left: in the middle of a recording whose news came first, or simply so."""
    left = [row for row in orphans if row.sid not in state.facts.values()]
    if left and isinstance(flow.nodes.get(state.node), Record) and left[-1].state not in voices.UNHEARD:
        return Recorded(left[-1].sid, left[-1].reported_seconds or 0, hung_up=True)
    return HungUp()


def keep(
    session: Session, desk: Desk, heard: Heard, status: str, now: datetime, opening: Opening | None = None
) -> None:
    """Take note of a voice from a status callback, whenever it comes."""
    call = _ensure(session, desk, heard, now, opening or Opening(desk.config.hotline.flow))
    if heard.recording_sid:
        sid, seconds = heard.recording_sid, heard.recording_seconds
        row = voices.report(session, call, sid, seconds, now, status, likely_known=True)
        if call.attempt_id is not None:
            actions.attach_talk(session, call, row, now)
    voices.settle(session, desk, call, now)


def end_silent(session: Session, desk: Desk, call_id: int, now: datetime) -> None:
    """End a call whose provider never said it was over."""
    call = calls.get_locked(session, call_id)
    limit = timedelta(minutes=desk.config.calls.silent_minutes)
    if call is not None and call.last_turn_at < now - limit:
        finish(session, desk, call, now)


def _ensure(session: Session, desk: Desk, heard: Heard, now: datetime, opening: Opening) -> Call:
    """Find or begin the call; news without a number may come before news with one."""
    call = calls.find(session, heard.sid, lock=True) or calls.begin(session, _new(desk, heard, now, opening))
    _introduce(session, desk, call, heard, opening)
    return call


def _introduce(session: Session, desk: Desk, call: Call, heard: Heard, opening: Opening) -> None:
    """Note what the first news say: whose number it is, and of a call of ours whom it was for."""
    if call.attempt_id is not None and call.number is None:
        call_log.begin(session, call, opening.facts)
        call_log.learn(call, opening.facts)
    _name(desk, call, heard)


def _new(desk: Desk, heard: Heard, now: datetime, opening: Opening) -> Call:
    call = Call(
        sid=heard.sid,
        account_sid=heard.account_sid,
        direction="outbound" if opening.attempt_id is not None else "inbound",
        flow=opening.flow,
        attempt_id=opening.attempt_id,
        language=desk.catalogue.language,
        state=State().dump(),
        started_at=now,
        last_turn_at=now,
        last_turn=-1,
    )
    _name(desk, call, heard)
    return call


def _name(desk: Desk, call: Call, heard: Heard) -> None:
    """Note whose number it is, with the first news that say so."""
    if not call.caller_raw and heard.caller_raw:
        call.caller_raw, call.called = heard.caller_raw[:128], heard.called[:128]
        if call.direction == "inbound":
            call.caller = call.number = desk.plan.parse(heard.caller_raw)


def _flow(desk: Desk, call: Call) -> Flow:
    return desk.catalogue.flows[call.flow]


def _event(flow: Flow, state: State, heard: Heard) -> Event:
    """Read the form as what the call waits for."""
    waiting = flow.nodes.get(state.node)
    if isinstance(waiting, Record) and heard.recording_sid:
        return Recorded(heard.recording_sid, heard.recording_seconds, hung_up=heard.hung_up)
    if isinstance(waiting, Transfer):
        return Dialled(heard.dial_status or "failed", heard.dial_seconds)
    return Pressed(heard.keys)


def _take(session: Session, desk: Desk, call: Call, n: int, event: Event, heard: Heard, now: datetime) -> str:
    node = State.load(call.state).node
    if heard.recording_sid:
        voices.report(session, call, heard.recording_sid, heard.recording_seconds, now)
    verbs = _advance(session, desk, call, event, now)
    reply = spoken.render(desk, call, n + 1, verbs or [Hangup()])
    call.last_turn_at, call.last_turn = now, n
    calls.keep_turn(
        session,
        call,
        n=n,
        node=node,
        event=type(event).__name__.lower(),
        keys=heard.keys[:64],
        recording_sid=heard.recording_sid,
        reply=reply,
        heard=call_log.heard(verbs),
        at=now,
    )
    return reply


def _late(session: Session, desk: Desk, call: Call, n: int, heard: Heard, now: datetime) -> str:
    """Keep what an ended call still brings."""
    if heard.recording_sid:
        voices.report(session, call, heard.recording_sid, heard.recording_seconds, now)
        voices.settle(session, desk, call, now)
    return spoken.render(desk, call, n + 1, [Hangup()])


def _advance(session: Session, desk: Desk, call: Call, event: Event, now: datetime) -> list[Verb]:
    """Fold one event, doing what the flow asks for on the way; give the words for the caller."""
    flow, before = _flow(desk, call), State.load(call.state)
    went = step(flow, before, event)
    _replace_voices(session, before, went.state)
    verbs: list[Verb] = list(went.verbs)
    while went.action is not None:
        went = step(flow, went.state, actions.perform(session, desk, call, went.action, went.state.facts, now))
        verbs.extend(went.verbs)
    call.state = went.state.dump()
    call.disposition = went.state.facts.get("disposition", call.disposition)
    call_log.learn(call, went.state.facts)
    return [] if isinstance(event, HungUp) else verbs


def _replace_voices(session: Session, before: State, after: State) -> None:
    for fact in VOICES:
        old, new = before.facts.get(fact), after.facts.get(fact)
        if old and new and old != new:
            voices.replace(session, old)
