"""Guessing at tracking codes, and pretending to be another telephone."""

import pytest

from db.models import Ticket
from ivr.services import codes
from tests.web.test_voice import report

RIGHT_NUMBER, OTHER = "+989121234567", "+989350000000"
WRONG = "0000000000"


@pytest.fixture
def code(line):
    report(line, number=RIGHT_NUMBER).presses("1").hangs_up()
    return line.rows("tickets")[0]["code"]


def limited(desk, **limits):
    ours = desk.config.codes.model_copy(update=limits)
    object.__setattr__(desk.config, "codes", ours)  # settings are frozen; this test has its own installation


def follows_up(line, keys, number=OTHER):
    return line.dials(number).presses("2").presses(keys)


def is_told(line, code, number=OTHER):
    """Say whether somebody who keys in a code gets at the ticket."""
    follows_up(line, code, number)
    return line.rows("calls")[-1]["disposition"] == "follow_up"


def test_a_code_is_ten_digits_drawn_by_chance_with_a_check_digit():
    """Check 19."""
    drawn = {codes.draw() for _ in range(2000)}
    assert len(drawn) == 2000
    assert all(len(one) == 10 and one.isdecimal() and codes.well_formed(one) for one in drawn)
    for place in range(1, 9):
        assert {one[place] for one in drawn} == set("0123456789"), place


def test_after_three_wrong_codes_no_other_is_taken_in_the_call(line, code):
    """Check 19."""
    call = line.dials(OTHER).presses("2").presses(WRONG).presses(WRONG)
    assert call.waits("Gather").get("numDigits") != "1", "a third time"
    call.presses(WRONG)
    assert call.waits("Gather").get("numDigits") == "1", "only a key: to be called back"
    call.presses(code)
    assert line.rows("calls")[-1]["disposition"] != "follow_up"


BREAKERS = [("tries_overall_hour", "+98935000{:04}"), ("tries_withheld_hour", "anonymous")]


@pytest.mark.parametrize(("limit", "number"), BREAKERS)
def test_after_so_many_wrong_codes_nothing_is_looked_up_whoever_keyed_them(line, desk, clock, code, limit, number):
    """Check 19: callers can be forged, the sum cannot."""
    limited(desk, **{limit: 5})
    for n in range(5):
        follows_up(line, WRONG, number.format(n))
    late = "anonymous" if number == "anonymous" else RIGHT_NUMBER
    assert not is_told(line, code, late)
    clock.move(minutes=61)
    assert is_told(line, code, late)


def test_a_forged_caller_hears_how_it_stands_and_nothing_that_was_written_down(line, database, code):
    """Check 19: with the reporter's number and the code's ending, too."""
    before = follows_up(line, code[-4:], RIGHT_NUMBER).words
    with database.transaction() as session:
        ticket = session.query(Ticket).one()
        ticket.address, ticket.description, ticket.caller = "Bahar street 12", "the neighbour", RIGHT_NUMBER
    assert follows_up(line, code[-4:], RIGHT_NUMBER).words == before
    assert follows_up(line, code, OTHER).words == before, "the whole code tells as much from any telephone"


def test_a_forged_caller_without_the_code_hears_what_everybody_hears(line, code):
    """Check 19."""
    assert line.dials(RIGHT_NUMBER).words == line.dials(OTHER).words
    assert line.dials(RIGHT_NUMBER).presses("2").words == line.dials(OTHER).presses("2").words
    wrong = "0001" if code[-4:] == "0000" else "0000"
    assert follows_up(line, wrong, RIGHT_NUMBER).words == follows_up(line, wrong, OTHER).words
