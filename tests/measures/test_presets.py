"""Presets on an invented store that carries all of them, and on the sample that carries none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.small_store import developer, lists, namespace, overlay, put, state

from modelcensus.contracts.presets import PRESETS
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

MONTHS = (
    *("2025-01-15", "2025-02-01", "2025-07-01", "2025-10-01", "2026-01-01"),
    *("2026-02-20", "2026-03-01", "2026-03-31", "2026-08-01"),
)
EAST, WEST, WILD = "east/one", "west/one", "nobody/one"


def moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def listing() -> Iterator[Any]:
    """Yield complete listings: east grows by 30 a listing from 100, west by 20 from 150."""
    base = {"relation": "finetune", "model_id": EAST, "source": "tag"}
    for place, label in enumerate(MONTHS):
        rows = [
            {"id": EAST, "downloads_all_time": 100 + 30 * place},
            {"id": WEST, "downloads_all_time": 150 + 20 * place},
            {"id": WILD, "downloads_all_time": 10 * place},
        ]
        children = [
            {"id": f"nobody/made-{n}", "downloads_all_time": n, "downloads_30d": n,
             "created_at": moment("2025-09-10"),
             "base_models": [base | {"model_id": on, "relation": how}]}
            for n, on, how in ((4, WEST, "finetune"), (6, EAST, "finetune"), (7, EAST, "adapter"),
                               (8, WEST, "quantized"))
        ]  # fmt: skip
        rows += children if label >= "2025-10-01" else []
        yield state(label, rows, frame="hub", complete=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder = tmp_path_factory.mktemp("presets")
    first_year = [
        state(
            label,
            [{"id": EAST, "downloads_first_year": 10 * n}, {"id": WEST, "downloads_first_year": n},
             {"id": WILD, "downloads_first_year": 9 * n}],
            frame="panel:evolution-first-year",
        )
        for n, label in enumerate(("2024-08-01", "2025-09-01"), 1)
    ]  # fmt: skip
    atom = lists(
        "atom",
        "2026-08-01",
        population={"model_id": [EAST, WEST], "list": ["atom", "atom"]},
        regions={"namespace": ["east", "west"], "region": ["china", "us"]},
    )
    laid = overlay(
        folder / "overlay",
        developers=[developer("east-lab", "CN"), developer("west-lab", "US")],
        namespaces=[namespace("east", "east-lab"), namespace("west", "west-lab")],
    )
    store = put(Store(folder / "store"), *listing(), *first_year, atom)
    report = build_release(store, Settings(), overlays=[laid])
    with Census(open_release(store, report.name)) as census:
        yield census


def test_the_study_s_shares_of_first_year_counts(world: Census) -> None:
    """East grew by 10, west by 1, nobody by 9."""
    rows = {r["group"]: r["share_of_all"] for r in world.share(preset="longpre-2025")}
    assert rows == {"CN": 0.5, "US": 0.05, "unknown": pytest.approx(0.45)}


def test_shares_of_a_year_over_the_attributed_part(world: Census) -> None:
    """From 2025-02-01 to 2026-03-01 five listings: east 150, west 100; unknown is left out."""
    figure = world.share(preset="hf-spring-2026")
    rows = {r["group"]: r["share_of_attributed"] for r in figure}
    assert (rows["CN"], rows["US"]) == (0.6, 0.4)
    assert "held 60.0 %" in figure.finding
    assert figure.caveats[0].startswith("by preset hf-spring-2026: Hugging Face")
    assert "inferred, not stated by its source: metric, denominator" in figure.caveats[1]


def test_accounts_by_what_was_downloaded_in_the_window(world: Census) -> None:
    """From 2026-01-01 to 2026-08-01 four listings: 120, 80 and 40."""
    rows = {r["group"]: r["value"] for r in world.rank(preset="hf-summer-2026")}
    assert (rows["east"], rows["west"], rows["nobody"]) == (120, 80, 40)


def test_when_tracked_models_of_one_region_passed_the_other(world: Census) -> None:
    """100, 130, 160, 190, 220, against 150, 170, 190, 210, 230: not within the period."""
    figure = world.crossover(preset="atom-2026-01")
    assert [r["by"] for r in figure] == [None, None]
    later = world.crossover(preset="atom-2026-01", period="2025-01..2026-08")
    assert [(r["after"], r["by"]) for r in later] == [("2026-02-20", "2026-03-01")] * 2
    assert later.caveats[0] == "changed from preset atom-2026-01: period"


def test_cumulative_counts_of_tracked_models(world: Census) -> None:
    rows = {r["group"]: r["value"] for r in world.share(preset="atom-2026-q2")}
    assert rows == {"china": 100 + 30 * 7, "us": 150 + 20 * 7}


def test_new_derivatives_above_the_threshold(world: Census) -> None:
    """Of those with more than 5 downloads two stand on east and one on west."""
    figure = world.derivatives(preset="hai-2025-derivatives")
    assert {r["group"]: r["share_of_all"] for r in figure}["CN"] == pytest.approx(2 / 3)
    strict = world.derivatives(preset="hai-2025-derivatives", relation="finetune", threshold="0")
    assert {r["group"]: r["share_of_all"] for r in strict}["CN"] == pytest.approx(1 / 2)
    assert strict.caveats[0] == "changed from preset hai-2025-derivatives: relation, threshold"


@pytest.mark.parametrize("name", PRESETS)
def test_the_sample_refuses_each_preset_and_says_what_would_bring_it(
    sample_census: Census, name: str
) -> None:
    measure = PRESETS[name].measure
    with pytest.raises(ContractError, match=f"cannot carry the preset {name}: ") as caught:
        getattr(sample_census, measure)(preset=name)
    assert caught.value.next_step == PRESETS[name].needs
    assert caught.value.exit_code == 2
