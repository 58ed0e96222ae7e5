"""Persian writing: digits, letters, dates and numbers in words. The one Python file with Persian in it."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import jdatetime
from num2words import num2words

DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
MONTHS = tuple(jdatetime.date.j_months_fa)

ZWNJ = "\u200c"
TATWEEL = "\u0640"
KASRA = "\u0650"
DAMMA = "\u064f"

_TO_ASCII = str.maketrans(DIGITS + ARABIC_DIGITS, "0123456789" * 2)
_TO_PERSIAN = str.maketrans("0123456789" + ARABIC_DIGITS, DIGITS * 2)
_FOLDED = str.maketrans(
    {"ي": "ی", "ى": "ی", "ك": "ک"}
    | dict.fromkeys([TATWEEL, "\u200b", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff"])
    | dict.fromkeys(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
)


def ascii_digits(text: str) -> str:
    return text.translate(_TO_ASCII)


def persian_digits(text: str) -> str:
    return text.translate(_TO_PERSIAN)


def fold(text: str) -> str:
    """Bring spellings that look alike to one: letters, digits, spaces and marks nobody sees."""
    folded = ascii_digits(text).translate(_FOLDED)
    folded = re.sub(rf"\s*{ZWNJ}+\s*", _one_joint, folded)
    return re.sub(r"\s+", " ", folded).strip(f" {ZWNJ}")


def jalali(moment: datetime, tz: tzinfo | str) -> str:
    """Write a moment as 1405/08/13 17:20 on the clocks of tz."""
    local = _local(moment, tz)
    year, month, day = jalali_day(moment, tz)
    return f"{year:04}/{month:02}/{day:02} {local:%H:%M}"


def jalali_day(moment: datetime, tz: tzinfo | str) -> tuple[int, int, int]:
    """Find the year, month and day in tz. A moment without a zone is UTC."""
    return jalali_date(_local(moment, tz).date())


def jalali_date(day: date) -> tuple[int, int, int]:
    """Turn a local Gregorian day into year, month and day."""
    found = jdatetime.date.fromgregorian(date=day)
    return found.year, found.month, found.day


def jalali_moment(text: str, tz: tzinfo) -> datetime:
    """Read 1405/8/13 17:20, in any digits, off the clocks of tz; without a time it is midnight. Raises ValueError."""
    said = re.fullmatch(
        r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:\s+(\d{1,2})(?:[:.](\d{2}))?)?", ascii_digits(text).strip()
    )
    if said is None:
        raise ValueError(f"no moment: {text!r}")
    year, month, day, hour, minute = (int(part or 0) for part in said.groups())
    return datetime.combine(gregorian(year, month, day), time(hour, minute), tz)


def from_jalali(text: str) -> date | None:
    """Read a day written 1405/08/13, in any digits; None for what is no day."""
    said = re.fullmatch(r"(1[34]\d\d)[/.-](\d{1,2})[/.-](\d{1,2})", fold(text))
    try:
        return gregorian(int(said[1]), int(said[2]), int(said[3])) if said else None
    except ValueError:
        return None


def gregorian(year: int, month: int, day: int) -> date:
    """Turn a Jalali day into a Gregorian one. Raises ValueError for a day that does not exist."""
    found: date = jdatetime.date(year, month, day).togregorian()
    return found


def month_days(year: int, month: int) -> tuple[date, date]:
    """Give the first and last day of a Jalali month."""
    following = gregorian(year + month // 12, month % 12 + 1, 1)
    return gregorian(year, month, 1), following - timedelta(days=1)


def month_name(month: int) -> str:
    if not 1 <= month <= len(MONTHS):
        raise ValueError(f"no month {month}")
    return str(MONTHS[month - 1])


def number_words(number: int) -> str:
    return str(num2words(number, lang="fa"))


def ordinal_words(number: int) -> str:
    """Say a day of the month; the library's first and thirtieth are not what people say."""
    if number == 1:
        return "اول"
    if number % 100 == 30:  # noqa: PLR2004  # the one round ten that ends in a vowel
        return number_words(number) + ZWNJ + "ام"
    return str(num2words(number, lang="fa", to="ordinal"))


def vowelled(text: str) -> str:
    """Add the vowels a synthesiser cannot guess: the o that joins numbers, and nine, which is spelt like no.

    A text that means no spells it with its own vowel: نَه.
    """
    return _NINE.sub(f"ن{DAMMA}ه", _JOINED_NUMBERS.sub(rf"\1{DAMMA} ", text))


def ezafe(words: str) -> str:
    """Mark the vowel that ties a word to the next: the thirteenth of."""
    return words + KASRA


def hour_words(hour: int, minute: int = 0) -> str:
    """Say a time of day, minutes only when there are any."""
    if minute:
        return f"{number_words(hour)} و {number_words(minute)} دقیقه"
    return number_words(hour)


def _local(moment: datetime, tz: tzinfo | str) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(tz) if isinstance(tz, str) else tz)


def _one_joint(found: re.Match[str]) -> str:
    """Keep a joint between letters; beside a space it joins nothing."""
    return ZWNJ if set(found.group()) == {ZWNJ} else " "


def _number_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile what finds the joint between two numbers, and a nine that stands alone."""
    counts = [number_words(n) for n in (*range(20), *range(20, 100, 10), *range(100, 1001, 100))]
    large = [number_words(10**power).split()[-1] for power in (6, 9)]
    last = [*map(ordinal_words, range(2, 20)), "یکم", "نیم"]
    start, end = rf"(?<![\w{ZWNJ}])", rf"(?![\w{ZWNJ}\u064b-\u0652])"
    first = "|".join([*counts, *large])
    second = "|".join([*counts, *last])
    return re.compile(rf"{start}({first}) و (?=(?:{second}){end})"), re.compile(f"{start}نه{end}")


_JOINED_NUMBERS, _NINE = _number_patterns()
