"""The log: one line a record, whatever is in it, and nothing that should not be read there."""

import json
import logging
import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr import logs
from tests.conftest import TOKEN

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()))
SPOKEN_OF = st.from_regex(r"(\+|%2B|00|0)?(98)?9[0-9]{9}", fullmatch=True)


def written(message, *values, error=None, **extra):
    record = logging.LogRecord("ivr.test", logging.WARNING, __file__, 1, message, values, error)
    record.__dict__.update(extra)
    return logs.Json().format(record)


@given(ANYTHING, ANYTHING)
@example("a\nb", "c\r\n{}")
@example("\ud800\x00\u2028\u2029\x85", "\x1b[2J")
def test_a_record_is_one_line_of_json(said, more):
    """Check 24."""
    try:
        raise ValueError(more)
    except ValueError:
        line = written("%s", said, error=sys.exc_info(), why=more)
    assert line.isascii()
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["level"] == "WARNING"


@given(SPOKEN_OF, ANYTHING)
@example("+989121234567", "\n")
def test_a_number_is_never_whole(number, around):
    digits = re.sub(r"^(\+|%2B)", "", number)
    said = f"{{'From': '{number}'}} ?From={number}&x sip:{number}@host"
    line = written("%s", said, why=number, address=f"/{number}/{around}")
    assert digits not in line
    assert digits[-9:] not in line
    assert digits[-2:] in line, "its end is left, to tell calls apart"


@pytest.mark.parametrize("said", ["1234567897", "\u06f0\u06f9\u06f1\u06f2\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7"])
def test_a_tracking_code_and_persian_digits_are_numbers_too(said):
    assert said not in json.loads(written("code %s", said))["message"]


@pytest.mark.parametrize(
    "said", ["CA" + "0" * 32, "turn 12 of call 345678", "2026-11-26T10:00:00", "RE1234567890abcdef"]
)
def test_what_is_no_number_is_left(said):
    assert json.loads(written("%s", said))["message"] == said


def test_secrets_of_the_settings_are_never_written(config):
    assert TOKEN in config.secrets()
    logs.hide([*config.secrets(), "with/odd+letters=="])
    for secret in (TOKEN, "with/odd+letters==", "with%2Fodd%2Bletters%3D%3D"):
        line = written("Authorization: Basic %s", secret, url=f"https://a:{secret}@b")
        assert secret not in line
        assert "[secret]" in line
