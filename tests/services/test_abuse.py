"""A number that abused the line: kept to messages for a time, never to silence."""

from datetime import timedelta

import pytest

from db.queries import day as rows
from ivr.services import abuse, managers, situations
from ivr.services.day import DayError
from ivr.services.history import Author

ZAHRA = Author("zahra", "desk")
NUMBER = "+989121234567"


@pytest.fixture
def limited(database, desk, clock):
    """Give a function that limits the number for a day; gives the limit's own number."""

    def limit(number="0912 123 4567", reason="insult", hours=24):
        with database.transaction() as session:
            until = clock() + timedelta(hours=hours)
            return abuse.limit(session, desk, clock(), ZAHRA, number, reason, "shouted", until).id

    return limit


def test_it_ends_by_itself(line, limited, desk, clock):
    limited()
    menu = desk.catalogue.prompts["limited_menu"].split(".")[1][:20]
    assert menu in line.dials(NUMBER).words
    assert menu not in line.dials("+989121234568").words
    clock.move(hours=24)
    assert menu not in line.dials(NUMBER).words


def test_it_is_lifted_and_written_down(line, limited, database, desk, clock):
    one = limited()
    with database.transaction() as session:
        abuse.lift(session, clock(), ZAHRA, one)
    assert desk.catalogue.prompts["limited_menu"].split(".")[1][:20] not in line.dials(NUMBER).words
    with database.reading() as session:
        deeds = rows.deeds(session, ("caller_limited", "caller_freed"), 9)
    assert [(deed.actor, deed.action, deed.target) for deed in deeds] == [
        ("zahra", "caller_freed", NUMBER),
        ("zahra", "caller_limited", NUMBER),
    ]
    with database.transaction() as session, pytest.raises(DayError, match="limit_over"):
        abuse.lift(session, clock(), ZAHRA, one)


def test_even_in_the_rain_with_a_manager_on_the_line(line, limited, database, desk, clock):
    limited()
    with database.transaction() as session:
        now = clock()
        situations.start(session, desk, now, ZAHRA, "rain")
        window = now, now + timedelta(hours=1)
        managers.plan(session, desk, now, ZAHRA, "answers", "the mayor", "sip:101", window, 9)
    caller = line.dials(NUMBER)
    assert caller.presses("1").words.startswith(" ".join(desk.catalogue.prompts["info_emergency"].split())[:20])
    caller.presses("2").speaks(f"RE{1:032x}").hangs_up()
    assert [row["category"] for row in line.rows("tickets")] == ["other"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"number": "12"}, "bad_number"), ({"reason": "dislike"}, "no_reason"), ({"hours": 0}, "bad_window")],
)
def test_what_cannot_be_is_refused(limited, wrong, why):
    with pytest.raises(DayError, match=why):
        limited(**wrong)


def test_once_is_enough(limited):
    limited()
    with pytest.raises(DayError, match="limited_already"):
        limited()
