"""What a turn sounds like: verbs with prompts become TwiML with audio addresses."""

from collections.abc import Sequence

from db.models import Call
from ivr.flow.verbs import Hangup, Record, Say, Verb
from ivr.services.desk import Desk
from ivr.telephony.twiml import Addresses, Limits
from ivr.telephony.twiml import render as write

CLIP = "clip:"
MESSAGE_SECONDS, MESSAGE_SILENCE = 120, 5
MESSAGE = "/voice/fallback?step=message"


def render(desk: Desk, call: Call, next_turn: int, verbs: Sequence[Verb]) -> str:
    """Write the reply to a turn; the next one's number is in its addresses."""
    leg = desk.url(f"/voice/status?attempt={call.attempt_id}&leg=citizen") if call.attempt_id is not None else ""
    to = Addresses(desk.url(f"/voice/turn/{next_turn}"), desk.url("/voice/recording"), leg)
    return write(verbs, lambda say: play(desk, say), to, _limits(desk))


def apology(desk: Desk) -> str:
    """Apologise, and take a message: needs neither database nor broker."""
    to = Addresses(desk.url(MESSAGE), desk.url("/voice/recording"))
    record = Record((Say("apology"),), MESSAGE_SECONDS, MESSAGE_SILENCE)
    return write((record,), lambda say: play(desk, say), to, _limits(desk))


def apologises(document: str) -> bool:
    """Say whether a reply is an apology."""
    return MESSAGE in document


def farewell(desk: Desk) -> str:
    """Thank for the message, and end."""
    return write((Say("apology_end"), Hangup()), lambda say: play(desk, say), Addresses("", ""), _limits(desk))


def play(desk: Desk, say: Say) -> list[str]:
    """Give the addresses of what is said: a prompt's clips, or one clip that is named by its hash."""
    if say.prompt.startswith(CLIP):
        return [desk.url(f"/audio/{say.prompt.removeprefix(CLIP)}.wav")]
    return [desk.url(f"/audio/{clip.hash}.wav") for clip in desk.speech.clips(say.prompt, say.facts)]


def _limits(desk: Desk) -> Limits:
    return Limits(
        desk.config.callbacks.talk_limit_seconds, desk.config.callbacks.ring_seconds, desk.config.hotline.caller_id
    )
