"""A day unlike others: heard by the very next call, over by itself, answered for everybody once."""

from datetime import timedelta

import pytest

from ivr.jobs import Office
from ivr.services import situations
from ivr.services.day import DayError
from ivr.services.history import Author
from tests.city import Citizen, City, Exchange, outgoing_sid

ZAHRA = Author("zahra", "desk")
NUMBERS = ["+989121234561", "+989121234562", "+989121234563"]


@pytest.fixture
def city(line, database, desk, clock):
    every_call = desk.config.feedback.model_copy(update={"person_percent": 0})
    object.__setattr__(desk.config, "feedback", every_call)  # settings are frozen; this is its own installation
    return City(line, Office(desk, database, Exchange()), clock)


@pytest.fixture
def rain(database, desk, clock):
    """It rains from now on; gives the situation's number."""
    with database.transaction() as session:
        return situations.start(session, desk, clock(), ZAHRA, "rain").id


def reports(line, number, recording):
    """Report water in the street from the short menu."""
    caller = line.dials(number).presses("1").presses("4").speaks(f"RE{recording:032x}").presses("1")
    caller.hangs_up()


def answers(database, desk, clock, situation, text="the streets are dry again"):
    """Press the button: gather, and answer."""
    more = True
    while more:
        with database.transaction() as session:
            more = situations.gather(session, desk, clock(), ZAHRA, situation)
    with database.transaction() as session:
        return situations.answer_all(session, desk, clock(), ZAHRA, situation, "done", text)


def test_the_next_call_hears_it_and_it_ends_by_itself(line, rain, desk, clock):
    banner = desk.catalogue.prompts["banner_rain"].split(".")[0].strip()
    assert banner in line.dials().words
    clock.move(hours=11, minutes=59)
    assert banner in line.dials().words
    clock.move(minutes=1)
    assert banner not in line.dials().words


def test_it_is_taken_off_the_air_by_hand(line, rain, database, desk, clock):
    with database.transaction() as session:
        situations.stop(session, clock(), ZAHRA, rain)
    assert desk.catalogue.prompts["banner_rain"][:20] not in line.dials().words
    with database.transaction() as session, pytest.raises(DayError, match="situation_over"):
        situations.stop(session, clock(), ZAHRA, rain)


def test_another_one_takes_its_place(line, rain, database, desk, clock):
    clock.move(minutes=5)
    with database.transaction() as session:
        situations.start(session, desk, clock(), ZAHRA, "snow")
    words = line.dials().words
    assert desk.catalogue.prompts["banner_snow"][:20] in words
    assert desk.catalogue.prompts["banner_rain"][:20] not in words


def test_one_planned_for_later_waits(line, database, desk, clock):
    clock_now = clock()
    with database.transaction() as session:
        clock.move(hours=3)
        situations.start(session, desk, clock_now, ZAHRA, "nowruz", clock())
    clock.time = clock_now
    assert desk.catalogue.prompts["banner_nowruz"][:20] not in line.dials().words
    clock.move(hours=3)
    assert desk.catalogue.prompts["banner_nowruz"][:20] in line.dials().words


@pytest.mark.parametrize("hours", [(0, 0), (-5, -1), (2, 1), (0, 24 * 40)])
def test_a_time_that_cannot_be_is_refused(database, desk, clock, hours):
    now = clock()
    begins, ends = (now + timedelta(hours=n) for n in hours)
    with database.transaction() as session, pytest.raises(DayError, match="bad_window"):
        situations.start(session, desk, now, ZAHRA, "rain", begins, ends)


def test_one_answer_reaches_every_caller_once(city, line, rain, database, desk, clock):
    for n, number in enumerate([*NUMBERS, NUMBERS[0]], start=1):
        reports(line, number, n)
        clock.move(minutes=1)
    assert answers(database, desk, clock, rain) == 4
    rung = []
    for _ in range(6):
        before = len(city.office.telephony.asked)
        for n, asked in enumerate(city.sweep(), start=before + 1):
            rung.append(asked.to)
            Citizen(line, asked, outgoing_sid(n)).picks_up().presses("1").ends()
        clock.move(minutes=10)
    assert sorted(rung) == NUMBERS


def test_a_citizen_hears_their_own_code(city, line, rain, database, desk, clock):
    reports(line, NUMBERS[0], 1)
    own = line.rows("tickets")[0]["code"]
    answers(database, desk, clock, rain)
    heard = city.rings().picks_up().words
    facts = {"own_code": own, "ticket_category": "situation.rain", "ticket_district": "4"}
    facts |= {"ticket_date": f"{desk.local(clock()):%Y-%m-%d}", "answer_kind": "done"}
    clips = " ".join(clip.words for clip in desk.speech.clips("feedback_about", facts) if clip.words)
    assert clips in heard


def test_a_second_answer_is_only_for_those_who_came_after_the_first(line, rain, database, desk, clock):
    reports(line, NUMBERS[0], 1)
    answers(database, desk, clock, rain)
    reports(line, NUMBERS[1], 2)
    assert answers(database, desk, clock, rain, "now here, too") == 1
    with pytest.raises(DayError, match="nothing_to_answer"):
        answers(database, desk, clock, rain)


def test_what_was_answered_on_its_own_is_left_alone(city, line, rain, database, desk, clock):
    reports(line, NUMBERS[0], 1)
    reports(line, NUMBERS[1], 2)
    city.answer(line.rows("tickets")[0]["code"])
    assert answers(database, desk, clock, rain) == 1
    assert city.ticket(line.rows("tickets")[0]["code"]).state == "answered"


def test_reports_of_another_rain_are_left_alone(line, rain, database, desk, clock):
    reports(line, NUMBERS[0], 1)
    clock.move(hours=30)
    with database.transaction() as session:
        again = situations.start(session, desk, clock(), ZAHRA, "rain").id
    reports(line, NUMBERS[1], 2)
    assert answers(database, desk, clock, again) == 1
    assert answers(database, desk, clock, rain) == 1


def test_many_reports_are_gathered_some_at_a_time(line, rain, database, desk, clock, monkeypatch):
    monkeypatch.setattr(situations, "AT_ONCE", 2)
    for n, number in enumerate([*NUMBERS, *NUMBERS], start=1):
        reports(line, number, n)
    assert answers(database, desk, clock, rain) == 6
