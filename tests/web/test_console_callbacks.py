"""An operator's day with the callback queue."""

import re
from datetime import timedelta

import pytest

from db.models import Attempt, Callback
from ivr.services import callbacks, dialling, wrapup
from ivr.services.dialling import News
from ivr.web import again
from ivr.web.labels import labels
from tests.web.staff import hires
from tests.web.test_voice import report

JSON = {"Accept": "application/json"}
FIRST, SECOND = "+989121234567", "+982532123456"


@pytest.fixture
def zahra(app):
    return hires(app).logs_in()


@pytest.fixture
def queue(line, clock):
    """Two citizens have reported and wait to be called: a mobile first, then a landline."""
    for n, number in enumerate((FIRST, SECOND)):
        report(line, recording=f"RE{n + 1:032x}", number=number).presses("1").presses("1").hangs_up()
        clock.move(minutes=10)
    return line


def rows(line):
    return {row["number"]: row for row in line.rows("callbacks")}


def stored(line, number):
    with line.app.extensions["ivr"].database.reading() as session:
        return session.query(Callback).filter_by(number=number).one()


def telephones(line, clock, leg, status):
    """The telephone network reports on the newest try."""
    shell = line.app.extensions["ivr"]
    with shell.database.transaction() as session:
        newest = session.query(Attempt).order_by(Attempt.id.desc()).first()
        dialling.progress(session, shell.desk, newest.id, News(leg, status, "CA1", None), clock())


def phase(zahra, callback=1):
    return zahra.client.get(f"/callbacks/{callback}/state", headers=JSON).get_json()


def test_an_empty_queue_says_what_to_do(zahra):
    zahra.opens("/callbacks")
    assert 'class="empty"' in zahra.page
    assert 'id="next"' not in zahra.page


def test_the_queue_is_shown_in_the_order_of_calling(zahra, queue):
    zahra.opens("/callbacks")
    assert re.findall(r"/callbacks/(\d)/claim", zahra.page) == ["1", "2"]


def test_an_operator_takes_the_next_dials_talks_and_wraps_up(zahra, queue, clock, jobs):
    zahra.opens("/callbacks").submits("/callbacks/next")
    assert 'data-phase="claimed"' in zahra.page
    zahra.submits("/callbacks/1/dial")
    assert jobs[-1] == ("ivr.jobs.dial_attempt", 1)
    assert phase(zahra)["phase"] == "asked"
    telephones(queue, clock, "citizen", "ringing")
    assert phase(zahra)["phase"] == "ringing"
    telephones(queue, clock, "citizen", "answered")
    assert phase(zahra) == {"phase": "talking", "words": labels()["phase"]["talking"], "suggested": ""}
    telephones(queue, clock, "operator", "completed")
    assert phase(zahra)["phase"] == "wrap_up"
    zahra.submits("/callbacks/1/wrap-up", disposition="reached", note="comes on Monday")
    assert zahra.reads(labels()["done"]["wrapped"])
    assert (rows(queue)[FIRST]["state"], rows(queue)[FIRST]["disposition"]) == ("done", "reached")
    assert phase(zahra)["phase"] == "gone"
    zahra.opens(f"/tickets/{rows(queue)[FIRST]['ticket_code']}")
    assert zahra.reads("comes on Monday")


def test_after_a_try_the_card_says_what_the_network_said(zahra, queue, clock):
    zahra.opens("/callbacks").submits("/callbacks/next").submits("/callbacks/1/dial")
    telephones(queue, clock, "citizen", "busy")
    telephones(queue, clock, "operator", "completed")
    assert phase(zahra) == {"phase": "wrap_up", "words": labels()["after"]["busy"], "suggested": "busy"}
    assert zahra.opens("/callbacks").reads(labels()["after"]["busy"])


def test_a_live_page_dials_without_a_new_page(zahra, queue):
    zahra.opens("/callbacks").submits("/callbacks/next")
    token = re.search(r'name="csrf_token" value="([^"]+)"', zahra.page)[1]
    form = {"csrf_token": token}
    assert zahra.client.post("/callbacks/1/dial", data=form, headers=JSON).get_json()["phase"] == "asked"
    again_at_once = zahra.client.post("/callbacks/1/dial", data=form, headers=JSON)
    assert again_at_once.status_code == 409
    assert again_at_once.get_json()["error"] == labels()["error"]["already_dialling"]
    assert rows(queue)[FIRST]["tries"] == 1


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ({"again": "half_hour"}, 0.5),
        ({"again": "two_hours"}, 2),
        ({"again": "tomorrow"}, 22 + 40 / 60),
        ({"again": "chosen", "again_day": "2026-11-26", "again_time": "\u06f1\u06f4:\u06f3\u06f0"}, 52 + 10 / 60),
    ],
)
def test_a_citizen_is_called_again_when_they_asked_for(zahra, queue, clock, typed, hours):
    zahra.opens("/callbacks").submits("/callbacks/next")
    zahra.submits("/callbacks/1/wrap-up", disposition="call_again", note="in a meeting", **typed)
    assert zahra.reads(labels()["done"]["again"])
    assert rows(queue)[FIRST]["state"] == "due_again"
    assert abs(stored(queue, FIRST).due_at - clock() - timedelta(hours=hours)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "typed",
    [
        {"again": "chosen", "again_day": "2026-11-24", "again_time": "08:00"},
        {"again": "chosen", "again_day": "2026-11-26", "again_time": "25:00"},
        {"again": "chosen", "again_day": "", "again_time": ""},
        {"again": ""},
    ],
)
def test_a_time_that_is_none_is_asked_again_and_nothing_typed_is_lost(zahra, queue, typed):
    zahra.opens("/callbacks").submits("/callbacks/next")
    zahra.submits("/callbacks/1/wrap-up", disposition="call_again", note="in a meeting", **typed)
    assert zahra.status == 422
    assert zahra.reads(labels()["error"]["bad_time"])
    assert zahra.reads("in a meeting")
    assert 'value="call_again" required checked' in zahra.page
    assert rows(queue)[FIRST]["state"] == "claimed"


@pytest.mark.parametrize(
    ("written", "meant"), [("9", "09:00"), ("930", "09:30"), ("9.05", "09:05"), ("14:30", "14:30")]
)
def test_a_time_of_day_is_understood_in_short_forms(clock, desk, written, meant):
    form = {"again": "chosen", "again_day": "2026-11-25", "again_time": written}
    assert f"{again.moment(form, desk.local(clock())):%F %H:%M}" == f"2026-11-25 {meant}"


def test_a_callback_goes_back_to_its_place(zahra, queue):
    zahra.opens("/callbacks").submits("/callbacks/next").submits("/callbacks/1/release")
    assert zahra.reads(labels()["done"]["released"])
    assert rows(queue)[FIRST]["state"] == "queued"
    zahra.submits("/callbacks/next")
    assert stored(queue, FIRST).state == "claimed"


def test_nobody_gets_what_somebody_else_has(app, zahra, queue):
    ali = hires(app, "ali").logs_in().opens("/callbacks")
    zahra.opens("/callbacks").submits("/callbacks/1/claim")
    ali.submits("/callbacks/1/claim")
    assert (ali.status, ali.reads(labels()["error"]["taken"])) == (409, True)
    ali.submits("/callbacks/next")
    assert (stored(queue, FIRST).claimed_by, stored(queue, SECOND).claimed_by) == (1, 2)


def test_one_operator_holds_one_callback(zahra, queue):
    zahra.opens("/callbacks")
    before = zahra.page
    zahra.submits("/callbacks/1/claim")
    zahra.page = before
    zahra.submits("/callbacks/2/claim")
    assert (zahra.status, zahra.reads(labels()["error"]["holds_another"])) == (409, True)


def test_an_operator_whose_lease_ran_out_writes_no_more(app, zahra, queue, clock):
    zahra.opens("/callbacks").submits("/callbacks/next")
    clock.move(minutes=30)
    with app.extensions["ivr"].database.transaction() as session:
        callbacks.return_expired(session, clock(), 10)
    assert phase(zahra)["phase"] == "gone"
    zahra.submits("/callbacks/1/wrap-up", disposition="reached", note="too late")
    assert (zahra.status, zahra.reads(labels()["error"]["not_yours"])) == (422, True)
    assert rows(queue)[FIRST]["state"] == "queued"


def test_at_night_nobody_is_due_but_somebody_can_be_picked(line, clock):
    clock.move(hours=13)
    report(line).presses("1").presses("1").hangs_up()
    night = hires(line.app, "night").logs_in().opens("/callbacks")
    night.submits("/callbacks/next")
    assert (night.status, night.reads(labels()["error"]["nothing_waits"])) == (409, True)
    night.submits("/callbacks/1/claim")
    assert 'id="work"' in night.page


def test_what_was_given_up_is_shown_to_the_supervisor_only(app, zahra, queue, clock):
    with app.extensions["ivr"].database.transaction() as session:
        callback = session.query(Callback).filter_by(number=FIRST).one()
        callback.state, callback.disposition, callback.note = "given_up", "no_answer", "three times"
        callback.closed_at = clock()
    maryam = hires(app, "maryam", "supervisor").logs_in()
    assert maryam.opens("/callbacks").reads("three times")
    assert not zahra.opens("/callbacks").reads("three times")


def test_everything_the_queue_can_say_has_words():
    words = labels()
    assert set(wrapup.DISPOSITIONS) <= set(words["disposition"])
    assert set(again.OFFERS) <= set(words["again"])
    assert {"not_yours", "holds_another", "already_dialling", "number_not_allowed", "no_telephone"} <= set(
        words["error"]
    )
