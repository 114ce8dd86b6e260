from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelcensus.vet.clusters import (
    Cell,
    Clusters,
    bootstrap_ratio,
    design_effect,
    paired_ratio,
)
from modelcensus.vet.intervals import Z

CELLS: list[Cell] = [("s", f"u{u}", f"g{g}") for u in range(3) for g in range(2)]


def test_the_two_way_variance_by_hand() -> None:
    # rows are user tasks, columns goals:   first 1 1 | 1 0 | 0 0    second 1 0 | 0 0 | 0 0
    first = np.array([1, 1, 1, 0, 0, 0], dtype=float)
    second = np.array([1, 0, 0, 0, 0, 0], dtype=float)
    found = paired_ratio(first, second, Clusters.of(CELLS))
    assert found is not None
    # influence = first / 3 - second / 1: cells -2/3, 1/3, 1/3, 0, 0, 0
    # rows -1/3, 1/3, 0: 3/2 (1/9 + 1/9) = 1/3
    # columns -1/3, 1/3: 2 (1/9 + 1/9) = 4/9
    # cells: 6/5 (4/9 + 1/9 + 1/9) = 4/5; together 1/3 + 4/9 - 4/5 < 0, so the largest part stands
    assert found.is_reduced
    assert found.error == pytest.approx(math.sqrt(4 / 5))
    assert found.t.value == pytest.approx(3.0)
    assert found.clusters == 2
    quantile = stats.t.ppf(0.975, 1)
    assert found.t.high == pytest.approx(3 * math.exp(quantile * found.error))
    assert found.z.high == pytest.approx(3 * math.exp(Z * found.error))


def test_suites_keep_tasks_of_one_name_apart() -> None:
    cells = [("a", "u0", "g0"), ("b", "u0", "g0"), ("a", "u1", "g0")]
    clusters = Clusters.of(cells)
    assert clusters.users.tolist() == [0, 2, 1]
    assert clusters.goals.tolist() == [0, 1, 0]


def test_without_user_tasks_only_goals_cluster() -> None:
    cells = [("a", "", f"g{n}") for n in range(10)]
    clusters = Clusters.of(cells)
    assert clusters.fewest == 10
    values = np.array([1, 0] * 5, dtype=float)
    # each case is a cluster of its own: the variance is that of independent cases, times n/(n-1)
    assert design_effect(values, clusters) == pytest.approx(10 / 9)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_all_cases_came_out_alike_nothing_is_told(value: float) -> None:
    clusters = Clusters.of(CELLS)
    values = np.full(6, value)
    assert design_effect(values, clusters) is None
    assert paired_ratio(np.zeros(6), values, clusters) is None
    assert paired_ratio(values, np.zeros(6), clusters) is None


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=6, max_size=6))
def test_the_ratio_turned_round_has_the_limits_turned_round(pairs: list[tuple[bool, bool]]) -> None:
    first, second = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    clusters = Clusters.of(CELLS)
    there, back = paired_ratio(first, second, clusters), paired_ratio(second, first, clusters)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.error == pytest.approx(back.error)
        assert there.t.low == pytest.approx(1 / (back.t.high or 1))


def test_the_bootstrap_is_the_same_each_time_and_near_the_formula() -> None:
    random = np.random.default_rng(5)
    cells = [("s", f"u{u}", f"g{g}") for u in range(40) for g in range(20)]
    clusters = Clusters.of(cells)
    rows, columns = random.normal(size=40), random.normal(size=20)
    drift = rows[clusters.users] * 0.3 + columns[clusters.goals] * 0.5
    first, second = ((drift + random.normal(size=800) > t).astype(float) for t in (0.3, 0.9))
    found = bootstrap_ratio(first, second, clusters)
    assert found == bootstrap_ratio(first, second, clusters)
    formula = paired_ratio(first, second, clusters)
    assert formula is not None
    assert found.low == pytest.approx(formula.t.low, rel=0.25)
    assert found.high == pytest.approx(formula.t.high, rel=0.25)


def test_the_bootstrap_has_no_limit_that_draws_do_not_bear_out() -> None:
    clusters = Clusters.of(CELLS)
    first = np.array([1, 1, 1, 1, 1, 0], dtype=float)
    rare = np.array([1, 0, 0, 0, 0, 0], dtype=float)
    found = bootstrap_ratio(first, rare, clusters)
    assert found.value == pytest.approx(5.0)
    assert found.high is None
    nothing = bootstrap_ratio(np.zeros(6), np.zeros(6), clusters)
    assert (nothing.value, nothing.low, nothing.high) == (None, None, None)
