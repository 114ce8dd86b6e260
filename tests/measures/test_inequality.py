"""HHI, Gini and largest shares against their definitions in plain Python, on random values."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus.measures.inequality import (
    POINTS,
    Concentration,
    Histogram,
    effective_number,
    gini,
)

VALUES = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)
USED = VALUES.filter(any)
NOTHING = Histogram.of([])


def close(a: float | None, b: float) -> bool:
    return a is not None and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def alone(values: list[int]) -> Concentration:
    return Concentration(Histogram.of(values), NOTHING)


def plain_hhi(values: list[int]) -> float:
    return POINTS * sum((v / sum(values)) ** 2 for v in values)


def plain_gini(values: list[int]) -> float:
    """Half the mean difference of all pairs, over the mean."""
    differences = sum(abs(a - b) for a in values for b in values)
    return differences / (2 * len(values) * sum(values))


@settings(deadline=None)
@given(USED)
def test_hhi_gini_and_largest_shares_are_their_definitions(values: list[int]) -> None:
    found = alone(values)
    assert close(found.hhi(), plain_hhi(values))
    assert close(gini(found.known), plain_gini(values))
    for k in (1, 10, 100):
        largest = sum(sorted(values, reverse=True)[:k])
        assert close(found.largest(k), largest / sum(values))


@settings(deadline=None)
@given(USED)
def test_the_bounds_of_the_measures(values: list[int]) -> None:
    found, used = alone(values), sum(v > 0 for v in values)
    hhi, unequal = found.hhi(), gini(found.known)
    assert hhi is not None
    assert unequal is not None
    assert POINTS / used - 1e-6 <= hhi <= POINTS + 1e-6
    assert 0 <= unequal <= 1 - 1 / len(values) + 1e-9
    shares = [found.largest(k) or 0 for k in range(1, len(values) + 2)]
    assert shares == sorted(shares)
    assert close(shares[len(values) - 1], 1.0)
    assert 1 - 1e-9 <= (effective_number(hhi) or 0) <= used + 1e-6


@settings(deadline=None)
@given(USED, st.integers(2, 1000))
def test_scale_does_not_matter(values: list[int], factor: int) -> None:
    larger = [v * factor for v in values]
    assert close(alone(larger).hhi(), plain_hhi(values))
    assert close(gini(Histogram.of(larger)), plain_gini(values))


@settings(deadline=None)
@given(USED, st.randoms(use_true_random=False))
def test_order_does_not_matter_to_the_last_digit(values: list[int], draw: random.Random) -> None:
    other = draw.sample(values, len(values))
    assert alone(other).hhi() == alone(values).hhi()
    assert gini(Histogram.of(other)) == gini(Histogram.of(values))


@settings(deadline=None)
@given(USED, st.integers(2, 5))
def test_each_group_split_into_equal_parts(values: list[int], parts: int) -> None:
    """So many times as many groups are as unequal, and so many times less concentrated."""
    split = [v for v in values for _ in range(parts)]
    assert close(alone(split).hhi(), plain_hhi(values) / parts)
    assert close(gini(Histogram.of(split)), plain_gini(values))


@settings(deadline=None)
@given(USED)
def test_a_group_at_zero_leaves_the_hhi_and_raises_the_gini(values: list[int]) -> None:
    more = [*values, 0]
    assert alone(more).hhi() == pytest.approx(alone(values).hhi())
    assert plain_gini(more) >= plain_gini(values)
    assert close(gini(Histogram.of(more)), plain_gini(more))
    assert Histogram.of(more).above_zero().groups == sum(v > 0 for v in values)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), min_size=1, max_size=12))
def test_a_histogram_is_as_good_as_its_values(pairs: list[tuple[int, int]]) -> None:
    values = [v for v, times in pairs for _ in range(times)]
    given_counts = Histogram.of([v for v, _ in pairs], [n for _, n in pairs])
    assert given_counts.groups == len(values)
    assert given_counts.values.tolist() == sorted(set(values))
    assert gini(given_counts) == gini(Histogram.of(values))


@settings(deadline=None)
@given(VALUES, VALUES, st.randoms(use_true_random=False))
def test_whatever_group_the_unknown_belong_to_stays_within_the_bounds(
    known: list[int], unknown: list[int], draw: random.Random
) -> None:
    """Each unknown model is put into a drawn group, or into a new one."""
    found = Concentration(Histogram.of(known), Histogram.of(unknown))
    truth = [*known]
    for value in unknown:
        place = draw.randrange(len(truth) + 1)
        if place == len(truth):
            truth.append(0)
        truth[place] += value
    low, high = found.hhi(), found.hhi_at_most()
    if not sum(truth):
        assert low is None
        assert high is None
        return
    assert low is not None
    assert high is not None
    assert low * (1 - 1e-9) <= plain_hhi(truth) <= high * (1 + 1e-9)
    as_one = found.hhi_unknown_as_one()
    assert as_one is not None
    assert low * (1 - 1e-9) <= as_one <= high * (1 + 1e-9)
    for k in (1, 3, 10):
        true = sum(sorted(truth, reverse=True)[:k]) / sum(truth)
        assert (found.largest(k) or 0) - 1e-9 <= true <= (found.largest_at_most(k) or 0) + 1e-9


def test_over_nothing_everything_is_unknown() -> None:
    for found in (alone([0, 0]), Concentration(NOTHING, NOTHING)):
        assert found.hhi() is None
        assert found.hhi_unknown_as_one() is None
        assert found.hhi_at_most() is None
        assert found.hhi_attributed() is None
        assert found.unknown_share is None
        assert found.largest(1) is None
        assert found.largest_at_most(1) is None
        assert gini(found.known) is None
    assert effective_number(None) is None


def test_only_unknown_models() -> None:
    found = Concentration(NOTHING, Histogram.of([1, 1]))
    assert found.hhi() == 5000
    assert found.hhi_unknown_as_one() == 10_000
    assert found.hhi_at_most() == 10_000
    assert found.hhi_attributed() is None
    assert found.unknown_share == 1
