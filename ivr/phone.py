"""Telephone numbers: parse, judge, show, mask."""

import re
from dataclasses import dataclass
from hmac import HMAC

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


ALIAS = re.compile(r"~[a-p]{18}")
ALIAS_BYTES = 9
_BETWEEN = r"[\s./()\u200c-]{0,3}"
_ZEROS = {"0": 0x30, "\u06f0": 0x06F0, "\u0660": 0x0660}


def alias(secret: str, number: str) -> str:
    """Give what stands in a forgotten number's place: always the same, and no way back without the secret."""
    drawn = HMAC(secret.encode(), b"hotline 137 alias " + number.encode(), "sha256").digest()[:ALIAS_BYTES]
    return "~" + "".join("abcdefghijklmnop"[nibble] for byte in drawn for nibble in (byte >> 4, byte & 15))


@dataclass(frozen=True)
class Spelling:
    """The ways in which one number may be written: +98…, 0098…, 09…, without any of these, grouped, in other digits."""

    endings: tuple[str, ...]  # digits, at least one of which is in whatever spells it
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, plan: Plan, e164: str) -> "Spelling":
        number = phonenumbers.parse(e164)
        whole = str(phonenumbers.national_significant_number(number))
        local = whole.removeprefix(plan.city_code)
        endings = (whole, local) if len(local) == LOCAL_LENGTH < len(whole) else (whole,)
        country = rf"(?:(?:\+|%2[Bb]|{_digits('00')})?{_BETWEEN}{_digits(str(number.country_code))}|{_digits('0')})"
        spelled = "|".join(_digits(ending) for ending in endings)
        any_digit = "".join(f"{zero}-{chr(code + 9)}" for zero, code in _ZEROS.items())
        return cls(endings, re.compile(rf"(?<![{any_digit}])(?:{country}{_BETWEEN})?(?:{spelled})(?![{any_digit}])"))

    def says(self, text: str) -> bool:
        return self.pattern.search(text) is not None

    def hidden(self, text: str, instead: str) -> str:
        """Write something else wherever it is spelled out."""
        return self.pattern.sub(instead, text)


def _digits(number: str) -> str:
    """Match these digits in any script, with little between them."""
    one = ("[" + "".join(chr(code + int(digit)) for code in _ZEROS.values()) + "]" for digit in number)
    return _BETWEEN.join(one)
