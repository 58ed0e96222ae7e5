"""What everybody in the gateway works with."""

import asyncio
import secrets
from dataclasses import dataclass, field

from ivr.gateway.ari import Ari
from ivr.gateway.ledger import Ledger, Leg
from ivr.gateway.line import Line
from ivr.gateway.news import Desk, Teller
from ivr.gateway.numbers import Numbers
from ivr.gateway.sounds import Sounds
from ivr.gateway.voices import Voices
from ivr.gateway.webhook import Webhooks


@dataclass(frozen=True)
class Request:
    """A document to be asked for, and what is said beside who calls."""

    url: str
    method: str = "POST"
    extra: dict[str, str] = field(default_factory=dict)


@dataclass
class Parts:
    """The tools of one gateway, and its telephones: `lines` by channel, `legs` by sid, `ringing` until answered."""

    ari: Ari
    ledger: Ledger
    webhooks: Webhooks
    desk: Desk
    teller: Teller
    voices: Voices
    sounds: Sounds
    numbers: Numbers
    lines: dict[str, Line] = field(default_factory=dict)
    legs: dict[str, Leg] = field(default_factory=dict)
    ringing: "dict[str, asyncio.Future[None]]" = field(default_factory=dict)
    recording: set[str] = field(default_factory=set)  # voices that somebody in this life sees to

    def open_line(self, leg: Leg) -> Line:
        """Take a leg's channel into our hands."""
        self.legs[leg.sid] = leg
        line = self.lines[leg.channel] = Line(self.ari, leg.channel)
        return line

    def close_line(self, leg: Leg) -> None:
        self.legs.pop(leg.sid, None)
        self.lines.pop(leg.channel, None)


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)
