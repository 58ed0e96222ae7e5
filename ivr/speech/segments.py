"""Segments: the smallest stretches of speech, each with an id that a studio recording may carry."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from ivr import persian
from ivr.speech.template import Slot

NUMBERS = range(121)
YEARS = range(1400, 1421)
PAUSE_SECONDS = 0.35
CODE_GROUPS = (3, 3)
MOBILE_GROUPS = (4, 3, 2, 2)
LANDLINE_GROUPS = (3, 4, 4)
FOREIGN_GROUPS = (2, 3, 3, 3, 3)
HOME_PREFIX = "+98"


class BadFact(ValueError):  # names the thing that is bad
    """Raised when a slot's fact is missing or not of its kind."""


@dataclass(frozen=True)
class Segment:
    """Words, and the spelling that makes a synthesiser say them right. A pause has neither."""

    id: str
    words: str
    spelling: str


PAUSE = Segment("pause", "", "")


def plain(segment_id: str, words: str) -> Segment:
    return Segment(segment_id, words, persian.vowelled(words))


def digit(character: str) -> Segment:
    return _count(f"digit.{character}", int(character))


def number(value: int) -> Segment:
    return _count(f"number.{value}", value)


def day(value: int) -> Segment:
    words = persian.ordinal_words(value)
    return Segment(f"day.{value}", words, persian.ezafe(persian.vowelled(words)))


def month(value: int) -> Segment:
    words = persian.month_name(value)
    return Segment(f"month.{value}", words, persian.ezafe(words))


def year(value: int) -> Segment:
    return _count(f"year.{value}", value)


def hour(hours: int, minutes: int) -> Segment:
    if not minutes:
        return number(hours)
    return plain(f"hour.{hours}.{minutes}", persian.hour_words(hours, minutes))


def counted() -> Iterator[Segment]:
    """List what facts are made of, so that no caller waits for it."""
    return chain(
        map(digit, "0123456789"),
        map(number, NUMBERS),
        map(day, range(1, 32)),
        map(month, range(1, 13)),
        map(year, YEARS),
    )


def spoken(slot: Slot, value: str, timezone: str) -> list[Segment]:
    """Say a fact the way its kind is said; terms are looked up elsewhere."""
    fact = persian.ascii_digits(value).strip()
    try:
        match slot.kind:
            case "code":
                return _grouped(_digits(fact), CODE_GROUPS)
            case "digits":
                return [digit(character) for character in _digits(fact)]
            case "phone":
                return _phone(fact)
            case "number":
                return [number(int(fact))]
            case "date":
                return _date(fact, timezone)
            case "hour":
                return [_clock(fact)]
    except ValueError as error:
        raise BadFact(f"{slot.name} is no {slot.kind}: {value!r}") from error
    raise BadFact(f"{slot.name}: {slot.kind} is not said")


def term(slot: Slot, value: str, terms: Mapping[str, str]) -> Segment | None:
    """Find the words for a code such as district 3, or those for an unknown one."""
    for key in (f"{slot.prefix}.{value}", f"{slot.prefix}.unknown"):
        if words := terms.get(key, "").strip():
            return plain(key, words)
    return None


def _count(segment_id: str, value: int) -> Segment:
    return plain(segment_id, persian.number_words(value))


def _digits(text: str) -> str:
    if not re.fullmatch(r"[0-9]+", text):
        raise ValueError("not digits")
    return text


def _grouped(digits: str, sizes: tuple[int, ...]) -> list[Segment]:
    """Say digits one by one with a pause between groups; what is left over is the last group."""
    segments: list[Segment] = []
    start = 0
    for size in (*sizes, len(digits)):
        group = digits[start : start + size]
        start += size
        if group:
            segments += [PAUSE] * bool(segments) + [digit(character) for character in group]
    return segments


def _phone(number: str) -> list[Segment]:
    """Say a number in E.164 as it is dialled at home."""
    if not number.startswith(HOME_PREFIX):
        return _grouped("00" + _digits(number.removeprefix("+")), FOREIGN_GROUPS)
    national = "0" + _digits(number.removeprefix(HOME_PREFIX))
    return _grouped(national, MOBILE_GROUPS if national.startswith("09") else LANDLINE_GROUPS)


def _date(text: str, timezone: str) -> list[Segment]:
    """Say a day: YYYY-MM-DD is already local, a moment is brought to the zone first."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        found = persian.jalali_date(date.fromisoformat(text))
    else:
        found = persian.jalali_day(datetime.fromisoformat(text), timezone)
    jalali_year, jalali_month, jalali_day = found
    return [day(jalali_day), month(jalali_month), year(jalali_year)]


def _clock(text: str) -> Segment:
    found = re.fullmatch(r"([01]?\d|2[0-4])(?::([0-5]\d))?", text)
    if not found:
        raise ValueError("not a time of day")
    return hour(int(found[1]), int(found[2] or 0))
