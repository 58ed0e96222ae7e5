"""What a turn sounds like: verbs with prompts become TwiML with audio addresses."""

from collections.abc import Sequence

from db.models import Call
from ivr.flow.verbs import Hangup, Record, Say, Verb
from ivr.services.desk import Desk
from ivr.telephony.twiml import Addresses, Limits
from ivr.telephony.twiml import render as write

CLIP = "clip:"
FALLBACK = "/voice/fallback"
MESSAGE_SECONDS, MESSAGE_SILENCE = 120, 5
MESSAGE = f"{FALLBACK}?step=message"


def render(desk: Desk, call: Call, next_turn: int, verbs: Sequence[Verb]) -> str:
    """Write the reply to a turn; the next one's number is in its addresses."""
    leg = desk.url(f"/voice/status?attempt={call.attempt_id}&leg=citizen") if call.attempt_id is not None else ""
    to = Addresses(desk.url(f"/voice/turn/{next_turn}"), desk.url("/voice/recording"), leg)
    return write(verbs, lambda say: play(desk, say), to, _limits(desk))


def apology(desk: Desk, own: str = "") -> str:
    """Apologise, and take a message: needs neither database nor broker.

    `own` is the address of the fallback's own process, under which all of this leads back to it.
    """
    news = f"{own}{FALLBACK}?step=recording" if own else desk.url("/voice/recording")
    to = Addresses(f"{own or desk.url('')}{MESSAGE}", news)
    record = Record((Say("apology"),), MESSAGE_SECONDS, MESSAGE_SILENCE)
    return write((record,), lambda say: play(desk, say, own and own + FALLBACK), to, _limits(desk))


def apologises(document: str) -> bool:
    """Say whether a reply is an apology."""
    return MESSAGE in document


def farewell(desk: Desk, own: str = "") -> str:
    """Thank for the message, and end."""
    verbs = (Say("apology_end"), Hangup())
    return write(verbs, lambda say: play(desk, say, own and own + FALLBACK), Addresses("", ""), _limits(desk))


def play(desk: Desk, say: Say, under: str = "") -> list[str]:
    """Give the addresses of what is said: a prompt's clips, or one clip that is named by its hash."""
    if say.prompt.startswith(CLIP):
        hashes = [say.prompt.removeprefix(CLIP)]
    else:
        hashes = [clip.hash for clip in desk.speech.clips(say.prompt, say.facts)]
    return [f"{under or desk.url('')}/audio/{one}.wav" for one in hashes]


def _limits(desk: Desk) -> Limits:
    return Limits(
        desk.config.callbacks.talk_limit_seconds, desk.config.callbacks.ring_seconds, desk.config.hotline.caller_id
    )
