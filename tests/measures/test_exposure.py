"""Exposure: who stands on named bases in the invented tree, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.small_store import put, state
from tests.tree import FRAME, LABEL

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census, open_census
from modelcensus.measures.exposure import (
    BASES,
    DIRECT,
    STANDING,
    TRANSITIVE,
    UNCLEAR,
    find_standing,
)
from modelcensus.registers.load import load_registers
from modelcensus.registers.world_questions import AdoptionQuestion, find_adoptions
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store


@pytest.fixture
def standing(tree: Census) -> Callable[..., dict[str, set[str]]]:
    nodes = tree.release.fetch(tree.release.table("nodes")).to_pylist()
    names = {row["node_key"]: row["model_id"] for row in nodes}

    def find(**values: str) -> dict[str, set[str]]:
        contract = MEASURES["exposure"].contract(frame=FRAME, **values)
        found = find_standing(tree.release, contract)
        return {name: {names[k] for k in keys} for name, keys in found.keys.items()}

    return find


def total(figure: Figure, standing: str) -> dict[str, int]:
    (row,) = [r for r in figure if (r["standing"], r["relation"]) == (standing, "any")]
    return row


def test_copies_and_former_names_are_followed_to_the_bases(
    standing: Callable[..., dict[str, set[str]]],
) -> None:
    """wild/ft2 names a copy of alder's model, wild/old a former name; wild/path names no model."""
    assert standing(without="namespace:alder") == {
        BASES: {"alder/aspen-7b", "alder/aspen-chat", "alder/oldbert"},
        DIRECT: {
            "repack/aspen-7b-gguf",
            "repack/aspen-chat-8bit",
            "wild/ft1",
            "wild/merged",
            "wild/old",
        },
        TRANSITIVE: {"wild/ft2", "wild/small"},
        UNCLEAR: {"wild/path"},
    }


def test_by_declared_edges_alone_less_is_known_and_by_named_bases_no_further_step(
    standing: Callable[..., dict[str, set[str]]],
) -> None:
    declared = standing(without="developer:alder-lab", reading="declared")
    assert declared[DIRECT] == {"wild/ft1", "wild/merged"}
    assert declared[TRANSITIVE] == {"wild/small"}
    assert {"wild/ft2", "wild/old", "wild/path"} <= declared[UNCLEAR]
    immediate = standing(without="developer:alder-lab", reading="immediate")
    assert immediate[TRANSITIVE] == set()
    assert "wild/small" in immediate[UNCLEAR]


def test_no_model_stands_in_two_ways(standing: Callable[..., dict[str, set[str]]]) -> None:
    for without in ("country:IS", "family:aspen", "namespace:repack"):
        found = standing(without=without)
        assert set(found) == set(STANDING)
        everyone = [name for names in found.values() for name in names]
        assert len(everyone) == len(set(everyone))


def test_a_figure_counts_models_downloads_and_who_is_affected(tree: Census) -> None:
    """Shown of alder's: 1000 + 200. Direct: ft1 100, merged 10, old 1, a copy 30; then 40 + 3."""
    figure = tree.exposure(without="namespace:alder")
    assert (total(figure, BASES)["models"], total(figure, BASES)["value"]) == (2, 1200)
    assert (total(figure, DIRECT)["models"], total(figure, DIRECT)["value"]) == (4, 141)
    assert (total(figure, TRANSITIVE)["models"], total(figure, TRANSITIVE)["value"]) == (2, 43)
    assert total(figure, DIRECT)["accounts"] == 2
    by_relation = {r["relation"]: r["models"] for r in figure if r["standing"] == DIRECT}
    assert by_relation == {
        "any": 4, "adapter": 1, "finetune": 1, "merge": 1, "same_model": 1,
    }  # fmt: skip
    assert figure.bounds["models"] == [6, 7]
    assert figure.bounds["value"] == [184, 185]
    assert figure.bounds["share_of_all"] == [184 / 1964, 185 / 1964]
    assert figure.coverage["bases_not_shown"] == 1  # oldbert is only named
    assert figure.coverage["longest_chain"] == 2
    assert figure.coverage["label"] == LABEL
    readings = {r["reading"]: r["models"] for r in figure.sensitivity["readings"]}
    assert list(readings.values()) == [[6, 7], [2, 4], [3, 5]]
    assert "4 models stand directly and 2 by further steps" in figure.finding
    assert "between 6 and 7 models" in figure.finding
    assert "forecasts nothing" in figure.does_not_show[0]


def test_the_bounds_hold_every_reading_of_what_is_unknown(tree: Census) -> None:
    """More is known with inferred edges: the least grows, the most does not."""
    known = [
        tree.exposure(without="developer:alder-lab", reading=r).bounds["models"]
        for r in ("immediate", "declared", "inferred")
    ]
    assert [low for low, _ in known] == sorted(low for low, _ in known)
    assert [high for _, high in known] == sorted((h for _, h in known), reverse=True)


def test_names_are_found_as_groups_are(tree: Census) -> None:
    by_code = tree.exposure(without="country:IS")
    assert tree.exposure(without="country:Iceland").to_json() == by_code.to_json()
    assert by_code.contract.without == "country:IS"


@pytest.mark.parametrize(
    ("without", "error"),
    [
        ("", ContractError),
        ("alibaba", ContractError),
        ("licence:mit", ContractError),
        ("developer:", ContractError),
        ("developer: alder-lab", ContractError),
        ("developer:nobody-here", UnknownName),
        ("country:unknown", UnknownName),
    ],
)
def test_bases_that_mean_nothing_are_refused(
    tree: Census, without: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        tree.exposure(without=without)
    assert caught.value.next_step  # type: ignore[attr-defined]


def test_a_frame_without_lineage_is_refused(census: Census) -> None:
    with pytest.raises(ContractError, match="built on"):
        census.exposure(without="developer:alder-lab", frame="panel:grove")


def test_the_definition_says_whose_bases() -> None:
    contract = MEASURES["exposure"].contract(without="developer:alibaba")
    assert "on what stands on developer alibaba" in contract.sentence()
    assert Contract.from_dict(contract.stated()) == contract
    with pytest.raises(ContractError, match="takes no 'without'"):
        MEASURES["share"].contract(without="developer:alibaba")


def test_adopters_are_records_found_or_none(tree: Census) -> None:
    figure = tree.exposure(without="family:aspen")
    assert figure.details["adopters"]["families"] == ["aspen"]
    assert figure.details["adopters"]["records_found"] == 0
    assert "no adoption record of a family of these bases was found" in figure.caveats


def test_adopters_of_real_families_are_counted_by_what_they_do(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("adopters")
    base = {"relation": "finetune", "model_id": "Qwen/Qwen3-8B", "source": "tag"}
    rows = [{"id": "Qwen/Qwen3-8B"}, {"id": "wild/one", "base_models": [base]}]
    for row in rows:
        row.setdefault("base_models", None)
    store = put(Store(folder), state("2026-06-01", rows, frame="sample:two"))
    build_release(store, Settings())
    with open_census(folder) as census:
        adopters = census.exposure(without="family:qwen", metric="models").details["adopters"]
        expected = [
            r
            for r in find_adoptions(load_registers(), AdoptionQuestion(family="qwen"))
            if r.history
        ]
        assert [a["record_id"] for a in adopters["listed"]] == [r.record_id for r in expected]
        assert adopters["records_found"] == len(expected)
        assert adopters["restrictions"] == sum(r.is_restriction for r in expected) > 0
        by_developer = census.exposure(without="developer:alibaba", metric="models")
        assert by_developer.details["adopters"]["records_found"] == len(expected)
