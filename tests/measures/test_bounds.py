"""Worst cases: they contain the value, lie in [0, 1], and say when nothing is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.worlds import Rows, World, build_grove

from modelcensus.measures.census import Census
from modelcensus.settings import Settings

FRAME = "panel:grove"


def test_golden_bounds(census: Census) -> None:
    """Of 1000 counted 250 are unknown; the hub held 1900 to 2000, so 1000 were not seen.

    IS 350: within the frame 350 to 600; on the hub 350 / 2000 to (350 + 250 + 1000) / 2000.
    The row of the next day is unread and the one 55 days off is further away.
    """
    bounds = census.share("IS", frame=FRAME).bounds
    assert bounds["within_frame"] == {"IS": [0.35, 0.6]}
    assert bounds["hub_wide"] == {
        "status": "bounded",
        "hub_total": [1900, 2000],
        "hub_total_observed_on": "2031-04-25",
        "days_apart": 20,
        "evidence_url": "https://example.org/invented",
        "frame_share_of_hub": [1000 / 2000, 1000 / 1900],
        "groups": {"IS": [0.175, 0.8]},
    }


def test_models_have_a_total_of_their_own(census: Census) -> None:
    """14 of 100 models were seen: IS 5, unknown 4."""
    hub = census.share("IS", frame=FRAME, metric="models").bounds["hub_wide"]
    assert hub["groups"] == {"IS": [0.05, (5 + 4 + 86) / 100]}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        # 110 days before the total of 2031-04-25
        ({"frame": FRAME, "period": "2031-01-05"}, "no total of downloads_30d on huggingface with"),
        ({"frame": "panel:race"}, "within 60 days of 2032-05-01"),
        ({"frame": "panel:kettle", "metric": "pulls"}, "no total of pulls on ollama"),
        ({"frame": FRAME, "population": "first_party"}, "this population"),
        ({"frame": FRAME, "outliers": "cap:50"}, "treatment of outliers"),
        ({"frame": "sample:leaf"}, "a curated sample"),
    ],
)
def test_what_is_not_known_of_the_hub(census: Census, values: dict[str, str], why: str) -> None:
    hub = census.share(**values).bounds["hub_wide"]
    assert hub["status"] == "unknown here"
    assert why in hub["why"]
    assert hub["groups"] == {}


def test_the_whole_hub_needs_no_bounds(census: Census) -> None:
    hub = census.share(frame="hub").bounds["hub_wide"]
    assert hub == {"status": "the frame is the whole hub", "groups": {}}


@pytest.mark.parametrize(("days", "status"), [(19, "unknown here"), (20, "bounded")])
def test_how_far_a_total_may_lie_is_a_setting(forest: World, days: int, status: str) -> None:
    with forest.open(Settings(hub_total_days=days)) as census:
        hub = census.share(frame=FRAME).bounds["hub_wide"]
    assert hub["status"] == status
    assert status == "bounded" or f"within {days} days" in hub["why"]


def _shrink(rows: Rows) -> None:
    """The register says that the hub held less than the frame saw: totals lie weeks apart."""
    for row in rows["hub_totals"]:
        row |= {"value_low": "0", "value_high": "900"}


def test_a_total_below_what_the_frame_saw_gives_no_share_above_one(tmp_path: Path) -> None:
    with build_grove(tmp_path, change=_shrink).open() as census:
        hub = census.share().bounds["hub_wide"]
    assert hub["hub_total"] == [0, 900]
    assert hub["frame_share_of_hub"] == [1, 1]
    # hazel/nut counts as birch's here: it was first seen after the transfer
    assert hub["groups"]["PT"] == [0.29, 0.54]


@pytest.mark.parametrize("measure", ["rank", "series"])
@pytest.mark.parametrize("by", ["country", "developer", "family", "namespace"])
@pytest.mark.parametrize("frame", [FRAME, "hub"])
def test_bounds_hold_the_value(census: Census, measure: str, by: str, frame: str) -> None:
    figure = getattr(census, measure)(by=by, frame=frame)
    rows = figure.records()
    rows = [r for r in rows if r.get("label") == rows[-1].get("label")]
    total = sum(r["value"] or 0 for r in rows)
    shares = {r["group"]: r["value"] / total for r in rows if r["value"] is not None}
    assert "unknown" not in figure.bounds["within_frame"]
    assert set(figure.bounds["within_frame"]) == set(shares) - {"unknown"}
    for group, (low, high) in figure.bounds["within_frame"].items():
        assert 0 <= low <= shares[group] + 1e-12
        assert shares[group] - 1e-12 <= high <= 1 + 1e-12
        wide = figure.bounds["hub_wide"]["groups"].get(group)
        if wide:
            assert 0 <= wide[0] <= low
            assert high <= wide[1] <= 1
