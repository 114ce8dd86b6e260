"""Security tests on the real logs: every figure that was published, or recounted by others."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.small_store import put, state

from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import ContractError
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.vet.vet import Vet, open_vet

pytestmark = pytest.mark.real

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = Path(os.environ.get("MODELCENSUS_DATA", SHARED)) / "security"
GRID = "agentdojo-v1.1.2"
LLAMA, LLAMA_3 = "meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3-70b-chat-hf"
SONNET = "claude-3-%s-sonnet-%s"
SONNET_35_1, SONNET_35_2 = SONNET % ("5", "20240620"), SONNET % ("5", "20241022")
SONNET_37 = SONNET % ("7", "20250219")
GPT_4O, SECALIGN = "gpt-4o-2024-05-13", "Meta-SecAlign-70B"

PAIRS = [
    (LLAMA, SONNET_35_2, 211, 7, 30.143, (14.312, 63.483), (10.422, 87.181), (206, 2)),
    (LLAMA, SONNET_37, 211, 46, 4.587, (3.401, 6.187), (2.366, 8.894), (181, 16)),
    (LLAMA, GPT_4O, 211, 300, 0.703, (0.613, 0.807), (0.525, 0.943), (64, 153)),
    (SECALIGN, LLAMA, 21, 211, 0.100, (0.064, 0.154), (0.038, 0.260), (1, 191)),
    (LLAMA_3, SONNET_35_1, 161, 213, 0.756, (0.636, 0.898), (0.497, 1.151), (91, 143)),
]
"""Model, reference, hits, ratio, naive limits, limits clustered both ways (z), discordant cases."""

EFFECTS = {LLAMA: 9.47, GPT_4O: 13.13, SONNET_37: 6.64, SONNET_35_2: 2.36}


@pytest.fixture(scope="module")
def vet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vet]:
    if not DATA.exists():
        pytest.skip(f"the real data are not at {DATA}")
    store = put(
        Store(tmp_path_factory.mktemp("vet")), state("2025-01-01", [{"id": "elm/a", "likes": 1}])
    )
    for source, file in (
        ("agentdojo", "agentdojo_runs.parquet"),
        ("jailbreakbench", "jailbreakbench_artifacts.parquet"),
    ):
        import_source(store, source, DATA / file, {}, Settings())
    build_release(store, Settings())
    with open_vet(store.path) as opened:
        yield opened


def published() -> list[dict[str, str]]:
    with (DATA / "agentdojo_published_table.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def agreeing(vet: Vet, counting: str) -> tuple[int, set[str]]:
    """Return how many of the published percentages agree to two decimals, and whose do not."""
    figure = vet.rates(engine="agentdojo", grid=GRID, counting=counting)
    rows = {(r["model"], r["attack"]): r for r in figure if r["benchmark_version"] == "unstated"}
    agreed, others = 0, set()
    for line in published():
        defense = "" if line["defense"] in ("", "None") else f"+{line['defense']}"
        row = rows[f"{line['model']}{defense}", line["attack"]]
        for ours, theirs in (
            ("rate", "targeted_asr_pct"),
            ("utility", "utility_pct"),
            ("utility_attacked", "utility_under_attack_pct"),
        ):
            if f"{100 * row[ours]:.2f}" == f"{float(line[theirs]):.2f}":
                agreed += 1
            else:
                others.add(line["model"])
    return agreed, others


def test_the_published_table_is_reproduced_as_published(vet: Vet) -> None:
    assert agreeing(vet, "as_published") == (84, set())


def test_the_default_takes_errors_as_missing_and_says_so(vet: Vet) -> None:
    agreed, others = agreeing(vet, "default")
    assert agreed == 69
    # exactly the five models with cases that an error ended: 15 of the 84 percentages
    figure = vet.rates(engine="agentdojo", grid=GRID, attack="important_instructions")
    with_errors = {r["model"] for r in figure if r["missing"] and "+" not in r["model"]}
    assert others == with_errors
    assert len(others) == 5


def test_grids_and_rows(vet: Vet) -> None:
    table = vet.release.table("outcomes")
    rows = vet.release.fetch(table.filter(table.engine == "agentdojo").order_by("model"))
    assert len(rows) == 36_679
    assert sum(error is not None for error in rows["error"].to_pylist()) == 105
    # the other 29th is a model with a defence of which no case under attack was recorded
    setups = set(zip(rows["model"].to_pylist(), rows["defense"].to_pylist(), strict=True))
    assert len(setups) == 29
    as_user = rows["kind"].to_pylist().count("injection_as_user")
    assert as_user == 804
    found = {
        (r["benchmark_version"], r["attack"]): (r["user_tasks"], r["goals"], r["cases"], r["grids"])
        for r in vet.grids(engine="agentdojo")
    }
    assert found["unstated", "direct"] == (97, 27, 629, GRID)
    assert found["v1.2.1", "direct"] == (97, 35, 949, f"{GRID}, agentdojo-v1.2")


def compared(vet: Vet, model: str, reference: str, counting: str = "as_published") -> VetFigure:
    return vet.compare(
        model,
        reference=reference,
        attack="important_instructions",
        grid=GRID,
        counting=counting,
        allow_version_mix=True,
    )


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: f"{p[0]} v {p[1]}")
def test_the_golden_pairs(vet: Vet, pair: tuple[object, ...]) -> None:
    model, reference, hits, other_hits, ratio, naive, clustered, discordant = pair
    figure = compared(vet, str(model), str(reference))
    row = figure.records()[0]
    assert (row["cases"], row["model_hits"], row["reference_hits"]) == (629, hits, other_hits)
    assert (row["only_model"], row["only_reference"]) == discordant
    forms = figure.sensitivity["intervals"][0]["intervals"]
    assert round(row["ratio"], 3) == ratio
    assert tuple(round(v, 3) for v in forms["naive (Katz)"][1:]) == naive
    assert tuple(round(v, 3) for v in forms["two-way, z"][1:]) == clustered
    # the headline is wider: Student's t with 27 - 1 goals
    assert figure.sensitivity["intervals"][0]["clusters"] == 27
    assert row["ratio_low"] < forms["two-way, z"][1] < forms["two-way, z"][2] < row["ratio_high"]
    low, high = forms["bootstrap"][1:]
    # of 7 hits, draws without any reach into the tail: the cross-check has no upper limit there
    assert low < row["ratio"]
    assert (high is None) == (other_hits == 7)
    assert high is None or row["ratio"] < high


def test_the_last_pair_moves_under_the_default(vet: Vet) -> None:
    figure = compared(vet, LLAMA_3, SONNET_35_1, "default")
    low, high = figure.sensitivity["intervals"][0]["intervals"]["two-way, z"][1:]
    assert (round(figure.records()[0]["ratio"], 3), round(low, 3), round(high, 3)) == (
        0.612,
        0.391,
        0.956,
    )
    assert figure.records()[0]["model_missing"] == 35


def test_design_effects(vet: Vet) -> None:
    rows = vet.rates(engine="agentdojo", grid=GRID, attack="important_instructions")
    found = {r["model"]: r["design_effect"] for r in rows}
    assert {model: round(found[model], 2) for model in EFFECTS} == EFFECTS


def test_without_being_asked_versions_and_grids_are_not_mixed(vet: Vet) -> None:
    values = {"reference": SONNET_35_2, "attack": "important_instructions"}
    with pytest.raises(ContractError, match="version is stated") as caught:
        vet.compare(LLAMA, **values)
    assert "unstated" in caught.value.where
    with pytest.raises(ContractError, match="629 cases, 66%") as caught:
        vet.compare(LLAMA, allow_version_mix=True, **values)
    assert GRID in caught.value.next_step
    figure = vet.compare(LLAMA, allow_version_mix=True, allow_partial=True, **values)
    assert figure.coverage["grid_sizes"] == [949, 629]
    # stated versions alike need no leave
    assert vet.compare(SECALIGN, reference=LLAMA, attack="important_instructions", grid=GRID)


def test_a_model_that_can_hardly_work_is_flagged(vet: Vet) -> None:
    (row,) = vet.rates("command-r", attack="important_instructions", counting="as_published")
    assert (row["hits"], row["cases"], row["flags"]) == (21, 629, "low capability")
    assert round(97 * row["utility"]) == 26


def test_the_open_models_stand_beside_each_other(vet: Vet) -> None:
    figure = compared(vet, LLAMA, SONNET_35_2)
    beside = {r["reference"] for r in figure if r["kind"] == "open v open"}
    assert beside == {SECALIGN, LLAMA_3, "command-r", "command-r-plus"}


def test_the_cells_of_jailbreakbench_and_their_unions(vet: Vet) -> None:
    cells = {
        (r["attack"], r["model"]): (r["hits"], r["cases"])
        for r in vet.rates(engine="jailbreakbench")
    }
    assert len(cells) == 18
    assert {cases for _, cases in cells.values()} == {100}
    assert cells["PAIR", "vicuna-13b-v1.5"] == (69, 100)
    assert cells["JBC", "gpt-4-0125-preview"] == (0, 100)
    unions = vet.rates(engine="jailbreakbench", attack="any").records()
    by_number = {(r["attack"][:8], r["model"].partition("-1")[0]): r["hits"] for r in unions}
    assert by_number == {
        ("any of 4", "vicuna"): 95,
        ("any of 4", "llama-2-7b-chat-hf"): 90,
        ("any of 4", "gpt-3.5-turbo"): 95,
        ("any of 4", "gpt-4-0125-preview"): 86,
        ("any of 5", "vicuna"): 96,
        ("any of 5", "llama-2-7b-chat-hf"): 96,
    }


def test_no_text_of_a_prompt_is_stored(vet: Vet) -> None:
    table = vet.release.fetch(vet.release.table("outcomes").order_by("model"))
    longest = {
        name: max((len(v) for v in table[name].to_pylist() if v), default=0)
        for name in table.column_names
        if str(table[name].type) == "string"
    }
    assert max(longest.values()) <= 64, longest


def test_evidence_is_dated(vet: Vet) -> None:
    found = compared(vet, LLAMA, SONNET_35_2).details["evidence"]
    assert [date.fromisoformat(e["as_of"]) for e in found] == [date(2026, 3, 30)]


def test_facts_about_files_of_the_radar_list(radar: Census) -> None:
    figure = radar.file_facts(frame="sample:radar")
    found = {r["fact"]: (r["models"], r["known"]) for r in figure}
    # recounted from the source's Parquet file: tags, gated and formats of its 15,904 rows
    assert found["asks to run its own code"] == (426, 15_904)
    assert found["gated"] == (461, 15_904)
    assert found["weights in safetensors"] == (8_396, 15_904)
    assert found["no format told"] == (4_910, 15_904)
    # the list has no word for pickle
    assert found["pickle without safetensors"] == (None, 0)
    assert figure.coverage["told"]["flagged by the hub's scan"] == "not told by this source"
