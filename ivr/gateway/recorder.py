"""Record: the caller's voice, promised in the ledger before it begins, so that no crash can lose it."""

import logging
from collections.abc import Awaitable

from ivr.gateway.ari import AriError
from ivr.gateway.ledger import Leg, Voice
from ivr.gateway.line import Gone, Line
from ivr.gateway.parts import Parts, Request, new_sid
from ivr.gateway.verbs import TRIM_SILENCE, Record, Report

log = logging.getLogger(__name__)


def written(report: Report | None) -> dict[str, object] | None:
    """Write down where news goes, for the ledger."""
    return {"url": report.url, "method": report.method, "events": sorted(report.events)} if report else None


async def record(parts: Parts, leg: Leg, line: Line, verb: Record) -> Request | None:
    """Carry out a Record; give what is asked for next, None to go on. Raises Gone after a hang-up, and all is kept."""
    sid = new_sid("RE")
    voice = Voice(sid, leg.sid, sid, "RecordVerb", trim=verb.trim == TRIM_SILENCE, report=written(verb.report))
    voice.action, voice.keys = {"url": verb.action, "method": verb.method}, verb.finish_on_key
    leg.recording = sid
    line.forget_keys()
    await line.guard(verb.max_length)
    with parts.ledger.together():
        parts.teller.voice(voice)
        parts.ledger.keep_leg(leg)
    listening = line.record(sid, verb.max_length, verb.timeout, verb.finish_on_key, beep=verb.play_beep)
    return await _kept(parts, leg, voice, listening)


async def go_on(parts: Parts, leg: Leg, line: Line, voice: Voice) -> Request | None:
    """Listen on to a recording that an earlier life began, as `record` does."""
    return await _kept(parts, leg, voice, line.go_on_recording(voice.name, voice.keys))


async def _kept(parts: Parts, leg: Leg, voice: Voice, listening: Awaitable[str]) -> Request | None:
    parts.recording.add(voice.sid)
    try:
        try:
            key, hung_up = await listening, False
        except Gone:
            key, hung_up = "hangup", True
        return await keep(parts, leg, voice, key, hung_up=hung_up)
    finally:
        parts.recording.discard(voice.sid)


async def store(parts: Parts, voice: Voice) -> None:
    """Store a recording that has ended, and tell of it. Raises AriError, and then nothing is told."""
    await parts.voices.take(voice)
    parts.teller.voice(voice)
    await parts.voices.clear(voice)


async def keep(parts: Parts, leg: Leg, voice: Voice, key: str, *, hung_up: bool) -> Request | None:
    """Store a recording that has ended, and tell of it; give what is asked for next. Raises Gone after a hang-up."""
    try:
        await parts.voices.take(voice)
    except AriError:
        log.exception("a recording could not be taken off the exchange yet", extra={"recording": voice.sid})
        if hung_up:
            raise Gone from None
        raise
    leg.recording = ""
    heard = {**parts.desk.recorded(voice), "Digits": key}
    action = voice.action or {}
    with parts.ledger.together():
        parts.ledger.keep_leg(leg)
        parts.teller.voice(voice)
        if hung_up and voice.status == "completed" and action:
            parts.teller.form(leg, action["url"], action["method"], heard)
    await parts.voices.clear(voice)
    if hung_up:
        raise Gone
    return Request(action["url"], action["method"], heard) if voice.status == "completed" and action else None
