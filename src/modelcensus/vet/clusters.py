"""Intervals that allow for shared tasks: cases are clustered by user task and by injected goal.

A benchmark crosses its users' tasks with its attackers' goals, so cases in a row or a column of
that grid go together. The variance is that of Cameron, Gelbach and Miller: by rows plus by columns
minus by cells, each with the factor G / (G - 1) of its number of clusters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from modelcensus.vet.intervals import LEVEL, Interval, Z, around

Cell = tuple[str, str, str]
"""Suite, user task and injected goal of a case."""

Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

BOOTSTRAP_SEED = 20250930
BOOTSTRAP_DRAWS = 2000


@dataclass(frozen=True)
class Clusters:
    """Which row and column of the grid each case stands in, as codes.

    Attributes:
        users, goals: one code per case, from 0 up.
    """

    users: Codes
    goals: Codes

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Clusters:
        """Return the clusters of cases: (suite, user task) and (suite, injected goal).

        Where no case has a user's task there is nothing to be crossed with: one row.
        """
        has_users = any(user for _, user, _ in cells)
        return cls(
            _codes([(suite, user) if has_users else ("", "") for suite, user, _ in cells]),
            _codes([(suite, goal) for suite, _, goal in cells]),
        )

    @property
    def fewest(self) -> int:
        """Return the number of clusters of the dimension that has fewest, one of two at least."""
        counts = [_count(codes) for codes in (self.users, self.goals)]
        crossed = [count for count in counts if count > 1]
        return min(crossed, default=1)


@dataclass(frozen=True)
class PairedRatio:
    """The ratio of two rates over the same cases.

    Attributes:
        t: the headline: limits by Student's t with the fewest clusters minus 1.
        z: the same with the normal quantile; the form of the golden table.
        error: standard error of the ratio's logarithm.
        clusters: number of clusters of the dimension that has fewest.
        is_reduced: whether the two-way variance was not positive, so that the largest of its
            three parts stands in for it.
    """

    t: Interval
    z: Interval
    error: float
    clusters: int
    is_reduced: bool


def paired_ratio(first: Values, second: Values, clusters: Clusters) -> PairedRatio | None:
    """Return the ratio of two rates over the same cases; None where a rate is 0.

    Args:
        first: verdicts of a model on some cases, from 0 to 1.
        second: verdicts of another model on the same cases.
        clusters: of those cases.

    Method: docs/security.md#ratio-of-two-rates
    """
    rate, other = float(first.mean()), float(second.mean())
    if not (rate and other):
        return None
    # what each case adds to the logarithm of the ratio, by the delta method
    influence = (first / rate - second / other) / len(first)
    variance, is_reduced = _two_way(influence, clusters)
    error, ratio = math.sqrt(variance), rate / other
    quantile = float(stats.t.ppf((1 + LEVEL) / 2, max(1, clusters.fewest - 1)))
    return PairedRatio(
        around(ratio, quantile * error),
        around(ratio, Z * error),
        error,
        clusters.fewest,
        is_reduced,
    )


def design_effect(values: Values, clusters: Clusters) -> float | None:
    """Return how many times larger a rate's variance is than that of independent cases.

    None where all cases came out alike: then nothing tells how they go together.
    """
    rate = float(values.mean()) if len(values) else 0.0
    if not 0 < rate < 1:
        return None
    variance, _ = _two_way((values - rate) / len(values), clusters)
    return variance / (rate * (1 - rate) / len(values))


def bootstrap_ratio(first: Values, second: Values, clusters: Clusters) -> Interval:
    """Return the ratio with percentile limits over resampled rows and columns: a cross-check.

    Rows and columns are drawn anew, each with replacement, and a case counts as often as its row
    times its column was drawn. The seed is fixed. A limit is None where draws without a hit of
    the second reach into the tail.
    """
    random = np.random.default_rng(BOOTSTRAP_SEED)
    weights = _drawn(clusters.users, random) * _drawn(clusters.goals, random)
    hits, other = weights @ first, weights @ second
    is_known = (hits > 0) | (other > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (hits / other)[is_known]
    rate = float(second.mean())
    estimate = float(first.mean()) / rate if rate else None
    if not len(ratios):
        return Interval(estimate, None, None)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(ratios, [tail, 1 - tail], method="inverted_cdf")
    return Interval(estimate, _finite(low), _finite(high))


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _drawn(codes: Codes, random: np.random.Generator) -> Values:
    """Return how often each case's cluster was drawn: draws by cases."""
    count = _count(codes)
    chances = np.full(count, 1 / count)
    drawn = random.multinomial(count, chances, size=BOOTSTRAP_DRAWS)
    return np.asarray(drawn[:, codes], dtype=np.float64)


def _two_way(influence: Values, clusters: Clusters) -> tuple[float, bool]:
    """Return the two-way variance, and whether its largest part had to stand in for it."""
    users = _one_way(influence, clusters.users)
    goals = _one_way(influence, clusters.goals)
    cells = _one_way(influence, np.arange(len(influence), dtype=np.int64))
    if users is None or goals is None:
        # one row or one column: there is nothing to be crossed with
        variance = users if goals is None else goals
        return (cells or 0.0) if variance is None else variance, False
    variance = users + goals - (cells or 0.0)
    if variance > 0:
        return variance, False
    return max(users, goals, cells or 0.0), True


def _one_way(influence: Values, codes: Codes) -> float | None:
    count = _count(codes)
    if count < 2:
        return None
    sums = np.bincount(codes, weights=influence, minlength=count)
    return float(count / (count - 1) * np.sum(sums * sums))


def _codes(keys: Sequence[tuple[str, str]]) -> Codes:
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)


def _count(codes: Codes) -> int:
    return int(codes.max()) + 1 if len(codes) else 0
