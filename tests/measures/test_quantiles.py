"""Weighted quantiles and means against plain Python, on random sizes."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus.measures.quantiles import PERCENTS, Weighted

PAIRS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 7)), min_size=1, max_size=15)


def spelled_out(pairs: list[tuple[int, int]]) -> list[int]:
    """Return every size as often as it weighs, in order."""
    return sorted(size for size, weight in pairs for _ in range(weight))


def plain_quantile(values: list[int], percent: int) -> int | None:
    """Return the first value that at least so many per cent of the values do not exceed."""
    needed = Fraction(percent, 100) * len(values)
    return next((v for n, v in enumerate(values, 1) if n >= needed), None)


@settings(deadline=None)
@given(PAIRS)
def test_quantiles_and_mean_are_their_definitions(pairs: list[tuple[int, int]]) -> None:
    weighted, values = Weighted.of(pairs), spelled_out(pairs)
    for percent in PERCENTS:
        assert weighted.quantile(percent) == plain_quantile(values, percent)
    assert weighted.mean == (sum(values) / len(values) if values else None)


@settings(deadline=None)
@given(PAIRS, st.integers(2, 9), st.randoms(use_true_random=False))
def test_order_and_a_common_factor_of_the_weights_do_not_matter(
    pairs: list[tuple[int, int]], factor: int, draw: random.Random
) -> None:
    other = [(size, weight * factor) for size, weight in draw.sample(pairs, len(pairs))]
    for percent in PERCENTS:
        assert Weighted.of(other).quantile(percent) == Weighted.of(pairs).quantile(percent)
    assert Weighted.of(other).mean == pytest.approx(Weighted.of(pairs).mean)


@settings(deadline=None)
@given(PAIRS)
def test_quantiles_rise_and_lie_within_the_sizes(pairs: list[tuple[int, int]]) -> None:
    found = [Weighted.of(pairs).quantile(p) for p in PERCENTS]
    values = spelled_out(pairs)
    if not values:
        assert found == [None] * len(PERCENTS)
        return
    known = [f for f in found if f is not None]
    assert known == sorted(known)
    assert min(values) <= known[0] <= known[-1] <= max(values)


@settings(deadline=None)
@given(PAIRS, st.lists(st.integers(1, 60), max_size=30))
def test_whatever_the_unknown_sizes_are_the_median_stays_within_its_bounds(
    pairs: list[tuple[int, int]], unknown: list[int]
) -> None:
    low, high = Weighted.of(pairs, len(unknown)).quantile_bounds(50)
    true = plain_quantile(sorted([*spelled_out(pairs), *unknown]), 50)
    if true is None:
        assert low is None
        assert high is None
        return
    assert low is None or low <= true
    assert high is None or true <= high


def test_most_of_the_weight_unknown_leaves_no_bound() -> None:
    assert Weighted.of([(7, 3)], 4).quantile_bounds(50) == (None, None)
    assert Weighted.of([(7, 4)], 3).quantile_bounds(50) == (7, 7)
    assert Weighted.of([(5, 2), (7, 2)], 1).quantile_bounds(50) == (5, 7)


def test_counts_that_no_float_holds_stay_exact() -> None:
    huge = 10**13 - 1
    weighted = Weighted.of([(huge, 10**12), (1, 10**12)])
    assert weighted.mean == (huge + 1) / 2
    assert weighted.quantile(50) == 1
    assert weighted.quantile(75) == huge


def test_a_model_is_taken_away() -> None:
    weighted = Weighted.of([(5, 2), (9, 1)]).without(9, 1)
    assert weighted.pairs == ((5, 2),)
