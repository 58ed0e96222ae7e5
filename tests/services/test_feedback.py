"""Was it solved? The hotline calls by itself, over the provider's webhooks, and the ticket goes on by the answer."""

from datetime import timedelta

import pytest

from db.models import Callback, Ticket
from db.queries import tickets as rows
from ivr import jobs as work
from ivr.services import callbacks, history, joining, life, users, wrapup
from tests.city import DESK, RE1, RE2, Citizen, City, Exchange, outgoing_sid


@pytest.fixture
def office(desk, database, clock, monkeypatch):
    feedback_settings = desk.config.feedback.model_copy(update={"person_percent": 0})
    object.__setattr__(desk.config, "feedback", feedback_settings)  # settings are frozen; this is its own installation
    monkeypatch.setattr(work, "_now", clock)
    return work.Office(desk, database, Exchange())


@pytest.fixture
def city(line, office, clock):
    return City(line, office, clock)


def test_yes_confirms(city):
    code = city.report()
    city.answer(code)
    citizen = city.rings()
    assert (citizen.number, citizen.asked.detect_machine) == ("+989121234567", True)
    citizen.picks_up().presses("1").ends()
    assert city.states(code) == ["referred", "answered", "confirmed"]
    assert city.ticket(code).closed_at
    assert city.sweep() == []


def test_no_reopens_to_the_unit_with_the_citizens_words(city):
    code = city.report()
    city.answer(code)
    citizen = city.rings().picks_up().presses("2")
    assert city.ticket(code).state == "rejected", "the key is enough, whatever follows"
    citizen.speaks(RE2).ends()
    ticket = city.ticket(code)
    assert (ticket.state, ticket.holder, ticket.rejections, ticket.clock_left) == ("rejected", "district.3", 1, None)
    voices = [(one["kind"], one["sid"]) for one in city.line.rows("tickets")[0]["recordings"]]
    assert voices == [("issue", RE1), ("note", RE2)]


def test_hanging_up_while_explaining_keeps_the_words(city):
    code = city.report()
    city.answer(code)
    citizen = city.rings().picks_up().presses("2")
    citizen.reports(RE2)
    citizen.ends()
    assert [one["sid"] for one in city.line.rows("tickets")[0]["recordings"]] == [RE1, RE2]


def test_a_second_answer_is_asked_about_again(city):
    code = city.report()
    city.answer(code)
    city.rings().picks_up().presses("2").ends()
    city.answer(code)
    city.rings().picks_up().presses("1").ends()
    assert city.states(code) == ["referred", "answered", "rejected", "referred", "answered", "confirmed"]
    assert city.ticket(code).answers == 2


@pytest.mark.parametrize(
    ("status", "said", "disposition"),
    [
        ("busy", {}, "busy"),
        ("no-answer", {}, "no_answer"),
        ("failed", {}, "unreachable"),
        ("completed", {"AnsweredBy": "machine_start"}, "machine"),
        ("completed", {}, "hung_up"),
    ],
)
def test_whoever_is_not_reached_is_called_again_and_then_the_ticket_closes_unconfirmed(city, status, said, disposition):
    code = city.report()
    city.answer(code)
    for _ in range(city.desk.config.feedback.max_tries):
        citizen = city.rings()
        if status == "completed":
            citizen.picks_up(**said)
        citizen.ends(status, **said)
        assert city.line.rows("callbacks")[0]["disposition"] == disposition
        assert city.sweep() == [], "not at once again"
        city.clock.move(minutes=city.desk.config.feedback.retry_minutes)
    assert city.states(code)[-1] == "closed_unconfirmed"
    assert city.line.rows("callbacks")[0]["state"] == "given_up"
    assert city.sweep() == []


def test_an_answering_machine_hears_nothing(city):
    code = city.report()
    city.answer(code)
    assert city.rings().picks_up(AnsweredBy="machine_end_beep").verbs == ["Hangup"]
    assert city.ticket(code).state == "answered"


def test_nobody_is_called_in_quiet_hours(city):
    code = city.report()
    city.clock.move(hours=12)
    city.answer(code)
    assert city.sweep() == []
    city.clock.move(hours=11)
    assert len(city.sweep()) == 1


def test_only_so_many_are_called_at_once(city):
    for n in range(5):
        city.answer(city.report(f"+98912000000{n}", f"RE{n:032x}"))
    assert len(city.sweep()) == city.desk.config.feedback.calls_at_once
    assert city.sweep() == []


def test_late_and_repeated_news_move_nothing(city):
    code = city.report()
    city.answer(code)
    citizen = city.rings().picks_up()
    gather = citizen.waits("Gather").get("action")
    citizen.presses("1")
    for _ in range(3):
        citizen.request(gather, Digits="1", CallStatus="in-progress")
        citizen.ends()
        citizen.ends("no-answer")
    assert city.states(code) == ["referred", "answered", "confirmed"]
    assert city.line.rows("callbacks")[0]["state"] == "done"


def test_a_word_about_an_older_answer_moves_nothing(city):
    code = city.report()
    city.answer(code)
    citizen = city.rings().picks_up()
    with city.database.transaction() as session:
        ticket = rows.by_code(session, code, lock=True)
        life.move(session, city.desk, city.clock(), ticket, history.CITIZEN, "rejected", "")
    city.answer(code)
    citizen.presses("1")
    assert city.ticket(code).state == "answered"
    assert [event.new for event in city.ticket(code).history if event.kind == "feedback"] == ["confirmed"]


def joined(city):
    """Two citizens who reported one thing; give the main ticket's code."""
    main, other = city.report(), city.report("+989121234568", RE2)
    with city.database.transaction() as session:
        tickets = [rows.by_code(session, code, lock=True) for code in (other, main)]
        joining.join(session, city.desk, city.clock(), *tickets, DESK)
    return main


def test_every_joined_caller_hears_the_result(city):
    main = joined(city)
    city.answer(main)
    first, second = [Citizen(city.line, asked, outgoing_sid(n + 1)) for n, asked in enumerate(city.sweep())]
    assert {first.number, second.number} == {"+989121234567", "+989121234568"}
    first.picks_up().presses("1").ends()
    assert city.ticket(main).state == "answered", "the other has not been heard yet"
    second.picks_up().presses("1").ends()
    assert city.ticket(main).state == "confirmed"


def test_one_no_is_a_no(city):
    main = joined(city)
    city.answer(main)
    first, second = [Citizen(city.line, asked, outgoing_sid(n + 1)) for n, asked in enumerate(city.sweep())]
    first.picks_up().presses("2").ends()
    second.picks_up().presses("1").ends()
    assert city.ticket(main).state == "rejected"


def test_a_number_that_waits_for_a_call_already_is_asked_later(city):
    code = city.report()
    city.line.dials().presses("0")
    city.answer(code)
    assert city.sweep() == []
    with city.database.transaction() as session:
        waiting = session.query(Callback).one()
        waiting.state, waiting.closed_at = "done", city.clock()
    city.clock.move(minutes=6)
    assert len(city.sweep()) == 1


def test_a_ticket_without_a_number_closes_unconfirmed(city):
    caller = city.line.dials("anonymous").presses("1").presses("1").presses("3").speaks(RE1).presses("1")
    caller.hangs_up()
    code = city.line.rows("tickets")[0]["code"]
    city.answer(code)
    assert city.sweep() == []
    assert city.states(code)[-1] == "closed_unconfirmed"


@pytest.mark.parametrize(("solved", "state"), [("yes", "confirmed"), ("no", "rejected")])
def test_a_share_goes_to_a_person(city, solved, state):
    settings = city.desk.config.feedback.model_copy(update={"person_percent": 100})
    object.__setattr__(city.desk.config, "feedback", settings)
    code = city.report()
    city.answer(code)
    assert city.sweep() == []
    with city.database.transaction() as session:
        user = users.add(session, "sara", "operator", "a long password", city.clock())
        callback = callbacks.claim_next(session, city.desk, user, city.clock())
        assert callback.type == "feedback"
        with pytest.raises(callbacks.CallbackError, match="solved_or_not"):
            wrapup.wrap_up(session, city.desk, callback, user, city.clock(), wrapup.Result("reached"))
        wrapup.wrap_up(session, city.desk, callback, user, city.clock(), wrapup.Result("reached", solved=solved))
    assert city.ticket(code).state == state
    assert city.ticket(code).history[-1].author in ("sara", "citizen")


@pytest.mark.parametrize("state", ["not_feasible", "out_of_scope"])
def test_what_cannot_be_done_is_told_by_a_person_to_everybody_who_reported_it(city, state):
    main = joined(city)
    with city.database.transaction() as session:
        ticket = rows.by_code(session, main, lock=True)
        life.move(session, city.desk, city.clock(), ticket, DESK, state, "a private street")
    assert city.sweep() == [], "no machine says so"
    waiting = city.line.rows("callbacks")
    assert {(row["type"], row["number"], row["ticket_code"]) for row in waiting} == {
        ("result", "+989121234567", main), ("result", "+989121234568", main),
    }  # fmt: skip
    city.sweep()
    assert len(city.line.rows("callbacks")) == 2, "and once"


def test_nobody_is_told_of_an_answer_that_was_taken_back(city):
    code = city.report()
    with city.database.transaction() as session:
        ticket = rows.by_code(session, code, lock=True)
        life.move(session, city.desk, city.clock(), ticket, DESK, "not_feasible", "a private street")
    city.sweep()
    with city.database.transaction() as session:
        ticket = rows.by_code(session, code, lock=True)
        life.move(session, city.desk, city.clock(), ticket, DESK, "in_progress", "it is the city's after all")
    (taken_back,) = city.line.rows("callbacks")
    assert (taken_back["type"], taken_back["state"]) == ("result", "done")
    city.answer(code)
    assert city.rings().number == "+989121234567", "the new answer does not wait behind the old one"


def test_the_clock_stands_while_the_citizen_is_awaited_and_runs_on_after_a_no(city):
    code = city.report()
    due = city.ticket(code).due_at
    city.answer(code)
    left = city.ticket(code).clock_left
    assert 0 < left <= 21 * 3600
    citizen = city.rings().picks_up()
    city.clock.move(days=2)
    citizen.presses("2")
    assert city.ticket(code).due_at >= due + timedelta(days=1)


def test_no_ticket_is_left_answered_for_ever(city):
    code = city.report()
    city.answer(code)
    city.rings()
    city.clock.move(hours=2)
    with city.database.reading() as session:
        assert session.query(Ticket).one().state == "answered"
    for _ in range(12):
        city.sweep()
        city.clock.move(hours=1)
        if city.ticket(code).state == "closed_unconfirmed":
            return
    raise AssertionError("a call that never reported holds its ticket for ever")
