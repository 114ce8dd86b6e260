"""Interval estimates of shares: by hand, and what must hold for any ranges."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.bounds import within_frame
from modelcensus.measures.intervals import drawn_by, intervals_of, rounded_outwards
from modelcensus.measures.intervals import of_all as all_with
from modelcensus.measures.intervals import of_attributed as attributed_with
from modelcensus.measures.ranges import Range, Ranges


def exact(value: float) -> Range:
    return Range(value, value, value, value)


NOTHING = exact(0)
Z = 1.96


def of_all(ranges: Ranges, group: str) -> list[float]:
    return all_with(ranges, group, drawn_by(ranges, [group])[group])


def of_attributed(ranges: Ranges, group: str) -> list[float]:
    return attributed_with(ranges, group, drawn_by(ranges, [group])[group])


def test_what_is_wholly_known_has_no_width() -> None:
    ranges = Ranges({"CN": exact(30), "US": exact(70)}, 0, 0, NOTHING, 0.0, {})
    assert of_all(ranges, "CN") == of_attributed(ranges, "CN") == [0.3, 0.3]


def test_the_worked_example_of_the_methods() -> None:
    # 100 unknown in a hundred accounts of 1 each, beside CN 300 in 5 accounts and US 600 in 5
    groups = {"CN": exact(300), "US": exact(600), UNKNOWN: exact(100)}
    ranges = Ranges(groups, 0, 0, exact(100), 100 * 1.0, {"CN": 5, "US": 5})
    most = 100 * 0.5 + Z * math.sqrt(0.25 * 100)
    least = 100 / 3 - Z * math.sqrt(2 / 9 * 100)
    assert (least, most) == pytest.approx((24.1, 59.8), abs=0.05)
    assert of_all(ranges, "CN") == pytest.approx([0.3, 0.3598], abs=5e-5)
    assert of_attributed(ranges, "CN") == pytest.approx([0.3241, 0.3598], abs=5e-5)


def test_a_developer_known_to_have_no_country_keeps_none() -> None:
    groups = {"CN": exact(300), "US": exact(600), UNKNOWN: exact(100)}
    ranges = Ranges(groups, 0, 0, NOTHING, 0.0, {})
    assert of_all(ranges, "CN") == [0.3, 0.3]
    assert of_attributed(ranges, "CN") == pytest.approx([1 / 3, 1 / 3])


def test_one_large_unknown_account_counts_as_all_or_nothing() -> None:
    groups = {"CN": exact(300), "US": exact(600), UNKNOWN: exact(100)}
    scattered = Ranges(groups, 0, 0, exact(100), 100 * 1.0, {})
    one = Ranges(groups, 0, 0, exact(100), 100.0**2, {}, largest=(100.0,))
    assert of_all(one, "CN") == [0.3, 0.4]
    assert of_all(scattered, "CN")[1] < 0.37


@pytest.mark.parametrize(
    ("chance", "least", "most"),
    [
        # two accounts of 50: neither is the group's in 96 % of all draws, both are in 0.04 %
        (0.02, 0, 50),
        # both in 4 %
        (0.2, 0, 100),
        # one at least in 99 %, both in 81 %
        (0.9, 50, 100),
        (0.0, 0, 0),
        (1.0, 100, 100),
    ],
)
def test_few_accounts_are_drawn_in_every_way_there_is(
    chance: float, least: float, most: float
) -> None:
    counts = {"CN": exact(1000 * chance), "US": exact(1000 * (1 - chance))}
    ranges = Ranges(
        {**counts, UNKNOWN: exact(100)}, 0, 0, exact(100), 2 * 50.0**2, {}, largest=(50.0, 50.0)
    )
    assert drawn_by(ranges, ["CN"])["CN"] == pytest.approx((least, most), abs=1e-6)


def test_few_reviewed_accounts_leave_the_chance_open() -> None:
    # 1 of 12 reviewed accounts: two unknown ones might both be the group's, at a chance of 2 / 14
    groups = {"CN": exact(10), "US": exact(990), UNKNOWN: exact(100)}
    few, many = (
        Ranges(groups, 0, 0, exact(100), 2 * 50.0**2, {"CN": n, "US": 11 * n}, largest=(50.0, 50.0))
        for n in (1, 100)
    )
    assert drawn_by(few, ["CN"])["CN"] == pytest.approx((0, 50), abs=1e-6)
    three = Ranges(groups, 0, 0, exact(100), 2 * 50.0**2, {"CN": 2, "US": 15}, largest=(50.0, 50.0))
    # 3 of 19: both in 2.5 % of all draws
    assert drawn_by(three, ["CN"])["CN"][1] == pytest.approx(50, abs=1e-6)
    four = Ranges(groups, 0, 0, exact(100), 2 * 50.0**2, {"CN": 2, "US": 11}, largest=(50.0, 50.0))
    # 3 of 15, where 2 of 13 would have been too few
    assert drawn_by(four, ["CN"])["CN"][1] == pytest.approx(100, abs=1e-6)
    assert drawn_by(many, ["CN"])["CN"][1] == pytest.approx(50, abs=1e-6)


def test_nothing_attributed_has_no_interval() -> None:
    ranges = Ranges({UNKNOWN: exact(5)}, 0, 0, exact(5), 25.0, {})
    found = intervals_of(ranges, ["CN", UNKNOWN])
    assert found["groups"] == found["groups_of_attributed"] == {}
    assert found["level"] == 0.95


amounts = st.floats(0, 1e9, allow_nan=False)


@st.composite
def some_ranges(draw: st.DrawFn) -> Ranges:
    def one() -> Range:
        low, likely_low, likely_high, high = sorted(draw(amounts) for _ in range(4))
        return Range(low, high, likely_low, likely_high)

    groups = {name: one() for name in ("CN", "US", "FR", UNKNOWN)}
    part = draw(st.floats(0, 1))
    unknown = groups[UNKNOWN]
    unreviewed = Range(*(part * v for v in (unknown.low, unknown.high,
                                            unknown.likely_low, unknown.likely_high)))  # fmt: skip
    squares = draw(st.floats(0, 1)) * unreviewed.likely_high**2
    accounts = {g: draw(st.integers(0, 9)) for g in ("CN", "US", "FR")}
    return Ranges(groups, 0, 0, unreviewed, squares, accounts)


@given(st.floats(0, 1), st.floats(0, 1))
def test_ends_are_rounded_outwards(one: float, other: float) -> None:
    low, high = sorted((one, other))
    least, most = rounded_outwards([low, high])
    assert low - 2e-6 < least <= low + 1e-12
    assert high - 1e-12 <= most < high + 2e-6


def test_an_end_just_below_a_printed_digit_is_not_rounded_to_it() -> None:
    assert rounded_outwards([0.315691998, 0.315691998]) == [0.315691, 0.315692]


@given(some_ranges())
def test_an_interval_lies_within_the_worst_case(ranges: Ranges) -> None:
    for group in ("CN", "US", "FR"):
        worst_low, worst_high = within_frame(ranges, group)
        for low, high in (of_all(ranges, group), of_attributed(ranges, group)):
            assert 0 <= low <= high + 1e-12
            assert high <= 1
            assert worst_low <= low + 1e-9
            assert high <= worst_high + 1e-9


@given(some_ranges(), st.floats(1.5, 1000))
def test_neither_depends_on_the_unit(ranges: Ranges, unit: float) -> None:
    def scaled(r: Range) -> Range:
        return Range(*(unit * v for v in (r.low, r.high, r.likely_low, r.likely_high)))

    other = Ranges(
        {g: scaled(r) for g, r in ranges.groups.items()},
        0,
        0,
        scaled(ranges.unreviewed),
        ranges.squares * unit**2,
        ranges.accounts,
    )
    for rule in (within_frame, of_all, of_attributed):
        assert rule(other, "CN") == pytest.approx(rule(ranges, "CN"), abs=1e-6)
