"""Number formats: tags go first, then the type that most weights are stored in, else unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.small_store import put, state

from modelcensus.contracts.fact_words import PACKED_TYPES, PRECISIONS, STORED_PRECISIONS
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import sums_by_snapshot
from modelcensus.measures.census import Census
from modelcensus.measures.fact_groups import precision_credits
from modelcensus.measures.frame_figure import precision_caveat
from modelcensus.measures.selection import select
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources import hub_stats
from modelcensus.testing import Simulation

FRAME = "panel:probe"

MODELS: dict[str, tuple[list[str] | None, list[str] | None, list[str]]] = {
    "o/stored": (["fun"], ["BF16"], ["16-bit"]),
    "o/mixed": (None, ["F32", "F16", "I64", "BOOL"], ["32-bit"]),
    "o/eighth": ([], ["F8_E4M3", "BF16", "F32"], ["8-bit"]),
    "o/fourth": ([], ["F4", "F8_E4M3"], ["4-bit"]),
    "o/tagged": (["4-BIT"], ["I32", "F16"], ["4-bit"]),
    "o/another": (["fp8"], ["BF16"], ["8-bit"]),
    "o/several": (["int4", "bf16", "4bit"], ["F32"], ["16-bit", "4-bit"]),
    "o/only-tag": (["float16"], None, ["16-bit"]),
    "o/packed": ([], ["I32", "F16"], [UNKNOWN]),
    "o/embeddings": ([], ["F16", "U8"], [UNKNOWN]),
    "o/whole": ([], ["I64"], [UNKNOWN]),
    "o/scales": ([], ["F8_E8M0"], [UNKNOWN]),
    "o/double": ([], ["F64"], [UNKNOWN]),
    "o/new": ([], ["X9"], [UNKNOWN]),
    "o/silent": (None, None, [UNKNOWN]),
}
"""Model -> its tags, its types of stored weights, and the number formats worked out by hand."""


def census_of(store: Store) -> Census:
    build_release(store, Settings())
    return Census(open_release(store))


def rows_of(**left_out: Any) -> list[dict[str, Any]]:
    rows = [
        {"id": name, "downloads_30d": 2, "tags": tags, "number_types": types, "parameters": 7}
        for name, (tags, types, _) in MODELS.items()
    ]
    return [{k: v for k, v in row.items() if k not in left_out} for row in rows]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("formats") / "store")


@pytest.fixture(scope="module")
def world(store: Store) -> Iterator[Census]:
    put(
        store,
        state("2031-01-01", rows_of()),
        state("2031-01-01", rows_of(number_types=True), frame="panel:tags"),
        state("2031-01-01", rows_of(tags=True), frame="panel:types"),
        state("2031-01-01", rows_of(tags=True, number_types=True), frame="panel:neither"),
    )
    with census_of(store) as census:
        yield census


def sums(world: Census, frame: str, **values: str) -> dict[str, float]:
    asked = {"by": "precision", "frame": frame, "metric": "models", **values}
    selection = select(world.release, MEASURES["share"].contract(**asked))
    return dict(sums_by_snapshot(selection)[selection.last.key].values)


def expected(counting: str, found: dict[str, list[str]]) -> dict[str, float]:
    counted: Counter[str] = Counter()
    for words in found.values():
        for word in words:
            counted[word] += 1 if counting == "full" else 1 / len(words)  # type: ignore[assignment]
    return dict(counted)


@pytest.mark.parametrize("counting", ["fractional", "full"])
def test_tags_go_before_the_types_of_stored_weights(world: Census, counting: str) -> None:
    assert sums(world, FRAME, counting=counting) == expected(
        counting, {name: words for name, (_, _, words) in MODELS.items()}
    )


def test_one_of_the_two_is_enough_and_without_both_nothing_is_told(world: Census) -> None:
    assert sums(world, "panel:tags") == {"16-bit": 1.5, "4-bit": 1.5, "8-bit": 1, UNKNOWN: 11}
    assert sums(world, "panel:types") == {
        "16-bit": 2, "32-bit": 2, "8-bit": 1, "4-bit": 1, UNKNOWN: 9
    }  # fmt: skip
    with pytest.raises(ContractError, match="does not hold any number format"):
        sums(world, "panel:neither")


def test_a_caveat_says_what_told_it(world: Census) -> None:
    for frame, by_tag, by_type in ((FRAME, 4, 4), ("panel:tags", 4, 0), ("panel:types", 0, 6)):
        selection = select(world.release, MEASURES["share"].contract(by="precision", frame=frame))
        (told,) = precision_caveat(selection)
        assert f"of {by_tag} models by a tag, and of {by_type} more by the type" in told
    selection = select(world.release, MEASURES["share"].contract(by="country", frame=FRAME))
    assert precision_caveat(selection) == ()


def test_credits_are_given_whatever_the_question_groups_by(world: Census) -> None:
    contract = MEASURES["share"].contract(by="country", frame=FRAME)
    found = world.release.fetch(precision_credits(world.release, contract)).to_pylist()
    assert sum(row["credit"] for row in found) == len(MODELS) - 7
    assert {(r["group"], r["credit"]) for r in found if r["credit"] < 1} == {
        ("16-bit", 0.5), ("4-bit", 0.5)
    }  # fmt: skip


def test_an_older_snapshot_tells_by_tags_alone(tmp_path: Path) -> None:
    """The latest facts that a frame tells are read: those of a first snapshot have no types."""
    store = put(
        Store(tmp_path / "store"),
        state("2031-01-01", rows_of(number_types=True)),
        state("2031-02-01", rows_of()),
    )
    with census_of(store) as census:
        then = {"16-bit": 1.5, "4-bit": 1.5, "8-bit": 1, UNKNOWN: 11}
        assert sums(census, FRAME, period="2031-01-01") == then
        assert sums(census, FRAME)[UNKNOWN] == 7


def test_no_word_means_two_formats() -> None:
    tags = [tag for named in PRECISIONS.values() for tag in named]
    types = [word for named in STORED_PRECISIONS.values() for word in named]
    assert len(set(tags)) == len(tags)
    assert len(set(types)) == len(types)
    assert not {*types} & {*PACKED_TYPES}
    assert {*STORED_PRECISIONS} <= {*PRECISIONS}


# Held against a planted truth


@dataclass(frozen=True)
class Planted:
    """A simulated Hub, its release, and the number format of each listed model by `_id`."""

    simulation: Simulation
    census: Census
    formats: dict[str, str | None]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("planted")
    simulation = Simulation(23, 3000, start=date(2031, 1, 6))
    (label,) = simulation.labels
    path = simulation.write_hub_stats(folder / "hub.parquet", label)
    store = put(Store(folder / "store"), *hub_stats.read(path, {"label": label.isoformat()}))
    at = np.concatenate([block.at for block in simulation.blocks(label)])
    keys = simulation.world.population.keys(at).to_pylist()
    formats = dict(zip(keys, simulation.facts.precisions(at).to_pylist(), strict=True))
    with census_of(store) as census:
        yield Planted(simulation, census, formats)


def test_groups_are_those_planted(planted: Planted) -> None:
    release = planted.census.release
    contract = MEASURES["share"].contract(by="precision", frame="simulated:hub")
    models = release.table("models").select("model_key", "hub_key")
    named = precision_credits(release, contract).join(models, "model_key")
    found = {row["hub_key"]: row["group"] for row in release.fetch(named).to_pylist()}
    assert found == {key: word for key, word in planted.formats.items() if word}
    assert {*found.values()} == {"4-bit", "8-bit", "16-bit", "32-bit"}


def test_shares_are_those_planted(planted: Planted) -> None:
    counted = Counter(word or UNKNOWN for word in planted.formats.values())
    figure = planted.census.share(by="precision", metric="models")
    assert {row["group"]: row["value"] for row in figure} == dict(counted)
    assert figure.is_simulated
    tags = planted.simulation.state(None, ["tags"])["tags"].to_pylist()
    by_tag = sum(bool({"4-bit", "8-bit"} & {*listed}) for listed in tags)
    assert by_tag > 0
    by_type = sum(counted.values()) - counted[UNKNOWN] - by_tag
    assert any(f"of {by_tag:,} models by a tag, and of {by_type:,} more" in c
               for c in figure.caveats)  # fmt: skip
