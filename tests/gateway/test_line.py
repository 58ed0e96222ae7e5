"""Keys on a line: each is used once, and a finishing key that nobody needed means nothing."""

import asyncio

import pytest

from ivr.gateway.line import Gone, Line


@pytest.fixture
def line():
    return Line(None, "1.1")


def presses(line, keys):
    for key in keys:
        line.hear({"type": "ChannelDtmfReceived", "digit": key})


def keys_of(line):
    return "".join(line.keys.get_nowait()[0] for _ in range(line.keys.qsize()))


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ("", "#7", "7"), ("#", "7", "7"), ("#7", "", "7"), ("", "7#", "7#"), ("7", "#", "7#"), ("#", "#", "#"),
        ("", "##", "#"), ("", "", ""), ("7#", "8", "7#8"),
    ],
)  # fmt: skip
def test_a_finishing_key_is_ignored_once_whether_it_has_come_or_comes_next(line, before, after, left):
    presses(line, before)
    line.ignore("#", 5)
    presses(line, after)
    assert keys_of(line) == left


def test_it_is_ignored_for_a_while_only(line):
    line.ignore("#", -1)
    presses(line, "#")
    assert keys_of(line) == "#"


def test_a_key_is_waited_for_and_no_longer_than_asked(line):
    async def waits():
        presses(line, "1")
        first, second = await line.key(1), await line.key(0.01)
        asyncio.get_running_loop().call_later(0.01, presses, line, "23")
        return first, second, await line.key(1), await line.key(1), await line.key(0.01)

    first, second, third, fourth, fifth = asyncio.run(waits())
    assert (first[0], second, third[0], fourth[0], fifth) == ("1", None, "2", "3", None)


@pytest.mark.parametrize("event", ["StasisEnd", "ChannelHangupRequest", "ChannelDestroyed"])
def test_who_waits_hears_that_the_caller_has_left(line, event):
    async def waits():
        asyncio.get_running_loop().call_later(0.01, line.hear, {"type": event, "cause": 16})
        with pytest.raises(Gone):
            await line.key(None)

    asyncio.run(waits())
    assert line.destroyed.is_set() == (event == "ChannelDestroyed")
