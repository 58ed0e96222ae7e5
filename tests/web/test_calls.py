"""A supervisor reads the call log: everything is in it, everything narrows it, nothing leaves it unseen."""

import csv
import html
import io
import re
import zipfile
from datetime import datetime

import pytest
from sqlalchemy import select

from db.models import Audit, Call, CallEvent
from db.queries import log
from ivr import sheets
from ivr.web.labels import labels
from tests.web.staff import hires
from tests.web.test_voice import RE2, report

LANDLINE = "+982532123456"


@pytest.fixture
def samira(app):
    return hires(app, "samira", "supervisor").logs_in()


@pytest.fixture
def morning(line, clock):
    """Four citizens have rung: a report from district 6, one who gave up there, information, and a follow-up."""
    report(line, subject="1", district="6").presses("1").hangs_up()
    clock.move(minutes=5)
    line.dials(LANDLINE).presses("1").presses("3").presses("6").hangs_up()
    clock.move(minutes=5)
    line.dials("+989351234567").presses("3").presses("2").hangs_up()
    clock.move(minutes=5)
    code = line.rows("tickets")[0]["code"]
    line.dials().presses("2").presses(code).hangs_up()
    clock.move(minutes=5)
    return code


def shown(page):
    return [int(one) for one in re.findall(r'class="row-link" href="/calls/(\d+)', page)]


def audited(line, action):
    with line.app.extensions["ivr"].database.reading() as session:
        lines = session.scalars(select(Audit).where(Audit.action == action).order_by(Audit.id))
        return [(one.actor, one.target, one.detail, one.address) for one in lines]


def test_every_call_is_there_newest_first_with_what_came_of_it(samira, morning):
    samira.opens("/calls")
    assert shown(samira.page) == [4, 3, 2, 1]
    for code in ("follow_up", "information", "report"):
        assert samira.reads(labels()["call_disposition"][code])
    assert samira.reads(f"{labels()['call_disposition']['abandoned']}: {labels()['node']['ask_issue']}")
    assert f'href="/tickets/{morning}"' in samira.page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"disposition": "abandoned"}, [2]),
        ({"disposition": "abandoned", "left_at": "ask_issue"}, [2]),
        ({"disposition": "abandoned", "left_at": "main"}, []),
        ({"disposition": "report"}, [1]),
        ({"district": "6"}, [4, 2, 1]),
        ({"district": "6", "disposition": "abandoned"}, [2]),
        ({"category": "clean"}, [4, 1]),
        ({"category": "clean.road"}, []),
        ({"direction": "outbound"}, []),
        ({"direction": "inbound", "by": "menu"}, [4, 3, 2, 1]),
        ({"language": "fa"}, [4, 3, 2, 1]),
        ({"language": "ar"}, []),
        ({"led_to": "ticket"}, [1]),
        ({"led_to": "callback"}, []),
        ({"led_to": "nothing"}, [4, 3, 2, 1][:3]),
        ({"visited": "ask_code"}, [4]),
        ({"q": "025 3212 3456"}, [2]),
        ({"q": "\u06f0\u06f9\u06f1\u06f2 \u06f1\u06f2\u06f3 \u06f4\u06f5\u06f6\u06f7"}, [4, 1]),
        ({"when": "today"}, [4, 3, 2, 1]),
        ({"when": "yesterday"}, []),
        ({"from": "1405/09/03", "to": "1405/09/03"}, [4, 3, 2, 1]),
        ({"from": "1405/09/04"}, []),
        ({"from": "nonsense", "before": "nonsense"}, [4, 3, 2, 1]),
    ],
)
def test_anything_narrows_the_log(samira, morning, asked, found):
    assert shown(samira.opens("/calls", query_string=asked).page) == found


def test_a_code_and_words_find_the_calls_around_them(samira, line, morning):
    assert shown(samira.opens("/calls", query_string={"q": morning}).page) == [1]
    samira.opens(f"/tickets/{morning}").submits("/tickets/1/note", text="opposite the old bakery")
    assert shown(samira.opens("/calls", query_string={"q": "old bake"}).page) == [1]
    assert shown(samira.opens("/calls", query_string={"q": "bakery mosque"}).page) == []
    assert shown(samira.opens("/calls", query_string={"q": "'; --"}).page) == [4, 3, 2, 1]


def test_the_log_follows_what_the_desk_finds_out(samira, morning):
    samira.opens(f"/tickets/{morning}").submits("/tickets/1/district", district="2")
    assert shown(samira.opens("/calls", query_string={"district": "2"}).page) == [1]


def test_pages_follow_each_other_without_a_gap(samira, line, clock, app, monkeypatch):
    for _ in range(7):
        line.dials().hangs_up()  # all in one second
    monkeypatch.setattr("ivr.web.calls.PAGE", 3)
    seen = shown(samira.opens("/calls").page)
    while onward := re.search(r'rel="next"[^>]* href="([^"]+)"', samira.page):
        seen += shown(samira.opens(html.unescape(onward[1])).page)
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_rare_thing_is_looked_for_piece_by_piece(samira, line, monkeypatch):
    report(line, recording=RE2).presses("1").hangs_up()
    for _ in range(5):
        line.dials(LANDLINE).hangs_up()
    monkeypatch.setattr(log, "LOOKED_AT", 2)
    samira.opens("/calls", query_string={"led_to": "ticket"})
    steps = 0
    while not shown(samira.page):
        onward = re.search(r'rel="next"[^>]* href="([^"]+)"', samira.page)
        samira.opens(html.unescape(onward[1]))
        steps += 1
    assert (shown(samira.page), steps) == ([1], 2)


def test_a_calls_page_tells_its_way_in_words(samira, morning):
    samira.opens("/calls/1", query_string={"district": "6"})
    words = labels()
    for node in ("main", "subject", "district", "ask_issue"):
        assert samira.reads(words["node"][node])
    assert samira.reads(samira.app.extensions["ivr"].desk.catalogue.prompts["ask_issue"])
    assert f'href="/tickets/{morning}"' in samira.page
    assert '/calls/2?district=6"' in samira.page  # the newer one of the same question
    assert "/calls/4" in samira.page  # of the same number
    assert samira.opens("/calls/99").status == 404


def test_a_call_is_judged_by_hand_and_it_stays_known(samira, line, morning):
    samira.opens("/calls/3").submits("/calls/3/disposition", disposition="nuisance", text="laughs and rings off")
    assert shown(samira.opens("/calls", query_string={"disposition": "nuisance"}).page) == [3]
    assert shown(samira.opens("/calls", query_string={"q": "laughs"}).page) == [3]
    with line.app.extensions["ivr"].database.reading() as session:
        (event,) = session.scalars(select(CallEvent))
        assert (event.author, event.old, event.new) == ("samira", "information", "nuisance")
    assert audited(line, "disposition") == [("samira", "call:3", "information > nuisance", "127.0.0.1")]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"disposition": "report", "text": "because"}, "unknown_disposition"),
        ({"disposition": "nuisance", "text": " "}, "empty_text"),
    ],
)
def test_what_cannot_be_said_of_a_call_changes_nothing(samira, line, morning, typed, reason):
    assert samira.opens("/calls/3").submits("/calls/3/disposition", **typed).status == 422
    assert samira.reads(labels()["error"][reason])
    assert line.rows("calls")[2]["disposition"] == "information"


def test_a_running_call_is_not_judged(samira, line):
    line.dials()
    samira.opens("/calls/1")
    assert "/calls/1/disposition" not in samira.page


def test_a_view_is_kept_under_a_name_and_is_ones_own(app, samira, morning):
    samira.opens("/calls", query_string={"district": "6", "disposition": "abandoned"})
    samira.submits("/calls/views", name="left in six")
    assert shown(samira.page) == [2]
    assert "left in six" in samira.opens("/calls").page
    assert "left in six" not in hires(app, "omid", "supervisor").logs_in().opens("/calls").page
    samira.submits("/calls/views/1/delete")
    assert "left in six" not in samira.opens("/calls").page


def exported(samira, kind, **asked):
    samira.opens("/calls", query_string=asked)
    token = re.search(r'name="csrf_token" value="([^"]+)"', samira.page)[1]
    with samira.client.post("/calls/export", data={"csrf_token": token, "format": kind, **asked}) as answer:
        return answer.status_code, answer.get_data()


def test_what_is_asked_for_leaves_as_csv(samira, line, morning):
    _, sent = exported(samira, "csv", district="6")
    rows = list(csv.reader(io.StringIO(sent.decode("utf-8-sig"))))
    assert rows[0] == list(labels()["export"].values())
    assert len(rows) == 4
    assert rows[-1][2] == "0912 123 4567"
    assert rows[-1][-2] == morning
    assert audited(line, "exported") == [("samira", "calls", "csv district=6", "127.0.0.1")]


def test_what_is_asked_for_leaves_as_a_sheet_from_right_to_left(samira, morning):
    _, sent = exported(samira, "xlsx", disposition="abandoned")
    with zipfile.ZipFile(io.BytesIO(sent)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert 'rightToLeft="1"' in sheet
        assert sheet.count("<row ") == 2
        assert "<f>" not in sheet


def test_an_export_that_nobody_can_read_is_refused(samira, line, morning, monkeypatch):
    console = samira.app.extensions["ivr"].desk.config.console
    monkeypatch.setattr(console, "__dict__", {**vars(console), "export_rows": 2})
    assert exported(samira, "csv")[0] == 302
    samira.opens("/calls")
    assert samira.reads(labels()["error"]["too_many_rows"].format(n="\u06f2"))
    assert audited(line, "exported") == []


@pytest.mark.parametrize("cell", ["=1+1", "+98", "-2", "@sum", "\t=1", " =cmd"])
def test_no_cell_is_carried_out(cell):
    assert sheets.harmless(cell) == f"'{cell}"
    assert sheets.harmless("plain") == "plain"
    assert sheets.harmless(7) == 7


def test_a_forged_export_is_refused(samira, morning):
    assert samira.client.post("/calls/export", data={"format": "csv"}).status_code == 400


def test_a_talk_is_found_by_who_had_it(samira, app, line, clock):
    """What operators and the hotline itself ring is in the log, with whose number it was."""
    with app.extensions["ivr"].database.transaction() as session:
        now = datetime.fromisoformat("2026-11-24T06:00:00+00:00")
        known = {"account_sid": "AC", "direction": "outbound", "started_at": now, "last_turn_at": now, "ended_at": now}
        session.add(Call(sid="CAx", flow="callback", number=LANDLINE, handled_by=1, **known))
        session.add(Call(sid="CAy", flow="feedback", number=LANDLINE, **known))
    assert shown(samira.opens("/calls", query_string={"by": "1"}).page) == [1]
    assert shown(samira.opens("/calls", query_string={"by": "machine"}).page) == [2]
    assert shown(samira.opens("/calls", query_string={"q": LANDLINE}).page) == [2, 1]
