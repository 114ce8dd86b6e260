"""Intervals for rates and their ratios, and exact tests, where cases are independent.

Cases of one benchmark share tasks, so they are not: `clusters.py` has the forms that allow for it.
All functions work on plain numbers; counts may be fractional where repetitions were averaged or
a number of cases was reduced to its effective size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import optimize, stats

LEVEL = 0.95
"""Confidence level of every interval of the product."""

Z = 1.959964
"""Normal quantile of LEVEL, to the digits of the golden table."""

_LARGEST_RATIO = 1e9


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits; a limit is None where there is none."""

    value: float | None
    low: float | None
    high: float | None


def wilson(hits: float, cases: float) -> Interval:
    """Return a rate with Wilson's score interval; nothing is known of no cases."""
    if not cases:
        return Interval(None, None, None)
    rate, square = hits / cases, Z * Z / cases
    middle = (rate + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(rate * (1 - rate) / cases + square / cases / 4)
    # at the ends the limit is the rate itself, which rounding would miss by 1e-18
    low = 0.0 if hits <= 0 else max(0.0, middle - half)
    high = 1.0 if hits >= cases else min(1.0, middle + half)
    return Interval(rate, low, high)


def clopper_pearson(hits: float, cases: float) -> Interval:
    """Return a rate with the exact interval of Clopper and Pearson (two-sided)."""
    if not cases:
        return Interval(None, None, None)
    tail = (1 - LEVEL) / 2
    low = float(stats.beta.ppf(tail, hits, cases - hits + 1)) if hits > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, cases - hits)) if hits < cases else 1.0
    return Interval(hits / cases, low, high)


def one_rate(hits: float, cases: float) -> Interval:
    """Return a rate with Wilson's interval; without a hit, with the exact upper limit."""
    return wilson(hits, cases) if hits else clopper_pearson(hits, cases)


def katz(hits: float, cases: float, other_hits: float, other_cases: float) -> Interval:
    """Return the ratio of two rates with the log interval of Katz: the naive one.

    It takes the two sets of cases for unrelated and the cases for independent.
    """
    if not (hits and other_hits):
        return Interval(None, None, None)
    rate, other = hits / cases, other_hits / other_cases
    error = math.sqrt((1 - rate) / hits + (1 - other) / other_hits)
    return around(rate / other, Z * error)


def around(ratio: float, half: float) -> Interval:
    """Return a ratio with limits that lie `half` away on the scale of logarithms."""
    return Interval(ratio, ratio * math.exp(-half), ratio * math.exp(half))


def koopman(hits: float, cases: float, other_hits: float, other_cases: float) -> Interval:
    """Return the score interval of Koopman for a ratio of rates; for independent cases.

    Where the other rate is 0 there is a lower limit only, where the first is 0 an upper one;
    where both are, neither.
    """
    if not (hits or other_hits):
        return Interval(None, None, None)
    counts = (hits, cases, other_hits, other_cases)
    estimate = (hits / cases) / (other_hits / other_cases) if other_hits else None
    low = high = None
    if hits:
        low = _root(counts, 1 / _LARGEST_RATIO, estimate or _LARGEST_RATIO)
    if other_hits:
        high = _root(counts, estimate or 1 / _LARGEST_RATIO, _LARGEST_RATIO)
    return Interval(estimate, low, high)


def _root(counts: tuple[float, float, float, float], low: float, high: float) -> float:
    """Return the ratio between two at which the score statistic crosses its critical value."""

    def above(logarithm: float) -> float:
        return _score(counts, math.exp(logarithm)) - Z * Z

    found = optimize.brentq(above, math.log(low), math.log(high), xtol=1e-12)
    return math.exp(found)


def _score(counts: tuple[float, float, float, float], ratio: float) -> float:
    """Return the score statistic of the hypothesis that the rates stand in a ratio."""
    hits, cases, other_hits, other_cases = counts
    a = (cases + other_cases) * ratio
    b = -((cases + other_hits) * ratio + hits + other_cases)
    c = hits + other_hits
    other = (-b - math.sqrt(max(0.0, b * b - 4 * a * c))) / (2 * a)
    rate = ratio * other
    first = (hits - cases * rate) ** 2 / (cases * rate * (1 - rate)) if 0 < rate < 1 else 0.0
    second = (other_hits - other_cases * other) ** 2
    return first + (second / (other_cases * other * (1 - other)) if 0 < other < 1 else 0.0)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of McNemar's test on the discordant pairs."""
    discordant = only_first + only_second
    if not discordant:
        return 1.0
    return float(stats.binomtest(only_first, discordant, 0.5).pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """Return p values adjusted by Holm for as many comparisons as there are, in their order."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    adjusted, largest = [0.0] * len(values), 0.0
    for place, index in enumerate(order):
        largest = max(largest, (len(values) - place) * values[index])
        adjusted[index] = min(1.0, largest)
    return adjusted
