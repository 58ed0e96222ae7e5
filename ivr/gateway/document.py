"""TwiML to verbs: a reply is read whole and strictly before any of it is carried out."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeVar
from xml.etree import ElementTree as ET

from ivr.gateway.dialling import dial
from ivr.gateway.element import Element, Unreadable
from ivr.gateway.recording import record
from ivr.gateway.verbs import Document, Gather, Hangup, Pause, Play, Redirect, Reject, Say, Verb

__all__ = ["Unreadable", "read"]

T = TypeVar("T")
LARGEST_BYTES = 64 * 1024
INPUT = {"dtmf": False, "dtmf speech": True, "speech dtmf": True}  # is it to listen for speech, too?
REASON: Mapping[str, Literal["rejected", "busy"]] = {"rejected": "rejected", "busy": "busy"}
SPEECH_MARKS = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "speak", "sub", "w"})


def read(text: str | bytes, base: str) -> Document:
    """Read a reply that came from `base`, against which its addresses are resolved."""
    left_out: list[str] = []
    response = Element(_parse(text), base, left_out)
    if response.name != "Response":
        raise Unreadable("The document is not a <Response>.")
    verbs = tuple(_until_the_end(response.nested(VERBS)))
    response.end()
    return Document(verbs, tuple(dict.fromkeys(left_out)))


class _Tree(ET.TreeBuilder):
    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        """Refuse before the first entity is declared: a few bytes of them can grow to fill the memory."""
        raise Unreadable("The document declares a document type, which is not read.")


def _parse(text: str | bytes) -> ET.Element:
    try:
        body = text.encode() if isinstance(text, str) else text
        if len(body) > LARGEST_BYTES:
            raise Unreadable("The document is larger than 64 KiB.")
        parser = ET.XMLParser(target=_Tree(), encoding="utf-8" if isinstance(text, str) else None)  # noqa: S314 - _Tree
        parser.feed(body)
        return parser.close()
    except Unreadable:
        raise
    except (ET.ParseError, ValueError, LookupError) as error:  # the last two: an encoding that is none
        raise Unreadable(f"The document is not XML: {error}.") from error


def _until_the_end(verbs: Iterator[Verb]) -> Iterator[Verb]:
    """Stop at what ends a document: the rest never runs, and is not even read."""
    for verb in _audible(verbs):
        yield verb
        if isinstance(verb, Hangup | Reject | Redirect):
            return


def _audible(verbs: Iterator[T]) -> Iterator[T]:
    """Skip speech without words, which no voice can say."""
    return (verb for verb in verbs if not isinstance(verb, Say) or verb.text)


def _play(element: Element) -> Play:
    loop, digits = element.number("loop", 1, least=0), element.keys("digits")
    return Play(loop=loop, digits=digits) if digits else Play(element.link(), loop)


def _say(element: Element) -> Say:
    text = element.spoken(SPEECH_MARKS)
    if not text:
        element.note("A <Say> without words is not carried out.")
    return Say(text, element.number("loop", 1, least=0), element.plain("language"), element.plain("voice"))


def _pause(element: Element) -> Pause:
    return Pause(element.number("length", 1))


def _gather(element: Element) -> Gather:
    if element.choice("input", INPUT, False):
        element.note("<Gather> listens for keys only, not for speech.")
    element.forgo("timeout", "auto", 'The timeout "auto" of <Gather> is read as 5 seconds.')
    return Gather(
        tuple(_audible(element.nested(PROMPTS))),
        action=element.address("action", element.base),
        method=element.method(),
        timeout=element.number("timeout", 5),
        finish_on_key=element.plain("finishOnKey", "#", "[0-9*#]?", "one of 0-9, * and #, or empty"),
        num_digits=element.number("numDigits", None),
        action_on_empty_result=element.flag("actionOnEmptyResult", False),
    )


def _redirect(element: Element) -> Redirect:
    return Redirect(element.link(element.base), element.method())


def _reject(element: Element) -> Reject:
    return Reject(element.choice("reason", REASON, "rejected"))


def _hangup(_: Element) -> Hangup:
    return Hangup()


PROMPTS: Mapping[str, Callable[[Element], Play | Say | Pause]] = {"Play": _play, "Say": _say, "Pause": _pause}
VERBS: Mapping[str, Callable[[Element], Verb]] = {
    **PROMPTS,
    "Gather": _gather,
    "Record": record,
    "Dial": dial,
    "Redirect": _redirect,
    "Reject": _reject,
    "Hangup": _hangup,
}
