"""Who is called how: E.164 towards the hotline, the country's own way towards the trunk."""

import re
from dataclasses import dataclass

from ivr.config import Config
from ivr.phone import Plan

WITHHELD = "anonymous"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9.-]{1,100}(:[0-9]{1,5})?")


class NoSuchLine(ValueError):
    """A telephone that this exchange has no way to ring."""


@dataclass(frozen=True)
class Numbers:
    """The way from a telephone's address to the exchange's: templates of endpoints."""

    plan: Plan
    short_code: str
    trunk: str  # PJSIP/{number}@trunk
    extension: str  # PJSIP/{name}
    outside: str  # PJSIP/trunk/sip:{address}; "": no strange SIP address is ever called

    def caller(self, raw: str) -> str:
        """Read who calls, as the trunk presents it: E.164, or "anonymous"."""
        return self.plan.parse(raw) or self.plan.keyed(raw) or WITHHELD

    def known(self, to: str) -> bool:
        """Say whether a telephone's address has a form that this exchange may ring."""
        try:
            self.endpoint(to)
        except NoSuchLine:
            return False
        return True

    def endpoint(self, to: str) -> str:
        """Give the exchange's name of a telephone: +98…, sip:201, sip:201@host, client:sara. Raises NoSuchLine."""
        kind, colon, name = to.rpartition(":") if to.startswith("client:") else to.partition(":")
        if not colon:
            return self.trunk.format(number=self.outward(to))
        if kind not in ("sip", "client"):
            raise NoSuchLine(to)
        if NAME.fullmatch(name):
            return self.extension.format(name=name)
        if kind == "sip" and self.outside and ADDRESS.fullmatch(name):
            return self.outside.format(address=name)
        raise NoSuchLine(to)

    def outward(self, e164: str) -> str:
        """Give the digits that the trunk takes for a number of this country: 09121234567. Raises NoSuchLine."""
        number = self.plan.parse(e164) if e164.startswith("+") else None
        national = re.sub(r"[^0-9+]", "", self.plan.national(number)) if number else ""
        if not number or not self.plan.callable(number) or not national.isdecimal():
            raise NoSuchLine(e164)
        return national

    def shown(self, caller_id: str) -> str:
        """Give the number that the called see, as the trunk takes it; a short code stays what it is."""
        try:
            return self.outward(caller_id)
        except NoSuchLine:
            return re.sub(r"[^0-9+]", "", caller_id)


def numbers_of(config: Config) -> Numbers:
    hotline = config.hotline
    lines = config.gateway
    return Numbers(
        Plan(hotline.region, hotline.city_code), hotline.short_code, lines.trunk, lines.extension, lines.outside
    )
