"""Calls as rows: a way through a flow, begun at a moment, in and out."""

from dataclasses import dataclass, field
from typing import Any

from db.models import Call, CallText, Recording, TicketText, Turn
from ivr.demo.office import moment
from ivr.demo.paths import Way
from ivr.demo.town import ACCOUNT, Town
from ivr.services import call_log

REPLY = "<Response/>"


@dataclass
class Rung:
    """A call that takes place; `ends` is known once its turns are written."""

    id: int
    sid: str
    begins: float
    ends: float = 0.0
    times: list[float] = field(default_factory=list)


def write(town: Town, way: Way, begins: float, **known: Any) -> Rung:
    """Write a call and its turns: each waits for the words before it, and for a person to act on them."""
    rung = Rung(town.rows.new_id(Call), "", begins)
    rung.sid = f"demo-call-{rung.id}"
    _take_turns(town, way, rung)
    row = {
        "flow": town.desk.config.hotline.flow,
        "direction": "inbound",
        "called": town.desk.config.hotline.short_code,
        "district": way.facts.get("district", ""),
        "category": way.facts.get("category", ""),
        "disposition": way.disposition,
        **known,
    }
    town.rows.add(
        Call,
        id=rung.id,
        sid=rung.sid,
        account_sid=ACCOUNT,
        state=way.state,
        status="completed",
        language=town.desk.catalogue.language,
        started_at=moment(begins),
        last_turn_at=moment(rung.times[-1]),
        ended_at=moment(rung.ends),
        **row,
    )
    return rung


def _take_turns(town: Town, way: Way, rung: Rung) -> None:
    now, quick = rung.begins, town.rng.uniform(0.5, 1.05)
    for n, step in enumerate(way.steps):
        if step.event == "recorded":
            now += town.rng.uniform(8, 40)
        elif step.event == "dialled":
            now += town.rng.uniform(40, 240)
        elif n:
            now += town.rng.uniform(0.8, 3.5)
        rung.times.append(now)
        town.rows.add(
            Turn,
            call_id=rung.id,
            n=n,
            node=step.node,
            event=step.event,
            keys=step.keys,
            reply=REPLY,
            heard=step.heard,
            at=moment(now),
        )
        now += step.seconds * quick
    rung.ends = now + 1


def speak(town: Town, rung: Rung, kind: str, ticket_id: int | None) -> int:
    """Keep the voice of a call; only the newest are still there to be heard."""
    row_id = town.rows.new_id(Recording)
    kept = town.voice(kind, rung.ends)
    return town.rows.add(
        Recording,
        id=row_id,
        sid=f"demo-voice-{row_id}",
        account_sid=ACCOUNT,
        call_id=rung.id,
        ticket_id=ticket_id,
        kind=kind,
        created_at=moment(rung.ends),
        next_try_at=moment(rung.ends),
        stored_at=moment(rung.ends + 3),
        tries=1,
        **kept,
    )


def write_down(town: Town, call_id: int | None, text: str) -> None:
    if call_id is not None and text:
        town.rows.add(CallText, call_id=call_id, words=call_log.searchable(text))


def find_by(town: Town, ticket_id: int, texts: list[str]) -> None:
    """Let a ticket be found by what was written on it."""
    words = " ".join(call_log.searchable(text) for text in texts if text)
    if words:
        town.rows.add(TicketText, ticket_id=ticket_id, words=words)
