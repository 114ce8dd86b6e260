"""Size, experts and precision over time: golden values, names read, simulated Hubs recomputed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.measures.test_sizes import listed
from tests.small_store import owned, put, state

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census, open_census
from modelcensus.measures.named_sizes import named_sizes
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources import hub_stats
from modelcensus.testing import Plan, Simulation

B, M = 10**9, 10**6

NAMES: dict[str, tuple[int | None, int | None, int | None, bool | None]] = {
    "ash/Oak-7B": (7 * B, None, None, None),
    "ash/oak_1.5b": (15 * B // 10, None, None, None),
    "ash/Oak2.5-0.5B-Instruct": (B // 2, None, None, None),
    "ash/7b": (7 * B, None, None, None),
    "ash/oak-350m": (350 * M, None, None, None),
    # a context of a million tokens, not a model of a million parameters
    "ash/Oak-7B-1M": (7 * B, None, None, None),
    "ash/oak-7b.Q4_K_M": (7 * B, None, None, None),
    "ash/Oak-30B-A3B": (30 * B, 3 * B, None, True),
    "ash/Oak-235B-A22B-Thinking": (235 * B, 22 * B, None, True),
    "ash/Oak-8x7B-v0.1": (None, None, 8, True),
    "ash/Oak-17B-128E": (None, 17 * B, 128, True),
    "ash/oak-moe": (None, None, None, True),
    # two sizes, none of which is the model's for certain
    "ash/Oak-70B-to-7B": (None, None, None, None),
    "ash/Oak-7B-from-oak-7B": (7 * B, None, None, None),
    # letters before the number: effective sizes, versions, words
    "ash/Oak-E4B": (None, None, None, None),
    "ash/oak7b": (None, None, None, None),
    "ash/oak-4bit": (None, None, None, None),
    "ash/oak-5T": (None, None, None, None),
    "ash/oak-0b": (None, None, None, None),
    "ash/smoe": (None, None, None, None),
    "bare-13b": (13 * B, None, None, None),
}


def test_names_tell_what_stands_in_them_as_a_word(tmp_path: Path) -> None:
    store = put(
        Store(tmp_path), state("2031-01-05", [{"id": n, "downloads_30d": 1} for n in NAMES])
    )
    build_release(store, Settings())
    with open_census(store.path) as census:
        models = census.release.table("models").select("model_key", "model_id")
        table = named_sizes(census.release).join(models, "model_key")
        rows = census.release.fetch(table).to_pylist()
    columns = ("named_total", "named_active", "named_experts", "is_named_mixture")
    assert {r["model_id"]: tuple(r[c] for c in columns) for r in rows} == NAMES


# --- golden values ---

LABELS = ("2031-01-05", "2031-02-05")
MODELS: dict[str, tuple[tuple[int | None, int | None], dict[str, Any]]] = {
    "ash/Oak-7B": ((100, 50), {"created_at": "2029-05-01"}),
    "ash/elm": ((10, 100), {"created_at": "2030-01-01", "parameters": 3 * B,
                            "tags": ["fp8", "4-bit", "moe-word"]}),
    "ash/Yew-30B-A3B": ((None, 200), {"created_at": "2030-06-01", "tags": ["bf16"]}),
    "beech/Mix-8x7B": ((40, 40), {"created_at": "2030-02-01", "tags": ["mixtral"]}),
    "beech/plain": ((10, 10), {"tags": ["licence:moe"]}),
    "beech/Fir-17B-128E": ((20, 30), {"created_at": "2030-03-01"}),
    "beech/dense-9B": ((30, 20), {"created_at": "2030-03-01", "tags": ["8-bit"]}),
    "wild/thing-350M": ((5, 5), {"created_at": "2030-03-01"}),
}  # fmt: skip
"""Model -> 30-day downloads at both labels (null: not known), and facts."""


def _rows(place: int) -> list[dict[str, Any]]:
    found = []
    for name, (counts, facts) in MODELS.items():
        born = facts.get("created_at")
        at = {"created_at": datetime.fromisoformat(born).replace(tzinfo=UTC)} if born else {}
        found.append({"id": name, "downloads_30d": counts[place], **facts, **at})
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    folder = tmp_path_factory.mktemp("size_history")
    store = put(
        Store(folder / "store"),
        *(state(label, _rows(n), frame="panel:built") for n, label in enumerate(LABELS)),
        state("2031-02-05", _rows(1), frame="sample:chosen"),
        state("2031-02-05", [{"id": "wild/bare", "downloads_30d": 1}], frame="panel:bare"),
        state("2031-02-05", [{"id": "wild/x-7b", "downloads_30d": 1}], frame="panel:undated"),
        listed(
            [
                {"model_id": "beech/Fir-17B-128E", "total_parameters": 400 * B,
                 "active_parameters": 17 * B, "is_moe": True},
                {"model_id": "beech/dense-9B", "total_parameters": 9 * B, "is_moe": False},
            ],
            "2031-01-02",
        ),
    )  # fmt: skip
    laid = owned(folder / "overlay", {"ash": ("ash-lab", "IS"), "beech": ("beech-lab", "PT")})
    build_release(store, Settings(), overlays=[laid])
    with open_census(store.path) as census:
        yield census


def by_moment(figure: Figure) -> dict[tuple[str, str], dict[str, Any]]:
    return {(r["label"], r["group"]): r for r in figure}


def test_sizes_are_weighed_at_each_snapshot(world: Census) -> None:
    figure = world.size_history(frame="panel:built")
    assert [(r["label"], r["group"]) for r in figure] == [
        (label, group) for label in LABELS for group in ("IS", "PT", "unknown")
    ]
    found = by_moment(figure)
    before, after = (found[label, "IS"] for label in LABELS)
    # 100 of 7 billion, 10 of 3; then 50 of 7, 100 of 3, 200 of 30
    assert (before["weight"], before["value"], before["p90"]) == (110, 7 * B, 7 * B)
    assert (after["weight"], after["value"], after["p90"]) == (350, 30 * B, 30 * B)
    assert after["mean"] == (50 * 7 + 100 * 3 + 200 * 30) * B / 350
    assert (after["sized_share"], after["active_share"]) == (1.0, 200 / 350)
    assert (after["active_median"], after["mixture_share"]) == (3 * B, 200 / 350)
    # of 300 with a number format 100 have one of 8 bits or fewer, and it is of 4
    assert after["precision_share"] == 300 / 350
    assert (after["few_bits_share"], after["fewest_bits_share"]) == (1 / 3, 1 / 3)
    assert (after["experts_share"], after["experts_median"]) == (0, None)
    portugal = found[LABELS[1], "PT"]
    # 30 of 400 billion and 20 of 9 are told; 40 of 8 experts and 10 of nothing are not
    assert (portugal["weight"], portugal["sized_share"]) == (100, 0.5)
    assert (portugal["median_at_least"], portugal["median_at_most"]) == (None, 400 * B)
    assert (portugal["mixture_share"], portugal["experts_share"]) == (0.7, 0.7)
    assert (portugal["experts_median"], portugal["experts_most"]) == (8, 128)
    assert (portugal["active_median"], portugal["active_share"]) == (17 * B, 0.5)
    # one of 8 bits, and nothing else is told
    assert (portugal["precision_share"], portugal["fewest_bits_share"]) == (0.2, 0.0)
    assert found[LABELS[0], "unknown"]["value"] == 350 * M


def test_coverage_and_sensitivity_say_what_medians_stand_on(world: Census) -> None:
    figure = world.size_history("IS", "PT", frame="panel:built")
    both = 110 + 350 + 100 + 100 + 5 + 5
    assert figure.coverage["sized_by_name_share"] == pytest.approx((100 + 250 + 10) / both)
    assert figure.coverage["sized_by_a_list_share"] == pytest.approx((50 + 50) / both)
    once = figure.sensitivity["median_with_each_model_once"]
    assert once["IS"] == {LABELS[0]: 3 * B, LABELS[1]: 7 * B}
    assert figure.bounds["median_within_frame"]["PT"] == [None, 400 * B]
    assert "from 7 billion (2031-01-05, known of 100 %) to 30 billion" in figure.finding
    assert any("from the models' names" in c for c in figure.caveats)
    assert any("neither export controls" in text for text in figure.does_not_show)


def test_time_may_run_along_creation(world: Census) -> None:
    figure = world.size_history(frame="panel:built", along="created_year", metric="models")
    found = by_moment(figure)
    assert sorted(found) == [
        ("2029", "IS"), ("2030", "IS"), ("2030", "PT"), ("2030", "unknown"),
    ]  # fmt: skip
    assert found["2030", "IS"]["value"] == 3 * B
    assert (found["2030", "PT"]["models"], found["2030", "PT"]["sized_share"]) == (3, 2 / 3)
    assert figure.coverage["models_without_creation"] == 1
    assert "by when they were created" in figure.finding
    months = world.size_history("IS", frame="panel:built", along="created_month", metric="models")
    assert [r["label"] for r in months if r["group"] == "IS"] == ["2029-05", "2030-01", "2030-06"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"frame": "panel:built", "lens": "base"}, "fact of the model itself"),
        ({"frame": "panel:built", "by": "format"}, "every model in one group"),
        ({"frame": "panel:built", "along": "decades"}, "no course of time"),
        ({"frame": "sample:chosen", "along": "created_year"}, "no trend is read"),
        ({"frame": "panel:undated", "along": "created_year"}, "when it was created"),
        ({"frame": "panel:bare"}, "no size is known"),
    ],
)
def test_questions_without_an_answer_are_refused(
    world: Census, values: dict[str, str], reason: str
) -> None:
    with pytest.raises(ContractError, match=reason):
        world.size_history(**values)


def test_a_group_that_is_none_gets_those_like_it(world: Census) -> None:
    with pytest.raises(UnknownName, match="Icelande"):
        world.size_history("Icelande", frame="panel:built")


# --- simulated Hubs ---


def word_size(name: str) -> int | None:
    """Return the size that a name tells, read word by word."""
    units = {"b": B, "m": M}
    found: dict[str, set[int]] = {"b": set(), "m": set()}
    for word in re.split("[-_ ]", name.rpartition("/")[2].lower()):
        number, unit = word[:-1], word[-1:]
        written = {"b": "[0-9]{1,4}([.][0-9]{1,3})?", "m": "[0-9]{2,4}"}.get(unit)
        if written and re.fullmatch(written, number):
            found[unit].add(round(float(number) * units[unit]))
    sizes = found["b"] or found["m"]
    return sizes.pop() if len(sizes) == 1 else None


def test_a_simulated_hub_says_what_its_raw_rows_say(tmp_path: Path) -> None:
    simulation = Simulation(7, 1200, start=date(2025, 1, 6), snapshots=2, plan=Plan(farms=0))
    store = Store(tmp_path / "store")
    for label in simulation.labels:
        path = simulation.write_hub_stats(tmp_path / f"{label}.parquet", label)
        put(store, *hub_stats.read(path, {"label": label.isoformat()}))
    build_release(store, Settings())
    sizes: dict[str, list[int]] = defaultdict(list)
    weights: dict[str, int] = defaultdict(int)
    for row in simulation.state(simulation.labels[-1]).to_pylist():
        year = str(row["createdAt"].year)
        stored = [(row[part] or {}).get("total") for part in ("safetensors", "gguf")]
        size = next((s for s in stored if s), None) or word_size(row["id"])
        weights[year] += row["downloads"]
        if size:
            sizes[year] += [size] * row["downloads"]
    with open_census(store.path) as census:
        figure = census.size_history(by="total", along="created_year")
    assert len(weights) > 2
    for row in figure:
        known = sorted(sizes[row["label"]])
        assert row["weight"] == weights[row["label"]]
        assert row["value"] == (known[-(-len(known) // 2) - 1] if known else None)
        assert row["sized_share"] == pytest.approx(len(known) / row["weight"])
    assert {r["label"] for r in figure} == set(weights)
