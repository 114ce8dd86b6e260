"""When one group passed another, held against a brute-force recomputation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import ContractError
from modelcensus.measures.census import Census
from modelcensus.measures.crossover import (
    Crossing,
    Race,
    crossing_row,
    explain_difference,
    first_crossing,
    lasting_crossing,
)

UP, DOWN = True, False


@pytest.mark.parametrize(
    ("above", "first", "lasting"),
    [
        ([], Crossing(None, None), Crossing(None, None)),
        ([DOWN, DOWN], Crossing(None, None), Crossing(None, None)),
        ([UP, UP], Crossing(None, 0), Crossing(None, 0)),
        ([DOWN, UP, UP], Crossing(0, 1), Crossing(0, 1)),
        ([DOWN, UP, DOWN, UP], Crossing(0, 1), Crossing(2, 3)),
        ([UP, DOWN, UP], Crossing(None, 0), Crossing(1, 2)),
        ([UP, DOWN], Crossing(None, 0), Crossing(None, None)),
    ],
)
def test_the_two_rules(above: list[bool], first: Crossing, lasting: Crossing) -> None:
    assert first_crossing(above) == first
    assert lasting_crossing(above) == lasting


def test_left_censored_is_the_first_snapshot() -> None:
    assert first_crossing([UP]).is_left_censored
    assert not first_crossing([DOWN, UP]).is_left_censored
    assert not first_crossing([DOWN]).is_left_censored


def find_brute(totals: list[tuple[int, int]], rule: str) -> tuple[int | None, int | None]:
    """Return (after, by) by trying every position, the definition word by word."""
    ahead = [a > b for a, b in totals]
    hits = [i for i in range(len(ahead)) if (ahead[i] if rule == "first" else all(ahead[i:]))]
    if not hits:
        return None, None
    return (hits[0] - 1 if hits[0] else None), hits[0]


models = st.dictionaries(
    st.sampled_from("abcd"), st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1
)


@given(models, models)
def test_any_small_race_equals_brute_force(
    ahead: dict[str, list[int]], behind: dict[str, list[int]]
) -> None:
    """Every model of both groups is left out in turn and everything is counted again."""
    labels = ["l0", "l1", "l2", "l3"]
    counts = {f"A/{m}": c for m, c in ahead.items()} | {f"B/{m}": c for m, c in behind.items()}

    def totals(left_out: str = "") -> list[tuple[int, int]]:
        kept = {m: c for m, c in counts.items() if m != left_out}
        return [
            tuple(sum(c[i] for m, c in kept.items() if m[0] == side) for side in "AB")  # type: ignore[misc]
            for i in range(4)
        ]

    whole = totals()
    removals = {
        m: {i: float(-c[i] if m[0] == "A" else c[i]) for i in range(4)} for m, c in counts.items()
    }
    race = Race(labels, [float(a) for a, _ in whole], [float(b) for _, b in whole], removals)

    def named(found: tuple[int | None, int | None]) -> tuple[str | None, str | None]:
        after, by = found
        return None if after is None else labels[after], None if by is None else labels[by]

    for rule in ("first", "lasting"):
        row = crossing_row(race, rule)
        expected = find_brute(whole, rule)
        assert (row["after"], row["by"]) == named(expected)
        assert row["left_censored"] == (expected[1] == 0)
        moved = {m: find_brute(totals(m), rule) for m in counts}
        changed = {m: named(found) for m, found in moved.items() if found != expected}
        assert {m["model"]: (m["after"], m["by"]) for m in row["leave_one_out"]} == changed
        assert row["is_stable"] == (not changed)

    first, lasting = find_brute(whole, "first"), find_brute(whole, "lasting")
    explained = explain_difference(race)
    if first == lasting or first[1] is None:
        assert explained is None
        return
    reach = {m: 4 if (by := find_brute(totals(m), "first")[1]) is None else by for m in counts}
    later = {m: by for m, by in reach.items() if by > first[1]}
    if not later:
        assert explained is None
    else:
        assert explained is not None
        assert later[explained] == max(later.values())


# --- on the invented frames --------------------------------------------------


def rows_of(figure: Any) -> dict[str, dict[str, Any]]:
    return {row["rule"]: row for row in figure}


def test_golden_race(census: Census) -> None:
    """aspen 150 throughout, beech 110, 160, 130, 240, 190.

    Without aspen-7b (100) or aspen-mini (50) beech leads from the first day; without beech-small
    (30, 40 ...) beech has 80, 120, 90, 200, 150 and leads in April only; without beech-large
    never.
    """
    figure = census.crossover("beech", "aspen", frame="panel:race")
    rows = rows_of(figure)
    first, lasting = rows["first"], rows["lasting"]
    assert (first["after"], first["by"]) == ("2032-01-01", "2032-02-01")
    assert (lasting["after"], lasting["by"]) == ("2032-03-01", "2032-04-01")
    assert first["left_censored"] is lasting["left_censored"] is False
    assert first["leave_one_out"] == [
        {"model": "alder/aspen-7b", "after": None, "by": "2032-01-01"},
        {"model": "alder/aspen-mini", "after": None, "by": "2032-01-01"},
        {"model": "birch/beech-small", "after": "2032-03-01", "by": "2032-04-01"},
        {"model": "birch/beech-large", "after": None, "by": None},
    ]
    assert lasting["leave_one_out"] == [
        {"model": "alder/aspen-7b", "after": None, "by": "2032-01-01"},
        {"model": "alder/aspen-mini", "after": None, "by": "2032-01-01"},
        {"model": "birch/beech-large", "after": None, "by": None},
        {"model": "birch/beech-small", "after": None, "by": None},
    ]
    assert first["explained_by"] == "birch/beech-large"
    assert first["is_stable"] is lasting["is_stable"] is figure.sensitivity["is_stable"] is False
    assert figure.details["series"][1] == {"label": "2032-02-01", "beech": 160, "aspen": 150}
    assert "not stable" in figure.finding
    assert figure.coverage["snapshots"] == 5


def test_what_explains_it_is_computed(census: Census) -> None:
    """In the planted race beech-flash (120 at the first crossing) and beech-large (60) both
    undo it; flash carries more of the lead.
    """
    rows = rows_of(census.crossover("beech", "aspen", frame="panel:planted"))
    assert rows["first"]["explained_by"] == "birch/beech-flash"
    assert (rows["first"]["by"], rows["lasting"]["by"]) == ("2032-02-01", "2032-04-01")


def test_a_stable_crossing(census: Census) -> None:
    figure = census.crossover("beech", "aspen", frame="panel:calm")
    for row in figure:
        assert (row["after"], row["by"]) == ("2032-02-01", "2032-03-01")
        assert row["is_stable"] is True
        assert row["leave_one_out"] == []
        assert row["explained_by"] is None
    assert figure.sensitivity["is_stable"] is True
    assert "stable" not in figure.finding


def test_not_any_more(census: Census) -> None:
    rows = rows_of(figure := census.crossover("aspen", "beech", frame="panel:race"))
    assert (rows["first"]["after"], rows["first"]["by"]) == (None, "2032-01-01")
    assert rows["first"]["left_censored"] is True
    assert (rows["lasting"]["by"], rows["lasting"]["left_censored"]) == (None, False)
    assert "or before it; at the last snapshot it does not" in figure.finding


def test_never(census: Census) -> None:
    """beech 150, 300, 190, 240 stays below aspen 330, 330, 350, 360."""
    figure = census.crossover("beech", "aspen", frame="panel:grove")
    assert [(r["after"], r["by"]) for r in figure] == [(None, None), (None, None)]
    assert "was never above" in figure.finding
    dated = census.crossover("beech", "aspen", frame="panel:grove", period="2031-01..2031-02")
    assert dated.finding.endswith("huggingface, 2031-01..2031-02.")


def test_medians_are_ordered_and_nothing_is_left_out(census: Census) -> None:
    """Medians: beech 55, 80, 65, 120, 95 against aspen 75."""
    figure = census.crossover("beech", "aspen", frame="panel:race", outliers="median")
    rows = rows_of(figure)
    assert (rows["first"]["by"], rows["lasting"]["by"]) == ("2032-02-01", "2032-04-01")
    assert {row["is_stable"] for row in figure} == {None}
    assert figure.sensitivity["is_stable"] is None
    assert {r["is_stable"] for r in figure.sensitivity["beside"]["rows"]} == {None}
    assert "stable" not in figure.finding


def test_the_neighbouring_grouping_stands_beside(census: Census) -> None:
    """By family aspen has the registered copy in repack (100), by namespace alder has ash (0)."""
    figure = census.crossover("alder", "birch", by="namespace", frame="panel:grove")
    beside = figure.sensitivity["beside"]
    assert (beside["by"], beside["subjects"]) == ("family", ["aspen", "beech"])
    alder = beside["difference"][0]
    assert (alder["namespace"], alder["family"]) == ("alder", "aspen")
    (ash,) = alder["only_by_namespace"]["largest"]
    assert (ash["model_id"], ash["largest_value"], ash["counted_as"]) == (
        "alder/ash-1b",
        0,
        "unassigned",
    )
    (copy,) = alder["only_by_family"]["largest"]
    assert (copy["model_id"], copy["largest_value"]) == ("repack/aspen-7b-gguf", 100)
    # alder 230, 230, 250, 260 against birch 150, 300, 190, 240
    assert rows_of(figure)["first"]["by"] == "2031-01-05"
    assert rows_of(figure)["lasting"]["by"] == "2031-03-05"
    assert [r["by"] for r in beside["rows"]] == ["2031-01-05", "2031-01-05"]


def test_subjects_that_match_no_two_groups_are_said(census: Census) -> None:
    """cedar and rowan hold nothing but models without a named family."""
    beside = census.crossover("cedar", "rowan", by="namespace", frame="panel:grove").sensitivity[
        "beside"
    ]
    assert beside["why"] == "the subjects match no two groups"


def test_a_neighbouring_race_that_cannot_be_run_says_why(census: Census) -> None:
    """The account larch is there throughout; its family shows at the last snapshot only."""
    figure = census.crossover("larch", "alder", by="namespace", frame="panel:calm")
    beside = figure.sensitivity["beside"]
    assert (beside["by"], beside["subjects"]) == ("family", ["larch", "aspen"])
    assert "1 snapshot(s) show both 'larch' and 'aspen'" in beside["why"]
    assert "rows" not in beside


def test_a_country_has_no_neighbouring_grouping(census: Census) -> None:
    figure = census.crossover("PT", "IS", by="country", frame="panel:race")
    assert figure.sensitivity["beside"] is None
    assert rows_of(figure)["lasting"]["by"] == "2032-04-01"


def test_one_snapshot_shows_no_crossing(census: Census) -> None:
    with pytest.raises(ContractError, match="a crossing needs two") as caught:
        census.crossover("IS", "international", by="country", frame="panel:grove", period="2031-02")
    assert "panel:grove" in caught.value.where


def test_snapshots_without_both_are_left_out_and_counted(census: Census) -> None:
    """fir is seen at the second and fourth label: 60 against UY 100."""
    figure = census.crossover("international", "UY", by="country", frame="panel:grove")
    assert [p["label"] for p in figure.details["series"]] == ["2031-02-05", "2031-04-05"]
    assert figure.coverage["snapshots_without_both"] == 2


def test_the_same_group_twice_is_refused(census: Census) -> None:
    with pytest.raises(ContractError, match="named twice"):
        census.crossover("aspen", "Aspen", frame="panel:race")
