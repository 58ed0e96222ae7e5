"""Chance: intervals, tests, corrections for many tests, and a forecast. The one room of the statistics libraries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.linear_model import PoissonRegressor

CONFIDENCE = 0.95
LEVEL = 0.05
LIGHT_TOUCH = 1e-3
"""How strongly the regression draws rare features to nothing; sums of squares, so that little is enough."""


def wilson(yes: int, asked: int) -> tuple[float, float]:
    """Give Wilson's interval of a share."""
    found = stats.binomtest(yes, asked).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def honest(p_values: Sequence[float]) -> list[float]:
    """Correct for having asked many questions at once, after Benjamini and Hochberg."""
    return [float(p) for p in stats.false_discovery_control(p_values)] if p_values else []


def share_differs(yes: int, asked: int, rest_yes: int, rest_asked: int) -> float:
    """Give the p value of two shares being one: Fisher's exact test, both sides."""
    table = [[yes, asked - yes], [rest_yes, rest_asked - rest_yes]]
    return float(stats.fisher_exact(table).pvalue)


def restlessness(daily: Sequence[float]) -> float:
    """Say how much more counts differ from day to day than pure chance would have it; 1 is pure chance.

    Neighbouring days are compared, so that a trend does not count as restlessness.
    """
    counts = np.asarray(daily, dtype=float)
    if len(counts) < 3 or counts.mean() == 0:  # noqa: PLR2004  # two days show nothing
        return 1.0
    spread = float(np.mean(np.diff(counts) ** 2) / 2)
    return max(1.0, spread / float(counts.mean()))


def rate_differs(count: int, exposure: float, rest: int, rest_exposure: float, unrest: float) -> float:
    """Give the p value of two rates being one: quasi-Poisson, both sides."""
    if count + rest == 0:
        return 1.0
    expected = (count + rest) * exposure / (exposure + rest_exposure)
    variance = expected * rest_exposure / (exposure + rest_exposure) * unrest
    return float(2 * stats.norm.sf(abs(count - expected) / np.sqrt(variance)))


def rise(now: int, history: Sequence[int]) -> tuple[float, float]:
    """Give what history lets expect, and how likely so much or more is by chance.

    Negative binomial, as counts of a city are more restless than Poisson's; Poisson where they are not. The
    mean of the history is itself uncertain, and that is part of the spread.
    """
    counts = np.asarray(history, dtype=float)
    mean = max(float(counts.mean()), 0.5 / len(counts))
    variance = float(counts.var(ddof=1)) if len(counts) > 1 else mean
    variance = max(variance, mean) + mean / len(counts)
    size = mean**2 / (variance - mean)
    return mean, float(stats.nbinom.sf(now - 1, size, size / (size + mean)))


@dataclass(frozen=True)
class Regression:
    """Counts by features: rates multiply."""

    model: PoissonRegressor

    def expect(self, features: Sequence[Sequence[float]]) -> list[float]:
        return [float(one) for one in self.model.predict(np.asarray(features, dtype=float))]


def learn(features: Sequence[Sequence[float]], counts: Sequence[int]) -> Regression:
    """Fit a Poisson regression, lightly held back."""
    model = PoissonRegressor(alpha=LIGHT_TOUCH, solver="newton-cholesky")
    model.fit(np.asarray(features, dtype=float), np.asarray(counts, dtype=float))
    return Regression(model)
