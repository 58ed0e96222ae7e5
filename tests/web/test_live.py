"""Open pages are told what changed; those beyond the limit ask instead."""

import json

import pytest

from ivr.web import live
from tests.web.staff import hires


@pytest.fixture
def zahra(app, monkeypatch):
    monkeypatch.setattr(live, "watch", live.Watch())
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.0)
    return hires(app).logs_in()


def test_every_change_has_another_mark(zahra, line):
    before = zahra.client.get("/live/marks").get_json()
    line.dials().presses("0")
    after = zahra.client.get("/live/marks").get_json()
    assert before["queue"] != after["queue"]
    assert before["tickets"] == after["tickets"]
    line.dials("+989120000001").presses("4").presses("1").speaks("RE" + "1" * 32).presses("1")
    assert zahra.client.get("/live/marks").get_json()["tickets"] != after["tickets"]


def test_a_stream_tells_what_is_so_and_then_what_changes(zahra, line, monkeypatch):
    monkeypatch.setattr(live, "STREAM_SECONDS", 60)
    answer = zahra.client.get("/live/stream", buffered=False)
    told = iter(answer.response)
    assert next(told).startswith(b"retry:")
    first = json.loads(next(told).removeprefix(b"data: "))
    assert next(told) == b": still here\n\n"
    line.dials().presses("0")
    assert json.loads(next(told).removeprefix(b"data: "))["queue"] != first["queue"]
    answer.close()


def test_too_many_listeners_are_told_to_ask_instead(zahra, app):
    console = app.extensions["ivr"].desk.config.console.model_copy(update={"live_streams": 1})
    object.__setattr__(app.extensions["ivr"].desk.config, "console", console)
    first = zahra.client.get("/live/stream", buffered=False)
    next(iter(first.response))
    assert zahra.client.get("/live/stream").status_code == 503
    first.close()
    third = zahra.client.get("/live/stream", buffered=False)
    assert third.status_code == 200
    third.close()


def test_a_page_says_that_somebody_is_there(zahra, line):
    token = zahra.opens("/callbacks").page.split('data-token="')[1].split('"')[0]
    assert zahra.client.post("/presence/beat", headers={"X-CSRFToken": token}).status_code == 204
    assert zahra.opens("/callbacks").reads("zahra")
    assert zahra.client.post("/presence/beat").status_code == 400, "not without its token"


def test_what_is_taken_live_is_refused_whole_or_kept_whole(zahra, line):
    zahra.opens("/intake")
    taken = {"number": "12", "category": "clean", "district": "3", "description": "dirt"}
    assert zahra.submits("/intake", **taken).status == 422
    assert zahra.reads("dirt"), "what was written is still there"
    zahra.submits("/intake", **{**taken, "number": "", "district": "unknown", "refer": "yes"})
    assert zahra.status == 422
    zahra.submits("/intake", **{**taken, "number": "", "callback": "yes"})
    assert zahra.status == 422
    assert line.rows("tickets") == []
    persian = "0912 123 4567".translate({48 + n: 0x6F0 + n for n in range(10)})
    zahra.submits("/intake", **{**taken, "number": persian, "callback": "yes", "window": "evening"})
    (row,) = line.rows("tickets")
    assert (row["caller"], row["district"]) == ("+989121234567", "3")
    assert [one["type"] for one in line.rows("callbacks")] == ["clarify"]
