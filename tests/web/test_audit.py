"""Who listened, looked, exported and logged in is written down before it happens."""

import re

import pytest
from sqlalchemy import select

from db.models import Audit
from db.session import SQLAlchemyError
from ivr.services import audit, users
from ivr.web.labels import labels
from tests.web.staff import PASSWORD, Staff, hires
from tests.web.test_console import stored
from tests.web.test_voice import RE1, report


def lines(app, *actions):
    with app.extensions["ivr"].database.reading() as session:
        found = session.scalars(select(Audit).where(Audit.action.in_(actions)).order_by(Audit.id))
        return [(one.actor, one.action, one.target) for one in found]


@pytest.fixture
def samira(app):
    return hires(app, "samira", "supervisor").logs_in()


@pytest.fixture
def heard(line, speech_bytes):
    report(line).presses("1").hangs_up()
    return stored(line, RE1, speech_bytes)


@pytest.fixture
def speech_bytes(desk):
    return desk.speech.clips("goodbye", {})[0].path.read_bytes()


def test_each_listening_is_one_line(app, samira, heard, clock):
    listened = ("samira", "listened", "recording:1")
    for asked, expected in ((None, 1), ("bytes=0-", 2), ("bytes=500-", 2), ("bytes=0-99", 3)):
        samira.client.get(samira.address(heard), headers={"Range": asked} if asked else {}).close()
        assert lines(app, "listened") == [listened] * expected, asked
    clock.move(minutes=30)
    samira.client.get(samira.address(heard), headers={"Range": "bytes=700-"}).close()
    assert lines(app, "listened") == [listened] * 4


def test_nothing_is_heard_that_cannot_be_written_down(app, samira, heard, monkeypatch):
    def full(*_, **__):
        raise SQLAlchemyError("the disk is full")

    address = samira.address(heard)
    monkeypatch.setattr(audit, "listened", full)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = samira.client.get(address)
    assert answer.status_code == 500
    assert b"RIFF" not in answer.data


def test_who_comes_in_and_who_fails_to(app):
    zahra = hires(app)
    zahra.logs_in("wrong password")
    zahra.logs_in()
    stranger = hires(app, "ali")
    stranger.name = "my secret password"
    stranger.logs_in()
    assert lines(app, "login", "login_failed") == [
        ("zahra", "login_failed", ""),
        ("zahra", "login", ""),
        ("unknown", "login_failed", ""),
    ]


def test_looking_at_a_citizens_number_is_noted_once_a_sitting(app, samira, line, clock):
    report(line).presses("1").hangs_up()
    code = line.rows("tickets")[0]["code"]
    for _ in range(3):
        samira.opens("/calls/1").opens(f"/tickets/{code}")
    clock.move(minutes=11)
    samira.opens("/calls/1")
    assert [target for _, _, target in lines(app, "looked")] == ["call:1", f"ticket:{code}", "call:1"]


def test_a_supervisor_reads_the_log_and_narrows_it(samira, line):
    report(line).presses("1").hangs_up()
    samira.opens("/calls/1").opens("/calls?district=3").opens("/audit")
    assert samira.reads(labels()["audit"]["searched"])
    assert "district=3" in samira.page
    for asked, found in (
        ({"action": "looked"}, ["looked"]),
        ({"action": "searched", "actor": "samira"}, ["searched"]),
        ({"target": "call:1"}, ["looked"]),
        ({"actor": "nobody"}, []),
        ({"from": "1405/09/04"}, []),
        ({"action": "looked", "to": "1405/09/03"}, ["looked"]),
    ):
        samira.opens("/audit", query_string=asked)
        assert re.findall(r'data-action="(\w+)"', samira.page) == found, asked


SUPERVISED = {"calls", "call_views", "call_export", "audit", "reviews"}


@pytest.mark.parametrize(
    ("name", "role", "scope", "own"),
    [("zahra", "operator", "", 200), ("reza", "district", "district.3", 403), ("mina", "unit", "unit.parks", 403)],
)
def test_supervisors_pages_are_closed_to_everybody_else(app, line, name, role, scope, own):
    report(line).presses("1").hangs_up()
    shell = app.extensions["ivr"]
    with shell.database.transaction() as session:
        users.add(session, name, role, PASSWORD, shell.now(), scope=scope)
    somebody = Staff(app, name).logs_in()
    token = re.search(r'name="csrf_token" value="([^"]+)"', somebody.opens("/password").page)[1]
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in SUPERVISED]
    assert len(rules) >= 9
    for rule in rules:
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            path = re.sub("<[^>]+>", "1", rule.rule)
            tried = somebody.client.open(path, method=method, data={"csrf_token": token})
            assert tried.status_code == 403, (method, path)
    assert somebody.opens("/my-reviews").status == own
