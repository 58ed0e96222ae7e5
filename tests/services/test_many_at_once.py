"""Many at once: several processes and threads, one database; everything is given out, opened or queued once."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from db.models import Callback
from db.queries import people
from db.session import Database, SQLAlchemyError
from ivr.services import callbacks, users, wrapup
from ivr.services.callbacks import Wanted

WORKERS, CALLBACKS = 16, 2000
RE1 = "RE" + "1" * 32


@pytest.fixture
def operators(database, clock):
    with database.transaction() as session:
        for n in range(WORKERS):
            users.add(session, f"operator{n}", "operator", "a long password", clock())


@pytest.fixture
def crowd(database, clock):
    """Two thousand citizens, each of whom asked a second after the one before."""
    with database.transaction() as session:
        for n in range(CALLBACKS):
            asked = clock() - timedelta(seconds=CALLBACKS - n)
            session.add(
                Callback(
                    type="intake",
                    number=f"+98912{n:07}",
                    requested_at=asked,
                    rank_at=asked,
                    due_at=asked,
                    promised_at=asked,
                )
            )


def work_a_shift(url, desk, name, now, handed_out):
    """Take one callback after the other until none waits, in a process of one's own."""
    database, last = Database(url), None
    while True:
        try:
            with database.transaction() as session:
                user = people.user_named(session, name)
                taken = callbacks.claim_next(session, desk, user, now)
                number, held = (taken.number, taken.id) if taken else (None, None)
            if number != last or number is None:
                handed_out.put((name, number))
            if number is None:
                return
            last = number
            with database.transaction() as session:
                user = people.user_named(session, name)
                wrapup.wrap_up(session, desk, callbacks.mine(session, held, user), user, now, wrapup.Result("reached"))
        except SQLAlchemyError as trouble:  # SQLite lets one write at a time, and is not fair: press again
            if "locked" not in str(trouble):
                raise


def test_sixteen_operators_get_two_thousand_callbacks_each_once(config, desk, clock, operators, crowd):
    fork = multiprocessing.get_context("fork")
    handed_out = fork.Queue()
    shift = [
        fork.Process(target=work_a_shift, args=(config.database_url, desk, f"operator{n}", clock(), handed_out))
        for n in range(WORKERS)
    ]
    for process in shift:
        process.start()
    taken, finished = {}, 0
    while finished < WORKERS:
        name, number = handed_out.get(timeout=90)
        finished += number is None
        if number is not None:
            taken.setdefault(name, []).append(number)
    for process in shift:
        process.join(30)
    given = [number for numbers in taken.values() for number in numbers]
    assert len(given) == len(set(given)) == CALLBACKS
    assert all(numbers == sorted(numbers) for numbers in taken.values()), "somebody was given a later place first"


def all_at_once(count, do):
    with ThreadPoolExecutor(count) as pool:
        return [future.result(30) for future in [pool.submit(do, n) for n in range(count)]]


def test_one_callback_wanted_by_many_operators_goes_to_one(database, desk, clock, operators, line):
    line.dials().presses("0")

    def claim(n):
        with database.transaction() as session:
            user = people.user_named(session, f"operator{n}")
            return callbacks.claim(session, desk, 1, user, clock()) is not None

    assert sorted(all_at_once(WORKERS, claim)) == [False] * (WORKERS - 1) + [True]


def test_a_lease_that_expired_is_taken_once(database, desk, clock, operators, line):
    """Check 16: sixteen sweeps give it back and sixteen operators want it, all at once."""
    line.dials().presses("0")
    with database.transaction() as session:
        assert callbacks.claim_next(session, desk, people.user_named(session, "operator0"), clock())
    clock.move(hours=1)

    def claim(n):
        with database.transaction() as session:
            callbacks.return_expired(session, clock(), 50)
            user = people.user_named(session, f"operator{n}")
            return callbacks.claim(session, desk, 1, user, clock()) is not None

    assert sorted(all_at_once(WORKERS, claim)) == [False] * (WORKERS - 1) + [True]


def test_each_round_of_the_sweep_belongs_to_one(database, clock):
    """Check 15."""
    for _ in range(20):
        until = clock() + timedelta(seconds=10)

        def takes(n, until=until):
            with database.transaction() as session:
                return people.take_lease(session, "sweep", f"house {n}", clock(), until)

        assert sorted(all_at_once(WORKERS, takes)) == [False] * (WORKERS - 1) + [True]
        clock.move(seconds=11)


def test_a_number_that_asks_many_times_at_once_waits_once(database, desk, clock):
    def ask(_):
        with database.transaction() as session:
            promise = callbacks.request(session, desk, Wanted("+989121234567", "intake", None, None), clock())
            return promise.new

    assert sorted(all_at_once(8, ask)) == [False] * 7 + [True]


def test_a_webhook_that_comes_many_times_at_once_is_taken_once(line):
    caller = line.dials().presses("4").presses("1").speaks(RE1)
    form = caller.form(Digits="1", CallStatus="in-progress")
    url = caller.waits("Gather").get("action")
    answers = all_at_once(32, lambda _: line.post(url, form).get_data(as_text=True))
    assert len(set(answers)) == 1
    assert "<Gather" in answers[0]
    assert len(line.rows("tickets")) == 1


def test_a_call_whose_news_come_all_at_once_has_one_ticket(line):
    caller = line.dials().presses("1").presses("2").presses("3")

    def report(n):
        return (caller.hangs_up if n % 3 == 0 else lambda: caller.reports(RE1))().status_code

    assert set(all_at_once(12, report)) == {204}
    assert [len(row["recordings"]) for row in line.rows("tickets")] == [1]
