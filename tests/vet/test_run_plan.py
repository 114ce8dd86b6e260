"""Plans of live runs: every case in one shard, an order that does not move, costs that add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import SettingsError
from modelcensus.vet.run_config import Prices
from modelcensus.vet.run_plan import (
    Case,
    Estimate,
    Measured,
    Shard,
    cases_of,
    estimate,
    in_order,
    read_shard,
)

CASES = [Case(f"banking-u{u}-i{i}", "banking", 2 + u % 3) for u in range(16) for i in range(9)]
names = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)


@given(names, st.integers(1, 9), st.integers(0, 50))
def test_shards_are_a_partition_of_the_run(found: list[str], of: int, most: int) -> None:
    cases = [Case(name, "s", 2) for name in found]
    shards = [cases_of(cases, Shard(number, of), most=most) for number in range(1, of + 1)]
    together = [case for shard in shards for case in shard]
    assert sorted(together, key=str) == sorted(cases_of(cases, Shard(), most=most), key=str)
    assert len(set(together)) == len(together) == min(len(cases), most or len(cases))
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= 1


@given(names, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_told(found: list[str], random: object) -> None:
    cases = [Case(name, "s", 2) for name in found]
    shuffled = list(cases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert in_order(shuffled) == in_order(cases)


@given(names, st.integers(1, 40))
def test_a_raised_limit_keeps_the_cases_of_the_lower_one(found: list[str], most: int) -> None:
    cases = [Case(name, "s", 2) for name in found]
    few, more = (cases_of(cases, Shard(), most=n) for n in (most, most + 1))
    assert more[: len(few)] == few


def test_the_first_cases_are_spread_over_tasks_and_goals() -> None:
    first = [case.name.split("-") for case in cases_of(CASES, Shard(), most=36)]
    assert len({user for _, user, _ in first}) >= 12
    assert len({goal for _, _, goal in first}) == 9


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2", "1/2/3", "1/99999"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(SettingsError, match="no shard"):
        read_shard(text)


def test_what_is_a_shard() -> None:
    assert read_shard("") == Shard(1, 1)
    assert read_shard(" 2/4") == Shard(2, 4)
    assert Shard(2, 4).name == "2-of-4"


def test_before_a_case_is_finished_only_requests_are_estimated() -> None:
    prices = Prices(1.0, 2.0, "EUR")
    found = estimate(CASES, 2, 15, Measured(), prices)
    by_hand = 2 * sum(case.solution_requests for case in CASES)
    assert found == Estimate(by_hand, 144 * 2 * 15)


def test_finished_cases_let_expect_requests_tokens_and_cost() -> None:
    measured = Measured(cases=10, requests=25, input_tokens=10_000, output_tokens=500)
    found = estimate(CASES, 1, 15, measured, Prices(2.0, 8.0, "EUR"))
    # 144 cases: 14.4 times as much
    assert (found.requests, found.input_tokens, found.output_tokens) == (360, 144_000, 7_200)
    assert found.cost == pytest.approx((144_000 * 2 + 7_200 * 8) / 1e6)


@pytest.mark.parametrize(
    ("measured", "prices"),
    [
        (Measured(1, 2, None, 5), Prices(1.0, 1.0)),
        (Measured(1, 2, 5, 5), Prices(1.0, None)),
        (Measured(1, 2, 5, 5), Prices()),
    ],
)
def test_a_cost_that_cannot_be_said_is_not_said(measured: Measured, prices: Prices) -> None:
    assert estimate(CASES, 1, 15, measured, prices).cost is None


def test_what_costs_nothing_costs_nothing() -> None:
    assert estimate(CASES, 1, 15, Measured(1, 2, 5, 5), Prices(0.0, 0.0)).cost == 0.0
