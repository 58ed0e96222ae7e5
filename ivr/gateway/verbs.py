"""TwiML's verbs as they are carried out: every attribute read, typed, and defaulted as Twilio documents.

Times are seconds; addresses are absolute; a method is GET or POST; "" is an attribute that was left out.
https://www.twilio.com/docs/voice/twiml
"""

from dataclasses import dataclass
from typing import Literal

Method = Literal["GET", "POST"]
TRIM_SILENCE, DO_NOT_TRIM = "trim-silence", "do-not-trim"


@dataclass(frozen=True)
class Play:
    """Sound from an address, or keys pressed for the caller's side (`digits`, with w for half a second)."""

    url: str = ""
    loop: int = 1  # 0: until the call ends, 1,000 times at most
    digits: str = ""


@dataclass(frozen=True)
class Say:
    """Words for the gateway's own voice."""

    text: str
    loop: int = 1
    language: str = ""
    voice: str = ""


@dataclass(frozen=True)
class Pause:
    length: int = 1


@dataclass(frozen=True)
class Gather:
    """Keys; what is nested in it is heard meanwhile, and ends with the first key."""

    prompts: tuple[Play | Say | Pause, ...] = ()
    action: str = ""  # the document's own address if left out
    method: Method = "POST"
    timeout: int = 5
    finish_on_key: str = "#"
    num_digits: int | None = None
    action_on_empty_result: bool = False


@dataclass(frozen=True)
class Report:
    """Where news of a recording or a leg goes, and of which events."""

    url: str
    method: Method = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class Record:
    """The caller's voice, until a key, silence, the longest time, or the hang-up."""

    action: str = ""
    method: Method = "POST"
    timeout: int = 5  # of silence
    max_length: int = 3600
    finish_on_key: str = "1234567890*#"
    play_beep: bool = True
    trim: str = TRIM_SILENCE
    report: Report | None = None


@dataclass(frozen=True)
class Redirect:
    url: str
    method: Method = "POST"


@dataclass(frozen=True)
class Reject:
    reason: Literal["rejected", "busy"] = "rejected"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Number:
    """Somebody to be dialled: a telephone number (`kind` "number"), a "sip" address without its "sip:", a "client"."""

    to: str
    kind: Literal["number", "sip", "client"] = "number"
    url: str = ""  # a document that the called hears before they are put through
    method: Method = "POST"
    send_digits: str = ""
    report: Report | None = None  # events: initiated, ringing, answered, completed


@dataclass(frozen=True)
class Dial:
    """Ring some numbers at once; whoever answers first is put through."""

    numbers: tuple[Number, ...]
    action: str = ""  # "" : go on in this document
    method: Method = "POST"
    timeout: int = 30
    time_limit: int = 14400
    caller_id: str = ""
    record: Literal["", "record-from-answer", "record-from-ringing"] = ""
    dual: bool = False  # a channel for each side
    trim: str = TRIM_SILENCE
    report: Report | None = None  # of the recording
    hangup_on_star: bool = False
    answer_on_bridge: bool = False


Verb = Play | Say | Pause | Gather | Record | Redirect | Reject | Hangup | Dial


@dataclass(frozen=True)
class Document:
    """One reply; `left_out` says in plain words what was not understood and is not carried out."""

    verbs: tuple[Verb, ...]
    left_out: tuple[str, ...] = ()
