"""Erlang's formulas, against printed tables and a plain sum."""

from math import exp, factorial

import pytest

from ivr import waiting


@pytest.mark.parametrize(
    ("load", "servers", "share"), [(7.1, 14, 0.0074), (35, 47, 0.0097), (10, 10, 0.2146), (1, 2, 0.2)]
)
def test_erlang_b_is_as_in_the_tables(load, servers, share):
    assert waiting.blocked(load, servers) == pytest.approx(share, abs=5e-4)


@pytest.mark.parametrize(("load", "servers"), [(0.5, 1), (2, 3), (8, 10), (20, 24)])
def test_erlang_c_is_the_plain_sum(load, servers):
    top = load**servers / factorial(servers) * servers / (servers - load)
    plain = top / (sum(load**n / factorial(n) for n in range(servers)) + top)
    assert waiting.must_wait(load, servers) == pytest.approx(plain, rel=1e-12)
    within = 1 - plain * exp(-(servers - load) * 20 / 240)
    assert waiting.served_within(load, servers, 20, 240) == pytest.approx(within)


def test_a_hundred_calls_in_half_an_hour():
    """The textbook's contact centre: 100 calls in half an hour, 180 s each, 80 of 100 within 20 s: 14 agents."""
    load = 100 * 180 / 1800
    assert waiting.servers_for(load, 20, 180, 0.8) == 14
    assert waiting.served_within(load, 14, 20, 180) == pytest.approx(0.888, abs=1e-3)
    assert waiting.must_wait(load, 14) == pytest.approx(0.174, abs=1e-3)


def test_one_more_is_never_worse_and_too_few_never_do():
    served = [waiting.served_within(12, n, 60, 300) for n in range(1, 30)]
    assert served == sorted(served)
    assert set(served[:12]) == {0}
    assert waiting.servers_for(0, 60, 300, 0.9) == 0
    assert waiting.must_wait(0, 3) == 0
    assert waiting.served_within(0, 0, 1, 1) == 1
    assert waiting.servers_for(0.01, 3600, 240, 0.9) == 1
