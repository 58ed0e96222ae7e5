"""A call whose turns lie in an archive: its pages say so, and do not look as if nothing had been pressed."""

import csv
import io
import re

import pytest

from db.models import Call
from db.queries import archive as rows
from ivr.web import show
from tests.web.staff import Forms, hires
from tests.web.test_voice import report

MONTH = "1405-09"
SAID = show.archive(MONTH)


@pytest.fixture
def samira(app):
    return hires(app, "samira", "supervisor").logs_in()


@pytest.fixture
def call(line, database):
    """A call with a ticket, whose turns went."""
    report(line, subject="1", district="6").presses("1").hangs_up()
    with database.transaction() as session:
        (call,) = session.query(Call)
        rows.let_go(session, [call.id], MONTH)
        sid, call_id = call.sid, call.id
    return sid, call_id


def way(page):
    """Cut out the part of the page that shows a call's way."""
    return re.search(r'aria-labelledby="way">(.*?)</section>', page, re.DOTALL)[1]


def test_its_page_says_where_the_steps_are(samira, call):
    sid, call_id = call
    samira.opens(f"/calls/{call_id}")
    assert samira.status == 200
    assert SAID in way(samira.page)
    assert f"ivr archive --show {sid}" in way(samira.page)
    assert way(samira.page).count('class="event"') == 1, "its end is known"


def test_its_tickets_page_does_not_say_that_no_key_was_pressed(samira, call, line):
    samira.opens(f"/tickets/{line.rows('tickets')[0]['code']}")
    assert samira.status == 200
    assert SAID in samira.page


def test_a_call_with_turns_is_shown_as_before(samira, line):
    report(line, subject="1", district="6").presses("1").hangs_up()
    samira.opens("/calls/1")
    assert SAID not in samira.page
    assert "ivr archive" not in samira.page
    assert way(samira.page).count('class="event"') > 4


def test_its_row_in_an_export_says_so(samira, call, line):
    samira.opens("/calls")
    token = Forms(samira.page).found["/calls/export"]["csrf_token"]
    with samira.client.post("/calls/export", data={"csrf_token": token, "format": "csv"}) as answer:
        header, row = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    assert SAID in row
    assert len(row) == len(header)
    (whole,) = line.rows("calls")
    assert (whole["archived"], whole["path"]) == (MONTH, [])
