"""Ranks, counted by hand on the grove."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import Sums
from modelcensus.measures.census import Census
from modelcensus.measures.rank import ranks_of

FRAME = "panel:grove"


def test_ties_share_the_smaller_rank(census: Census) -> None:
    """As publishers: IS 200 + 60 + 0 + 40, PT 200 + 40 + 50 (hazel), NO 100, UY 100.

    Without its largest model IS has 100 (behind PT 290; equal to two others), PT 90 (behind
    IS, NO, UY), NO and UY 0 (behind all four others).
    """
    rows = census.rank(frame=FRAME, lens="publisher").records()
    kept = ("rank", "group", "value", "models", "ratio_to_next", "largest_model", "rank_without_it")
    assert [tuple(row[k] for k in kept) for row in rows] == [
        (1, "IS", 300, 4, 300 / 290, "alder/aspen-7b", 2),
        (2, "PT", 290, 4, 2.9, "birch/beech-large", 4),
        (3, "NO", 100, 1, 1.0, "repack/aspen-7b-gguf", 5),
        (3, "UY", 100, 1, 100 / 60, "cedar/cone", 5),
        (5, "international", 60, 1, None, "fir/needle", 5),
        (None, "unknown", 150, 3, None, None, None),
    ]


def test_the_rank_of_a_subject_is_its_rank_among_all(census: Census) -> None:
    figure = census.rank("UY", "portugal", frame=FRAME)
    assert [(r["rank"], r["group"]) for r in figure] == [(2, "PT"), (3, "UY"), (None, "unknown")]
    for part in ("2. models made by developers based in Portugal (240)", "3. ", "(100)"):
        assert part in figure.finding
    assert set(figure.bounds["within_frame"]) == {"PT", "UY"}


def test_medians(census: Census) -> None:
    """IS: 0, 40, 50, 60, 200; PT: 40, 200 and a null; UY 100; international 60; unknown
    40, 50, 60, 100.
    """
    figure = census.rank(frame=FRAME, outliers="median")
    assert [(r["rank"], r["group"], r["value"]) for r in figure] == [
        (1, "PT", 120),
        (2, "UY", 100),
        (3, "international", 60),
        (4, "IS", 50),
        (None, "unknown", 55),
    ]
    assert {r["rank_without_it"] for r in figure} == {None}
    assert figure.rows.schema.field("value").type == pa.float64()
    assert figure.bounds["within_frame"] == {}
    assert figure.coverage["total"] is None
    assert figure.coverage["attributed_share"] is None
    assert "By median 30-day downloads" in figure.finding


def test_sums_stay_whole(census: Census) -> None:
    assert census.rank(frame=FRAME).rows.schema.field("value").type == pa.int64()


def test_a_group_without_a_count_has_no_rank(census: Census) -> None:
    rows = census.rank(frame="sample:leaf", metric="likes").records()
    assert [(r["rank"], r["group"], r["value"]) for r in rows] == [
        (1, "IS", 20),
        (2, "PT", 5),
        (None, "UY", None),
        (None, "unknown", 0),
    ]
    assert rows[1]["ratio_to_next"] is None


def test_a_rank_with_no_known_group(census: Census) -> None:
    figure = census.rank(metric="pulls")
    assert [(r["rank"], r["group"]) for r in figure] == [(None, "unknown")]
    assert "no known group" in figure.finding


def test_the_largest_models_are_listed(census: Census) -> None:
    listed = census.rank(frame=FRAME).sensitivity["largest_models"]
    assert [m["model_id"] for m in listed[:3]] == [
        "alder/aspen-7b",
        "birch/beech-large",
        "cedar/cone",
    ]


def test_an_interval_has_no_rank(census: Census) -> None:
    with pytest.raises(ContractError, match="cannot be summed"):
        census.rank(frame=FRAME, period="2031")


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 5), st.booleans()), min_size=1
    )
)
def test_ranks_are_what_sorting_gives(groups: dict[str, tuple[int, bool]]) -> None:
    sums = Sums(
        {g: value for g, (value, _) in groups.items()} | {"unknown": 99},
        {},
        {g: int(known) for g, (_, known) in groups.items()},
        0,
    )
    known = sorted((value for value, is_known in groups.values() if is_known), reverse=True)
    assert ranks_of(sums) == {
        g: known.index(value) + 1 for g, (value, is_known) in groups.items() if is_known
    }
