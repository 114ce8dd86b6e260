from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelcensus.vet.intervals import (
    Z,
    _score,
    clopper_pearson,
    holm,
    katz,
    koopman,
    mcnemar,
    one_rate,
    wilson,
)

COUNTS = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(lambda p: (min(p), p[1]))


@given(COUNTS)
def test_one_rate_agrees_with_scipy(counts: tuple[int, int]) -> None:
    hits, cases = counts
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        theirs = stats.binomtest(hits, cases).proportion_ci(0.95, method=method)
        found = ours(hits, cases)
        assert found.value == hits / cases
        assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-7)


@pytest.mark.parametrize(("cases", "per_cent"), [(629, 0.585), (144, 2.529)])
def test_no_hit_has_the_exact_upper_limit(cases: int, per_cent: float) -> None:
    found = one_rate(0, cases)
    assert (found.value, found.low) == (0, 0)
    assert round(100 * (found.high or 0), 3) == per_cent


def test_nothing_is_known_of_no_cases() -> None:
    for method in (wilson, clopper_pearson):
        found = method(0, 0)
        assert (found.value, found.low, found.high) == (None, None, None)


def test_katz_agrees_with_scipy() -> None:
    theirs = stats.contingency.relative_risk(211, 629, 46, 629).confidence_interval(0.95)
    found = katz(211, 629, 46, 629)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=1e-6)
    assert katz(0, 5, 2, 5).value is None


def test_koopman_has_one_limit_where_one_side_was_never_hit() -> None:
    found = koopman(21, 629, 0, 629)
    assert found.value is None
    assert found.high is None
    assert round(found.low or 0, 3) == 5.495
    turned = koopman(0, 629, 21, 629)
    assert (turned.value, turned.low) == (0, None)
    assert turned.high == pytest.approx(1 / (found.low or 1), rel=1e-6)
    neither = koopman(0, 629, 0, 629)
    assert (neither.value, neither.low, neither.high) == (None, None, None)


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_limits_of_koopman_are_where_the_score_is_critical(hits: int, other: int) -> None:
    counts = (float(hits), 50.0, float(other), 45.0)
    found = koopman(*counts)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high
    for limit in (found.low, found.high):
        assert _score(counts, limit) == pytest.approx(Z * Z, rel=1e-5)


@pytest.mark.parametrize(
    ("b", "c", "p"), [(0, 0, 1.0), (1, 1, 1.0), (5, 0, 0.0625), (8, 2, 0.109375)]
)
def test_mcnemar_by_hand(b: int, c: int, p: float) -> None:
    assert mcnemar(b, c) == pytest.approx(p)
    assert mcnemar(c, b) == pytest.approx(p)


def test_holm_by_hand() -> None:
    # sorted .01 .02 .04 .2: times 4, 3, 2, 1, and never falling
    assert holm([0.04, 0.01, 0.2, 0.02]) == pytest.approx([0.08, 0.04, 0.2, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_quantile_is_that_of_the_level() -> None:
    assert math.isclose(Z, float(stats.norm.ppf(0.975)), abs_tol=1e-6)
