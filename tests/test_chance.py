"""Chance: against numbers that others have printed, and against itself."""

from random import Random

import pytest

from ivr import chance


@pytest.mark.parametrize(
    ("yes", "asked", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)],
)
def test_wilson_is_as_newcombe_printed_it(yes, asked, low, high):
    assert chance.wilson(yes, asked) == pytest.approx((low, high), abs=5e-5)


def test_many_questions_are_corrected_as_benjamini_and_hochberg_did():
    assert chance.honest([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert chance.honest([]) == []


def test_a_share_differs_as_fisher_said_of_the_lady_tasting_tea():
    assert chance.share_differs(3, 4, 1, 4) == pytest.approx(0.4857, abs=1e-4)


def test_pure_chance_is_seldom_called_a_difference():
    random = Random(137)
    found = 0
    for _ in range(400):
        daily = [sum(random.random() < 0.1 for _ in range(200)) for _ in range(30)]
        rest = sum(sum(random.random() < 0.1 for _ in range(200)) for _ in range(30))
        p = chance.rate_differs(sum(daily), 1, rest, 1, chance.restlessness(daily))
        found += p < 0.05
    assert found / 400 < 0.07


def test_restless_days_need_more_to_differ():
    calm, restless = [50, 51, 49, 50, 52, 48], [10, 90, 20, 80, 5, 95]
    assert chance.restlessness(calm) == 1
    assert chance.restlessness(restless) > 10
    assert chance.restlessness([1, 2]) == 1
    p_calm = chance.rate_differs(360, 1, 300, 1, chance.restlessness(calm))
    assert p_calm < 0.05 < chance.rate_differs(360, 1, 300, 1, chance.restlessness(restless))
    assert chance.rate_differs(0, 1, 0, 1, 1) == 1


@pytest.mark.parametrize(("mean", "spread"), [(4, 0), (40, 0), (40, 12)])
def test_a_rise_is_seldom_seen_where_there_is_none(mean, spread):
    """A week like the eight before it, restless or not, is called a rise at about the rate that the p value says."""
    random = Random(5)
    false = 0
    for _ in range(600):
        weeks = []
        for _ in range(9):
            level = max(1, mean + random.gauss(0, spread))
            weeks.append(sum(random.random() < level / 400 for _ in range(400)))
        false += chance.rise(weeks[0], weeks[1:])[1] < 0.05
    assert false / 600 < 0.11


def test_a_true_rise_is_seen():
    usual, p = chance.rise(30, [8, 10, 9, 12, 11, 9, 10, 11])
    assert usual == 10
    assert p < 0.001
    assert chance.rise(10, [8, 10, 9, 12, 11, 9, 10, 11])[1] > 0.3
    assert chance.rise(3, [0] * 8)[1] < 0.05
    assert chance.rise(0, [0] * 8)[1] == 1


def test_a_regression_finds_the_factors():
    days = [[float(n % 7 == 5), float(n % 10 == 0)] for n in range(300)]
    counts = [round(100 * (0.5 if day[0] else 1) * (3 if day[1] else 1)) for day in days]
    expected = chance.learn(days, counts).expect([[0, 0], [1, 0], [0, 1], [1, 1]])
    assert expected == pytest.approx([100, 50, 300, 150], rel=0.02)
