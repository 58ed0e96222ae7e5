"""Citizens call; every branch is walked over signed HTTP."""

import pytest
from flask import session
from flask.sessions import NullSession

from db.models import Call
from ivr.telephony.signature import sign

RE1, RE2, RE3 = (f"RE{n:032x}" for n in (1, 2, 3))


def tickets(line):
    return line.rows("tickets")


def report(line, *, subject="3", district="3", recording=RE1, number="+989121234567"):
    call = line.dials(number)
    call.presses("1").presses(subject).presses(district)
    return call.speaks(recording)


def test_a_telephone_is_given_no_cookie(line):
    reply = line.post("http://hotline.test/voice/answer", line.dials(answered=False).form())
    assert (reply.status_code, reply.headers.get("Set-Cookie"), reply.headers.get("Vary")) == (200, None, None)
    kinds = {}
    for path in ("/voice/answer", "/login"):
        with line.app.test_request_context(path):
            kinds[path] = isinstance(session, NullSession)
    assert kinds == {"/voice/answer": True, "/login": False}


def test_a_report_opens_a_ticket_and_says_its_code_twice(line, jobs):
    call = report(line).presses("1")
    (ticket,) = tickets(line)
    assert (ticket["district"], ticket["category"], ticket["state"]) == ("3", "road", "new")
    assert ticket["caller"] == "+989121234567"
    assert [r["sid"] for r in ticket["recordings"]] == [RE1]
    code = " ".join(
        digit.words for digit in (line.desk.speech.clips("ticket_code", {"code": ticket["code"]})) if digit.words
    )
    assert call.words.startswith(code)
    assert len(list(call.document.iter("Play"))) > 2 * len(ticket["code"])
    assert ("ivr.jobs.fetch_recording", 1) in jobs


@pytest.mark.parametrize(
    ("key", "category"),
    list(zip("1234567", ("clean", "green", "road", "drain", "obstruct", "traffic", "other"), strict=True)),
)
def test_every_subject_has_its_key(line, key, category):
    report(line, subject=key).presses("")
    assert tickets(line)[0]["category"] == category


def test_nine_is_an_unknown_district(line):
    report(line, district="9").presses("1")
    assert tickets(line)[0]["district"] == "unknown"


@pytest.mark.parametrize(
    ("key", "category"),
    list(zip("1234", ("voice.complaint", "voice.criticism", "voice.suggestion", "thanks"), strict=True)),
)
def test_a_voice_is_a_ticket_too(line, key, category):
    line.dials().presses("4").presses(key).speaks(RE1).presses("1").hangs_up()
    assert tickets(line)[0]["category"] == category
    assert line.rows("calls")[0]["disposition"] == "voice"


def test_a_call_goes_on_where_a_process_of_the_version_before_took_the_last_turn(line, database):
    call = line.dials().presses("1").presses("3")
    with database.transaction() as session:
        session.query(Call).one().last_turn = 0
    call.presses("3").speaks(RE1).presses("1")
    assert [ticket["district"] for ticket in tickets(line)] == ["3"]


def test_a_second_try_replaces_the_first(line):
    call = report(line).presses("2")
    call.speaks(RE2).presses("1")
    (ticket,) = tickets(line)
    assert [r["sid"] for r in ticket["recordings"]] == [RE2]
    assert {r["sid"]: r["replaced"] for r in line.rows("recordings")} == {RE1: True, RE2: False}


def test_the_first_try_comes_back_if_the_second_was_empty(line):
    call = report(line).presses("2")
    call.speaks(RE2).presses("1")
    call.reports(RE2, "absent")
    assert {r["sid"] for r in tickets(line)[0]["recordings"]} == {RE1, RE2}


def test_one_after_the_code_asks_for_a_callback(line):
    call = report(line).presses("1").presses("1")
    (callback,) = line.rows("callbacks")
    assert (callback["number"], callback["ticket_code"]) == ("+989121234567", tickets(line)[0]["code"])
    assert call.verbs[-1] == "Hangup"


def test_anything_else_ends_with_thanks(line):
    assert report(line).presses("1").presses("5").verbs[-1] == "Hangup"
    assert line.rows("callbacks") == []


def test_following_up_by_the_last_four_digits_from_the_same_telephone(line):
    report(line).presses("1").hangs_up()
    code = tickets(line)[0]["code"]
    call = line.dials().presses("2").presses(code[-4:])
    call.presses("1").speaks(RE2)
    assert [(r["sid"], r["kind"]) for r in tickets(line)[0]["recordings"]] == [(RE1, "issue"), (RE2, "note")]


def test_somebody_elses_ending_sounds_like_a_wrong_code(line):
    report(line).presses("1").hangs_up()
    code = tickets(line)[0]["code"]
    stranger = line.dials("+989350000000").presses("2")
    theirs = stranger.presses(code[-4:]).words
    wrong = stranger.presses("0000000000").words
    assert theirs == wrong
    stranger.presses("1234")
    stranger.presses("1")
    assert [c["number"] for c in line.rows("callbacks")] == ["+989350000000"]


def test_the_whole_code_is_enough_from_any_telephone(line):
    report(line).presses("1").hangs_up()
    call = line.dials("anonymous").presses("2").presses(tickets(line)[0]["code"])
    assert call.waits("Gather").get("numDigits") == "1"
    assert line.rows("calls")[-1]["disposition"] == "follow_up"


def test_guessing_is_throttled_per_caller(line):
    report(line, number="+989120000001").presses("1").hangs_up()
    code = tickets(line)[0]["code"]
    for _ in range(4):
        guesser = line.dials("+989350000000").presses("2")
        for _ in range(3):
            if guesser.document.find("Gather") is not None:
                guesser.presses("0000000000")
    late = line.dials("+989350000000").presses("2").presses(code)
    early = line.dials("+989360000000").presses("2").presses(code)
    assert late.words != early.words


def test_information_needs_no_ticket(line):
    call = line.dials().presses("3").presses("3")
    call.hangs_up()
    assert tickets(line) == []
    assert line.rows("calls")[0]["disposition"] == "information"


def test_zero_queues_an_intake_and_says_how_many_wait(line):
    line.dials("+989120000001").presses("0")
    call = line.dials("+989120000002").presses("0")
    assert [c["type"] for c in line.rows("callbacks")] == ["intake", "intake"]
    assert call.verbs[-1] == "Hangup"
    again = line.dials("+989120000002").presses("0")
    assert len(line.rows("callbacks")) == 2
    assert again.words != call.words


def test_a_withheld_number_keys_in_one_that_is_read_back(line):
    call = line.dials("anonymous").presses("0")
    call.presses("123").presses("+").presses("37123456").presses("1")
    assert [c["number"] for c in line.rows("callbacks")] == ["+982537123456"]


@pytest.mark.parametrize("number", ["0090012345", "00447911123456", "09001234", "1234567890"])
def test_a_number_that_would_cost_is_refused(line, number):
    line.dials("anonymous").presses("0").presses(number)
    assert line.rows("callbacks") == []


def test_star_repeats_without_counting(line):
    call = line.dials()
    greeting, *menu = [play.text for play in call.waits("Gather").iter("Play")]
    assert menu
    for _ in range(5):
        call.presses("*")
        assert [play.text for play in call.waits("Gather").iter("Play")][-len(menu) :] == menu
        assert greeting not in call.document.itertext()


def test_silence_three_times_leads_to_a_message(line):
    call = line.dials().presses("").presses("8").presses("")
    call.speaks(RE1)
    call.hangs_up()
    (ticket,) = tickets(line)
    assert (ticket["category"], ticket["district"]) == ("other", "unknown")


def test_an_empty_recording_still_leaves_its_ticket(line):
    call = line.dials().presses("1").presses("2").presses("4")
    call.says_nothing().says_nothing()
    (ticket,) = tickets(line)
    assert (ticket["category"], ticket["district"], ticket["recordings"]) == ("green", "4", [])


@pytest.mark.parametrize("order", ["action first", "status first", "callback only", "callback last"])
def test_hanging_up_while_speaking_keeps_what_was_said(line, order):
    call = line.dials().presses("1").presses("4").presses("6")
    news = {
        "action first": lambda: (call.speaks(RE1, digits="hangup"), call.hangs_up(), call.reports(RE1)),
        "status first": lambda: (call.hangs_up(), call.reports(RE1), call.reports(RE1)),
        "callback only": lambda: (call.reports(RE1), call.hangs_up()),
        "callback last": lambda: (call.hangs_up(), call.speaks(RE1, digits="hangup"), call.reports(RE1)),
    }
    news[order]()
    (ticket,) = tickets(line)
    assert (ticket["category"], ticket["district"]) == ("drain", "6")
    assert [r["sid"] for r in ticket["recordings"]] == [RE1]


def test_an_absent_recording_after_a_hang_up_leaves_a_ticket(line):
    call = line.dials().presses("1").presses("4").presses("6")
    call.hangs_up()
    call.reports(RE1, "absent", 0)
    (ticket,) = tickets(line)
    assert [(r["sid"], r["state"]) for r in ticket["recordings"]] == [(RE1, "absent")]


def test_a_voice_that_comes_after_the_hang_up_makes_the_call_a_report(line):
    call = line.dials().presses("1").presses("4").presses("6")
    call.hangs_up()
    assert line.rows("calls")[0]["disposition"] == "abandoned:ask_issue"
    call.reports(RE1)
    assert line.rows("calls")[0]["disposition"] == "report"


def test_hanging_up_in_the_menu_leaves_no_ticket_but_says_where(line):
    line.dials().presses("1").hangs_up()
    assert tickets(line) == []
    assert line.rows("calls")[0]["disposition"] == "abandoned:subject"


def test_a_turn_that_comes_again_does_nothing_twice(line):
    call = report(line)
    url = call.waits("Gather").get("action")
    form = call.form(Digits="1")
    replies = {line.post(url, form).data for _ in range(5)}
    assert len(replies) == 1
    assert len(tickets(line)) == 1


def test_a_turn_out_of_order_hears_an_apology_and_may_leave_a_message(line):
    call = line.dials()
    call.request("http://hotline.test/voice/turn/9", Digits="1")
    call.speaks(RE3)
    assert call.verbs[-1] == "Hangup"
    call.hangs_up()
    assert [r["sid"] for r in tickets(line)[0]["recordings"]] == [RE3]


def test_a_call_nobody_knows_can_leave_a_message(line):
    call = line.dials(answered=False)
    call.request("http://hotline.test/voice/fallback", ErrorCode="11200")
    call.speaks(RE1)
    call.hangs_up()
    (ticket,) = tickets(line)
    assert (ticket["category"], ticket["caller"]) == ("other", "+989121234567")


@pytest.mark.parametrize("path", ["answer", "turn/1", "recording", "status", "fallback"])
def test_without_a_right_signature_nothing_happens(line, path):
    form = {"CallSid": "CA" + "0" * 32, "AccountSid": line.desk.config.twilio.account_sid, "From": "+989121234567"}
    url = f"http://hotline.test/voice/{path}"
    assert line.post(url, form, signature="").status_code == 403
    assert line.post(url, form, signature=sign("another", url, form)).status_code == 403
    assert (
        line.post(url, {**form, "AccountSid": "AC1"}, signature=sign("a-token-for-tests", url, form)).status_code == 403
    )
    assert line.app.test_client().get(f"/voice/{path}").status_code == 405
    assert line.app.test_client().post(f"/voice/{path}", json=form).status_code == 415
    assert all(line.rows(kind) == [] for kind in ("calls", "tickets", "recordings", "callbacks"))


def test_a_huge_form_is_refused(line):
    assert line.dials().line.post("http://hotline.test/voice/answer", {"x": "y" * 70_000}).status_code == 413


def test_prompts_are_cacheable_for_a_year(line):
    call = line.dials()
    url = next(call.document.iter("Play")).text
    with line.app.test_client().get(url.removeprefix("http://hotline.test")) as answer:
        assert answer.status_code == 200
        assert answer.data[:4] == b"RIFF"
        assert "immutable" in answer.headers["Cache-Control"]
