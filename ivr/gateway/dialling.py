"""<Dial> and whom it names, read into verbs."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

from ivr.gateway.element import Element, Unreadable
from ivr.gateway.recording import recording_report, trim
from ivr.gateway.verbs import Dial, Number

MOST_NUMBERS = 10
RECORDED: Mapping[str, tuple[Literal["", "record-from-answer", "record-from-ringing"], bool]] = {
    "do-not-record": ("", False),
    "record-from-answer": ("record-from-answer", False),
    "record-from-ringing": ("record-from-ringing", False),
    "record-from-answer-dual": ("record-from-answer", True),
    "record-from-ringing-dual": ("record-from-ringing", True),
    "true": ("record-from-answer", False),
    "false": ("", False),
}
LEG_EVENTS = ("initiated", "ringing", "answered", "completed")
ORNAMENT = re.compile(r"[\s().-]")  # of a telephone number
TELEPHONE = re.compile(r"\+?[0-9*#]+")
IDENTITY = re.compile(r"[A-Za-z0-9_.+@-]+")
SIP = re.compile(r"""[Ss][Ii][Pp]:((?:[^\s@?;<>",]+@)?[A-Za-z0-9.:\[\]-]+(?:;[^\s?<>",]*)?)(\?.*)?""")


def dial(element: Element) -> Dial:
    numbers = tuple(element.nested(CALLED)) or (Number(_telephone(element)),)
    if len(numbers) > MOST_NUMBERS:
        raise Unreadable("<Dial> names more than 10 to ring at once.")
    record, dual = element.choice("record", RECORDED, ("", False))
    return Dial(
        numbers,
        action=element.address("action"),
        method=element.method(),
        timeout=element.number("timeout", 30),
        time_limit=element.number("timeLimit", 14400),
        caller_id=_caller_id(element),
        record=record,
        dual=dual,
        trim=trim(element),
        report=recording_report(element),
        hangup_on_star=element.flag("hangupOnStar", False),
        answer_on_bridge=element.flag("answerOnBridge", False),
    )


def _number(element: Element) -> Number:
    return _called(element, _telephone(element), "number", element.keys("sendDigits"))


def _sip(element: Element) -> Number:
    found = SIP.fullmatch(element.words())
    if not found:
        raise Unreadable("<Sip> holds no address such as sip:name@host.")
    if found[2]:
        element.note('The headers after "?" in the address of <Sip> are not sent.')
    return _called(element, found[1], "sip")


def _client(element: Element) -> Number:
    inside = [name for name in element.nested({"Identity": Element.words, "Parameter": _parameter}) if name]
    name = inside[0] if len(inside) == 1 else element.words()
    if len(inside) > 1 or not IDENTITY.fullmatch(name):
        raise Unreadable("<Client> holds no identity of letters and digits.")
    return _called(element, name, "client")


def _parameter(element: Element) -> str:
    element.ignore("A <Parameter> of <Client> is not passed on.")
    return ""


CALLED: Mapping[str, Callable[[Element], Number]] = {"Number": _number, "Sip": _sip, "Client": _client}


def _called(element: Element, to: str, kind: Literal["number", "sip", "client"], send_digits: str = "") -> Number:
    return Number(
        to,
        kind,
        url=element.address("url"),
        method=element.method(),
        send_digits=send_digits,
        report=element.report("statusCallback", LEG_EVENTS),
    )


def _telephone(element: Element) -> str:
    """Take a telephone number without its ornaments; it is kept out of the sentence about one that is none."""
    number = ORNAMENT.sub("", element.words())
    if not TELEPHONE.fullmatch(number):
        raise Unreadable(f"<{element.name}> holds no telephone number.")
    return number


def _caller_id(element: Element) -> str:
    given = element.plain("callerId").strip()
    number = ORNAMENT.sub("", given)
    if TELEPHONE.fullmatch(number):
        return number
    if given and not IDENTITY.fullmatch(given.removeprefix("client:")):
        raise Unreadable("The callerId of <Dial> is neither a telephone number nor the identity of a client.")
    return given
