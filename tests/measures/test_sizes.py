"""Sizes of models: golden values, weights, active parameters from lists, implausible counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.small_store import owned, put, state

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources.atom import SCHEMAS
from modelcensus.sources.record import Evidence

B = 10**9
FACTS: dict[str, tuple[int | None, int | None]] = {
    "ash/one": (1 * B, 100),
    "ash/two": (3 * B, 10),
    "ash/three": (8 * B, 10),
    "ash/giant": (19_980_000_000_000_000, 5),
    "ash/zero": (0, 5),
    "beech/mix": (None, 70),
    "beech/dense": (24 * B, 30),
    "beech/untold": (None, None),
    "wild/thing": (500_000_000, 4),
}
"""Model -> parameters by the source, 30-day downloads."""


def listed(rows: list[dict[str, Any]], as_of: str) -> Evidence:
    """Return an imported list of parameters."""
    schema = SCHEMAS["parameters"]
    filled = [dict.fromkeys(schema.names) | row for row in rows]
    table = pa.Table.from_pylist(filled, schema=schema)
    return Evidence("atom", date.fromisoformat(as_of), {"parameters": table}, (), len(rows))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder = tmp_path_factory.mktemp("sizes")
    rows = [
        {"id": name, "parameters": size, "downloads_30d": count}
        for name, (size, count) in FACTS.items()
    ]
    bare = [{"id": "wild/thing", "downloads_30d": 4}]
    store = put(
        Store(folder / "store"),
        state("2031-01-05", rows, frame="panel:sized"),
        state("2031-01-05", bare, frame="panel:bare"),
        listed([{"model_id": "beech/mix", "total_parameters": 1}], "2030-12-01"),
        listed(
            [
                {"model_id": "beech/mix", "total_parameters": 600 * B,
                 "active_parameters": 32 * B, "is_moe": True},
                {"model_id": "beech/dense", "total_parameters": 25 * B, "is_moe": False},
                {"model_id": "ash/zero", "total_parameters": 2 * B},
            ],
            "2031-01-02",
        ),
    )  # fmt: skip
    laid = owned(folder / "overlay", {"ash": ("ash-lab", "IS"), "beech": ("beech-lab", "PT")})
    build_release(store, Settings(), overlays=[laid])
    with Census(open_release(store)) as census:
        yield census


def by_group(figure: Figure) -> dict[tuple[str, str], dict[str, Any]]:
    return {(r["group"], r["kind"]): r for r in figure}


def test_each_model_counts_once_and_quantiles_stand_beside_the_mean(world: Census) -> None:
    figure = world.sizes(frame="panel:sized")
    found = by_group(figure)
    iceland = found["IS", "total"]
    # 1, 2 (told by the list where the source says 0), 3 and 8 billion; the giant is not believed
    assert (iceland["models"], iceland["models_without_size"]) == (4, 1)
    assert iceland["models_implausible"] == 2
    assert iceland["mean"] == 3.5 * B
    assert [iceland[q] for q in ("p10", "p25", "median", "p75", "p90", "p99")] == [
        1 * B, 1 * B, 2 * B, 3 * B, 8 * B, 8 * B,
    ]  # fmt: skip
    assert (iceland["median_at_least"], iceland["median_at_most"]) == (2 * B, 3 * B)
    assert iceland["largest"] == 8 * B
    assert iceland["unknown_share"] == 0.2
    portugal = found["PT", "total"]
    # the source's own 24 billion go before the list's 25
    assert (portugal["median"], portugal["largest"]) == (24 * B, 600 * B)
    assert portugal["mean"] == 312 * B
    assert found["unknown", "total"]["median"] == 500_000_000


def test_active_parameters_come_from_lists_and_dense_models_use_all(world: Census) -> None:
    figure = world.sizes(frame="panel:sized")
    found = by_group(figure)
    active = found["PT", "active"]
    assert (active["models"], active["models_without_size"]) == (2, 1)
    assert (active["p10"], active["largest"], active["mean"]) == (24 * B, 32 * B, 28 * B)
    assert ("IS", "active") not in found
    assert figure.coverage["models_with_active_size"] == 2
    assert figure.coverage["models_sized_by_a_list"] == 2
    assert any("from imported lists: Probe authors" in c for c in figure.caveats)
    assert any("active parameters are known of 2 models" in c for c in figure.caveats)


def test_downloads_weigh_what_they_are_asked_to(world: Census) -> None:
    figure = world.sizes("IS", "PT", frame="panel:sized", metric="downloads_30d")
    found = by_group(figure)
    iceland = found["IS", "total"]
    # 100 of 1 billion, 5 of 2, 10 of 3, 10 of 8; 5 without a size
    assert iceland["value"] == 125
    assert iceland["mean"] == (100 * 1 + 5 * 2 + 10 * 3 + 10 * 8) * B / 125
    assert (iceland["median"], iceland["p90"]) == (1 * B, 3 * B)
    assert iceland["unknown_share"] == 5 / 130
    portugal = found["PT", "total"]
    assert (portugal["median"], portugal["mean"]) == (600 * B, (70 * 600 + 30 * 24) * B / 100)
    others = figure.sensitivity["weighed_by"]["models"]
    assert others["IS"] == {"mean": 3.5 * B, "median": 2 * B}
    without = figure.sensitivity["without_the_largest_size"]["PT"]
    assert without == {"mean": 24.0 * B, "median": 24 * B}
    assert "weighed by 30-day downloads" in figure.finding


def test_implausible_counts_are_left_out_by_a_written_rule(world: Census) -> None:
    figure = world.sizes(frame="panel:sized", by="total")
    assert figure.coverage["models_implausible"] == 2
    assert figure.coverage["models_with_size"] == 7
    assert figure.coverage["unknown_size_share"] == pytest.approx(2 / 9)
    (rule,) = [c for c in figure.caveats if "largest_parameters" in c]
    assert rule.startswith("2 model(s) have a count that is 0 or not below 10,000,000,000,000")


def test_the_rule_is_a_setting_of_the_release(tmp_path: Path) -> None:
    rows = [{"id": "a/b", "parameters": 5 * B}, {"id": "a/c", "parameters": 7 * B}]
    store = put(Store(tmp_path), state("2031-01-05", rows, frame="panel:sized"))
    name = build_release(store, Settings(largest_parameters=6 * B)).name
    with Census(open_release(store, name)) as census:
        (row,) = census.sizes(by="total")
        assert (row["models"], row["models_implausible"]) == (1, 1)
        classes = {r["group"]: r["models"] for r in census.share(by="size_class", metric="models")}
        assert classes == {"1B-7B": 1, "unknown": 1}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"lens": "base"}, "fact of the model itself"),
        ({"period": "2031"}, "cannot be summed over"),
        ({"by": "model"}, "every model would be one"),
    ],
)
def test_questions_without_an_answer_are_refused(
    world: Census, values: dict[str, str], reason: str
) -> None:
    with pytest.raises(ContractError, match=reason):
        world.sizes(frame="panel:sized", **values)


def test_a_frame_without_sizes_is_refused_and_those_with_are_named(world: Census) -> None:
    with pytest.raises(ContractError, match="no size is known") as caught:
        world.sizes(frame="panel:bare")
    assert caught.value.next_step == "--frame panel:sized"


def test_months_of_creation_over_a_curated_sample_are_refused(census: Census) -> None:
    with pytest.raises(ContractError, match="no trend"):
        census.sizes(by="created_month", frame="sample:leaf")
    figure = census.sizes(by="licence_class", frame="sample:leaf")
    assert by_group(figure)["L1", "total"]["largest"] == 6_900_000_000
