"""Telephone numbers: parse, judge, show, mask."""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

CALLABLE = {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
LOCAL_LENGTH = 8  # a landline dialled inside its own city, without the city's code


@dataclass(frozen=True)
class Plan:
    """The numbering plan that a hotline lives in: region "IR", city code "25"."""

    region: str
    city_code: str

    def parse(self, raw: str) -> str | None:
        """Give E.164, or None for what is no number: withheld, sip:, client:, with an extension, too short."""
        number = self._read(raw)
        return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else None

    def callable(self, raw: str | None) -> bool:
        """Say whether we would ever dial it: landlines and mobiles of our own region, nothing that costs more."""
        number = self._read(raw or "")
        return (
            number is not None
            and phonenumbers.region_code_for_number(number) == self.region
            and phonenumbers.number_type(number) in CALLABLE
        )

    def keyed(self, keys: str) -> str | None:
        """Read what a caller keyed in: 8 digits are a landline of this city, else 025… or 09…; None if not callable."""
        raw = f"0{self.city_code}{keys}" if len(keys) == LOCAL_LENGTH else keys
        number = self.parse(raw)
        return number if self.callable(number) else None

    def national(self, e164: str) -> str:
        """Show it as people here write it: 0912 345 6789."""
        number = self._read(e164)
        return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) if number else e164

    def _read(self, raw: str) -> PhoneNumber | None:
        if not re.fullmatch(r"[+0-9 ()/.-]{3,24}", raw):
            return None
        try:
            number = phonenumbers.parse(raw.replace("/", " "), self.region)
        except phonenumbers.NumberParseException:
            return None
        return number if phonenumbers.is_valid_number(number) and not number.extension else None


def mask(number: str | None) -> str:
    """Hide the middle of a number, for logs."""
    if not number:
        return "withheld"
    return f"{number[:4]}…{number[-2:]}" if len(number) > 6 else "…"  # noqa: PLR2004  # shorter ones would show whole
