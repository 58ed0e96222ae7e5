"""Verbs to TwiML. Portable: Play, Gather, Record, Dial, Redirect and Hangup are all we say."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from ivr.flow import verbs as verb

# XML 1.0 allows no other control characters, and a telephone hangs up on a document that has one.
# Half a letter, a surrogate, is written as a reference by the library, and is as forbidden.
SURROGATE = "&#(?:5529[6-9]|55[3-9]..|56...|57[0-2]..|573[0-3].|5734[0-3]);"
FORBIDDEN = re.compile(f"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|{SURROGATE}")

Heard = tuple[verb.Verb, tuple[str, ...]]
SAY = verb.Say("")

LEG_EVENTS = "initiated ringing answered completed"


@dataclass(frozen=True)
class Addresses:
    """Where the caller's next turn and the news about a recording or a bridged leg go."""

    turn: str
    recording: str
    leg: str = ""


@dataclass(frozen=True)
class Limits:
    """How long a bridged telephone may ring and a talk last, and what number the called see."""

    talk_seconds: int
    ring_seconds: int
    caller_id: str


def render(verbs: Sequence[verb.Verb], play: Callable[[verb.Say], Sequence[str]], to: Addresses, limits: Limits) -> str:
    """Write a turn's verbs as one document; `play` gives the audio addresses of what is said."""
    return _document(tuple(_heard(one, play) for one in _nested(verbs)), to, limits)


@lru_cache(maxsize=512)
def _document(heard: tuple[Heard, ...], to: Addresses, limits: Limits) -> str:
    """Write the document; most menus are one that was written a moment ago."""
    document = VoiceResponse()
    for one, urls in heard:
        _write(document, one, urls, to, limits)
    return FORBIDDEN.sub("", str(document))


def _heard(one: verb.Verb, play: Callable[[verb.Say], Sequence[str]]) -> Heard:
    """Take a verb apart: what it does, without its words, and what is heard with it."""
    if isinstance(one, verb.Say):
        return SAY, tuple(play(one))
    if isinstance(one, verb.Gather | verb.Record):
        return replace(one, prompts=()), tuple(url for say in one.prompts for url in play(say))
    return one, ()


def _nested(verbs: Sequence[verb.Verb]) -> Iterator[verb.Verb]:
    """Put what a key may cut short into the question that it leads up to, where keys are heard already."""
    held: list[verb.Say] = []
    for one in verbs:
        if isinstance(one, verb.Say) and one.interruptible:
            held.append(one)
            continue
        if isinstance(one, verb.Gather):
            yield replace(one, prompts=(*held, *one.prompts))
        else:
            yield from held
            yield one
        held = []
    yield from held


def _write(document: VoiceResponse, one: verb.Verb, urls: Sequence[str], to: Addresses, limits: Limits) -> None:
    match one:
        case verb.Say():
            _play(document, urls)
        case verb.Gather():
            gather = document.gather(
                input="dtmf",
                action=to.turn,
                method="POST",
                timeout=one.timeout,
                finish_on_key=one.finish,
                num_digits=one.length,
                action_on_empty_result=True,
            )
            _play(gather, urls)
            document.redirect(to.turn, method="POST")  # for telephones that do not report silence
        case verb.Record():
            _play(document, urls)
            _record(document, one, to)
        case verb.Dial():
            _dial(document, one, to, limits)
        case verb.Hangup():
            document.hangup()


def _play(into: VoiceResponse | Gather, urls: Sequence[str]) -> None:
    for url in urls:
        into.play(url)


def _record(document: VoiceResponse, record: verb.Record, to: Addresses) -> None:
    document.record(
        action=to.turn,
        method="POST",
        timeout=record.silence_seconds,
        max_length=record.max_seconds,
        finish_on_key=record.finish,
        play_beep=True,
        recording_status_callback=to.recording,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    document.redirect(to.turn, method="POST")  # an empty recording has no action: the next verb runs


def _dial(document: VoiceResponse, dial: verb.Dial, to: Addresses, limits: Limits) -> None:
    asked = Dial(
        action=to.turn,
        method="POST",
        timeout=dial.timeout or limits.ring_seconds,
        time_limit=limits.talk_seconds,
        caller_id=dial.caller_id or limits.caller_id,
        record="record-from-answer" if dial.record else None,
        recording_status_callback=to.recording if dial.record else None,
        recording_status_callback_event="completed absent" if dial.record else None,
    )
    kind, _, name = dial.number.partition(":")
    party = {"client": asked.client, "sip": asked.sip}.get(kind, asked.number)
    named = name if kind == "client" else dial.number  # a client has a name, the others an address
    party(named, status_callback=to.leg or None, status_callback_event=LEG_EVENTS if to.leg else None)
    document.append(asked)
