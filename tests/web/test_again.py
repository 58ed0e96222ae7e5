"""Every webhook of a call comes again: ten times in series, or thirty-two at once; it is one call all the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.caller import Line

RE1, RE2 = (f"RE{n:032x}" for n in (1, 2))
IN_SERIES, AT_ONCE = 10, 32


class Insistent(Line):
    """A line of a provider that says everything many times."""

    def post(self, url, form, **named):
        once = super().post
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            replies = list(crowd.map(lambda _: once(url, form, **named), range(AT_ONCE)))
        return same(replies)


class Stubborn(Line):
    """A line of a provider that asks again and again."""

    def post(self, url, form, **named):
        return same([super(Stubborn, self).post(url, form, **named) for _ in range(IN_SERIES)])


def same(replies):
    """Give the one reply that all of them were."""
    assert len({(reply.status_code, reply.data) for reply in replies}) == 1
    return replies[0]


def whole_call(line):
    """Report, hear the report again, speak again, ask for a callback; the news comes where it likes."""
    call = line.dials().presses("1").presses("3").presses("3").speaks(RE1)
    call.reports(RE1)
    call.presses("2").speaks(RE2).presses("1").presses("1")
    call.reports(RE2)
    call.hangs_up()
    call.reports(RE2)
    return call


@pytest.mark.parametrize("provider", [Stubborn, Insistent])
def test_it_is_one_call_one_ticket_one_callback_and_one_voice_each(app, desk, jobs, provider):
    line = provider(app, desk)
    call = whole_call(line)
    (row,) = line.rows("calls")
    (ticket,) = line.rows("tickets")
    (callback,) = line.rows("callbacks")
    assert (row["call_sid"], ticket["call_sid"], callback["ticket_code"]) == (call.sid, call.sid, ticket["code"])
    assert [voice["sid"] for voice in ticket["recordings"]] == [RE2]
    assert [voice["sid"] for voice in line.rows("recordings")] == [RE1, RE2]
    assert list((desk.config.var_dir / "spool").rglob("*.event")) == [], "and none of it was put off"


@pytest.mark.parametrize("provider", [Stubborn, Insistent])
def test_it_leaves_what_a_call_leaves_that_comes_once(app, desk, provider):
    first, second = whole_call(Line(app, desk)), whole_call(provider(app, desk))
    turns = {
        row["call_sid"]: [(turn["keys"], turn["node"]) for turn in row["path"]] for row in Line(app, desk).rows("calls")
    }
    assert turns[first.sid] == turns[second.sid]
