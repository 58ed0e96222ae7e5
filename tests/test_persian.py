from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from ivr import persian

EXAMPLES = yaml.load(Path(__file__).with_name("persian.yaml").read_text("utf-8"), yaml.BaseLoader)
TEHRAN = ZoneInfo("Asia/Tehran")


def examples(name):
    return pytest.mark.parametrize(("given", "expected"), EXAMPLES[name].items())


@examples("numbers")
def test_a_number_in_words(given, expected):
    assert persian.number_words(int(given)) == expected


@examples("ordinals")
def test_a_day_of_the_month_in_words(given, expected):
    assert persian.ordinal_words(int(given)) == expected


@examples("months")
def test_a_month_by_name(given, expected):
    assert persian.month_name(int(given)) == expected


@pytest.mark.parametrize("month", [0, 13, -1])
def test_there_is_no_such_month(month):
    with pytest.raises(ValueError, match="no month"):
        persian.month_name(month)


@examples("folded")
def test_spellings_that_look_alike_become_one(given, expected):
    assert persian.fold(given) == expected
    assert persian.fold(expected) == expected


@examples("vowelled")
def test_a_synthesiser_is_told_the_vowels_of_numbers(given, expected):
    assert persian.vowelled(given) == expected
    assert persian.vowelled(expected) == expected


def test_digits_go_there_and_back():
    assert persian.ascii_digits(persian.persian_digits("0912 345 67 89")) == "0912 345 67 89"
    assert persian.ascii_digits("\u0661\u0663\u0667") == "137"
    assert persian.persian_digits("\u0661") == "\u06f1"


def test_a_moment_is_written_on_local_clocks():
    moment = datetime(2026, 11, 4, 13, 50, tzinfo=UTC)
    assert persian.jalali(moment, TEHRAN) == "1405/08/13 17:20"
    assert persian.jalali(moment.replace(tzinfo=None), "Asia/Tehran") == "1405/08/13 17:20"


def test_the_day_turns_at_local_midnight():
    assert persian.jalali_day(datetime(2026, 3, 20, 20, 29, tzinfo=UTC), TEHRAN) == (1404, 12, 29)
    assert persian.jalali_day(datetime(2026, 3, 20, 20, 30, tzinfo=UTC), TEHRAN) == (1405, 1, 1)


def test_a_leap_year_has_a_thirtieth_of_its_last_month():
    assert persian.jalali_day(datetime(2025, 3, 20, 12, tzinfo=UTC), TEHRAN) == (1403, 12, 30)


def test_minutes_are_said_only_when_there_are_any():
    assert persian.hour_words(18, 30) == EXAMPLES["hour"]
    assert persian.hour_words(18) == persian.number_words(18)
