"""Series and totals: levels side by side, never added up, null where not observed."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from tests.worlds import GROVE_LABELS

from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census

FRAME = "panel:grove"


def line(figure: Any, group: str, column: str = "value") -> list[Any]:
    return [row[column] for row in figure if row["group"] == group]


def test_golden_series(census: Census) -> None:
    """IS 200 + 30 + 0 + 50 + berry 70, 60, 50, 40, and the mini 30, 30, 50, 60;
    PT 150, 300, 190, 240; fir was not seen at the first and third label.
    """
    figure = census.series(frame=FRAME)
    assert [row["label"] for row in figure if row["group"] == "IS"] == list(GROVE_LABELS)
    assert line(figure, "IS") == [350, 340, 350, 350]
    assert line(figure, "PT") == [150, 300, 190, 240]
    assert line(figure, "UY") == [100, 100, 100, 100]
    assert line(figure, "international") == [None, 60, None, 60]
    assert line(figure, "international", "share_of_all") == [None, 0.06, None, 0.06]
    assert line(figure, "international", "models") == [0, 1, 0, 1]
    # elm (50) entered at the third label
    assert line(figure, "unknown") == [200, 200, 250, 250]
    assert line(figure, "unknown", "share_of_all") == [0.25, 0.2, 250 / 890, 0.25]
    assert line(figure, "unknown", "share_of_attributed") == [None] * 4
    assert line(figure, "IS", "share_of_attributed") == [350 / 600, 340 / 800, 350 / 640, 350 / 750]


def test_each_snapshot_s_shares_sum_to_one(census: Census) -> None:
    figure = census.series(frame=FRAME, by="developer")
    for label in GROVE_LABELS:
        parts = [row["share_of_all"] for row in figure if row["label"] == label]
        assert sum(p for p in parts if p is not None) == pytest.approx(1)


def test_coverage_of_every_snapshot(census: Census) -> None:
    coverage = census.series(frame=FRAME).coverage
    assert coverage["label"] == "2031-04-05"
    assert [(s["label"], s["models"], s["total"]) for s in coverage["snapshots"]] == [
        ("2031-01-05", 12, 800),
        ("2031-02-05", 13, 1000),
        ("2031-03-05", 13, 890),
        ("2031-04-05", 14, 1000),
    ]
    assert [s["unknown_share"] for s in coverage["snapshots"]] == [0.25, 0.2, 250 / 890, 0.25]


@pytest.mark.parametrize(
    ("period", "labels"),
    [
        ("2031-02..2031-03", GROVE_LABELS[1:3]),
        ("2031-02-05..2031-03-05", GROVE_LABELS[1:3]),
        ("2031-02-06..2031-03-04", ()),
        ("2031-01", GROVE_LABELS[:1]),
        ("2031", GROVE_LABELS),
        # an instant has one snapshot
        ("2031-03-31", GROVE_LABELS[2:3]),
        ("latest", GROVE_LABELS[3:]),
    ],
)
def test_the_period_selects_snapshots(census: Census, period: str, labels: tuple[str, ...]) -> None:
    if not labels:
        with pytest.raises(ContractError, match="no snapshot") as caught:
            census.series(frame=FRAME, period=period)
        assert "2031-01-05 to 2031-04-05" in caught.value.where
        return
    figure = census.series("IS", frame=FRAME, period=period)
    assert [r["label"] for r in figure if r["group"] == "IS"] == list(labels)


def test_the_headline_is_over_the_denominator(census: Census) -> None:
    """IS of IS and PT: 350 of 500, then 350 of 590."""
    figure = census.series("IS", "PT", frame=FRAME, denominator="selected")
    assert "Iceland went from 70.0 % to 59.3 %" in figure.finding
    assert "(4 snapshots)" in figure.finding


def test_a_subject_may_be_gone_at_the_end(census: Census) -> None:
    figure = census.series("international", frame=FRAME, period="2031-01..2031-03")
    assert line(figure, "international") == [None, 60, None]
    assert "international projects went from 0.0 % to 0.0 %" not in figure.finding


def test_medians_have_levels_and_no_shares(census: Census) -> None:
    figure = census.series("PT", frame=FRAME, outliers="median")
    # 100, 50; 250, 50; 150, 40; 200, 40
    assert line(figure, "PT") == [75, 150, 95, 120]
    assert line(figure, "PT", "share_of_all") == [None] * 4
    assert line(figure, "PT", "share_of_attributed") == [None] * 4
    assert "went from 75 to 120" in figure.finding
    assert figure.bounds["within_frame"] == {}
    assert figure.sensitivity == {"leave_one_model_out": []}
    assert [s["total"] for s in figure.coverage["snapshots"]] == [None] * 4


def test_a_group_with_no_known_count_has_no_level(census: Census) -> None:
    figure = census.series(frame="sample:leaf", metric="likes")
    assert line(figure, "UY") == [None]
    assert line(figure, "UY", "models") == [1]
    assert line(figure, "unknown") == [0]
    medians = census.series("UY", frame="sample:leaf", metric="likes", outliers="median")
    assert "went from unknown to unknown" in medians.finding


def test_growth_is_said(census: Census) -> None:
    caveat = next(c for c in census.series(frame=FRAME).caveats if "grew" in c)
    # fir at the second label, elm at the third; rowan is oldrowan
    assert "2 accounts entered it after 2031-01-05" in caveat
    short = census.series(frame=FRAME, period="2031-03..2031-04")
    assert not [c for c in short.caveats if "grew" in c]


def test_falls_of_a_total_are_said(census: Census) -> None:
    caveat = next(c for c in census.series(metric="pulls").caveats if "recorded" in c)
    assert "pine 500 -> 400 (2031-01-05 to 2031-04-05)" in caveat


def test_little_attribution_is_said(census: Census) -> None:
    assert "only 75.0 % of the metric is attributed" in census.series(frame=FRAME).caveats[0]
    families = census.series(frame="panel:race", by="family")
    assert not [c for c in families.caveats if "attributed" in c]


def test_an_unknown_subject(census: Census) -> None:
    with pytest.raises(UnknownName):
        census.series("NO", frame=FRAME)


# --- totals ------------------------------------------------------------------


def test_golden_totals(census: Census) -> None:
    """12 models first; needle, then leaf, then needle again; ash is 0, beech-null unknown."""
    figure = census.totals(frame=FRAME)
    assert [tuple(row.values()) for row in figure] == [
        ("2031-01-05", 12, 8, 11, 1, 800, "alder/aspen-7b", 0.25),
        ("2031-02-05", 13, 9, 12, 1, 1000, "birch/beech-large", 0.25),
        ("2031-03-05", 13, 9, 12, 1, 890, "alder/aspen-7b", 200 / 890),
        # a tie at 200: the first by name
        ("2031-04-05", 14, 10, 13, 1, 1000, "alder/aspen-7b", 0.2),
    ]
    assert figure.finding == (
        "The frame panel:grove on huggingface held 14 models of 10 accounts on 2031-04-05 "
        "(12 of 8 on 2031-01-05)."
    )
    assert figure.bounds["hub_wide"]["status"] == "not a share"
    assert figure.sensitivity == {"largest_model_share": 0.2}
    assert figure.rows.schema.field("value").type == pa.int64()


def test_the_whole_hub_is_called_so(census: Census) -> None:
    figure = census.totals(frame="hub")
    assert figure.finding.startswith("The whole hub huggingface held 3 models of 3 accounts")
    assert figure.coverage["is_complete_frame"] is True
    assert not [t for t in figure.does_not_show if t.startswith("the whole hub")]


def test_a_population_of_nobody_is_nothing_and_no_fault(census: Census) -> None:
    (row,) = census.totals(frame="sample:leaf", population="young:1").records()
    assert row == {
        "label": "2031-04-05",
        "models": 0,
        "namespaces": 0,
        "models_with_count": 0,
        "models_at_zero": 0,
        "value": None,
        "largest_model": None,
        "largest_share": None,
    }


def test_counts_that_are_all_unknown_make_no_sum(census: Census) -> None:
    figure = census.totals(frame="sample:leaf", metric="likes", population="list:atom-extra")
    assert [(r["models"], r["models_at_zero"], r["value"]) for r in figure] == [(1, 1, 0)]
    assert figure.records()[0]["largest_share"] is None
