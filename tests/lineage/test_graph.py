"""Edges, nodes and roots of the invented tree: each way to name a base, by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.tree import FRAME

from modelcensus.measures.census import Census

Rows = list[dict[str, Any]]


def table(census: Census, name: str) -> Rows:
    found = census.release.table(name)
    rows: Rows = census.release.fetch(found.order_by(found.columns[:4])).to_pylist()
    return rows


@pytest.fixture(scope="module")
def ids(tree: Census) -> dict[int, str]:
    return {row["node_key"]: row["model_id"] for row in table(tree, "nodes")}


@pytest.fixture(scope="module")
def edges(tree: Census, ids: dict[int, str]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (ids[row["child_key"]], row["reference"]) + (row["kind"],): row  # noqa: RUF005
        for row in table(tree, "edges")
    }


def roots(tree: Census, ids: dict[int, str], reading: str, model: str) -> set[str]:
    rows = [r for r in table(tree, "roots") if r["reading"] == reading]
    return {ids[r["root_key"]] for r in rows if ids[r["model_key"]] == model}


@pytest.mark.parametrize(
    ("child", "reference", "relation", "status", "sources"),
    [
        ("wild/ft1", "alder/aspen-7b", "finetune", "resolved", "tag;card"),
        ("wild/ft2", "repack/aspen-7b-gguf", "finetune", "named_only", "tag"),
        ("wild/card", "birch/beech-large", "unspecified", "resolved", "card"),
        ("wild/path", "C:\\Models\\aspen-7b", "finetune", "unresolvable_reference", "tag"),
        ("wild/old", "oldbert", "adapter", "unresolvable_reference", "tag"),
        ("wild/selfish", "wild/selfish", "finetune", "self_reference", "tag"),
    ],
)
def test_declared_edges(
    edges: dict[Any, dict[str, Any]],
    child: str,
    reference: str,
    relation: str,
    status: str,
    sources: str,
) -> None:
    edge = edges[child, reference, "declared"]
    assert (edge["relation"], edge["status"], edge["sources"]) == (relation, status, sources)
    assert (edge["parent_key"] is None) == (status == "unresolvable_reference")


@pytest.mark.parametrize(
    ("child", "parent", "rule", "confidence"),
    [
        ("repack/aspen-7b-gguf", "alder/aspen-7b", "copy of a model that was observed", "medium"),
        ("repack/aspen-chat-8bit", "alder/aspen-chat", "copy of a model that was observed", None),
        ("repack/beech-tiny-4bit", "birch/beech-tiny", "copy by the name of one family", "low"),
        ("oldrowan/berry", "rowan/berry", "renamed account or repository", "high"),
        ("Birch/Beech-Large", "birch/beech-large", "differs in case only", "high"),
        ("wild/old", "alder/oldbert", "id from before accounts", "high"),
    ],
)
def test_inferred_edges(
    tree: Census, ids: dict[int, str], child: str, parent: str, rule: str, confidence: str | None
) -> None:
    found = {
        (ids[e["child_key"]], ids[e["parent_key"]]): e
        for e in table(tree, "edges")
        if e["kind"] == "inferred"
    }
    edge = found[child, parent]
    assert edge["rule"] == rule
    assert edge["confidence"] == (confidence or edge["confidence"])
    has_row = rule not in ("copy of a model that was observed", "differs in case only")
    assert bool(edge["register_row"]) == has_row


def test_nothing_else_is_inferred(tree: Census) -> None:
    """A borrowed name in an account of no redistributor proves nothing."""
    kinds = [row["kind"] for row in table(tree, "edges")]
    assert kinds.count("inferred") == 6


def test_a_model_that_is_only_named_is_attributed_like_others(tree: Census) -> None:
    nodes = {row["model_id"]: row for row in table(tree, "nodes")}
    assert not nodes["rowan/berry"]["is_observed"]
    assert (nodes["rowan/berry"]["developer"], nodes["rowan/berry"]["country"]) == (
        "rowan-institute",
        "IS",
    )
    # who converts is the publisher of a copy, and nobody's developer
    copy = nodes["repack/aspen-7b-gguf"]
    assert (copy["developer"], copy["publisher"]) == ("unknown", "repack-store")
    assert nodes["alder/aspen-7b"]["is_observed"]
    assert nodes["birch/beech-tiny"]["family"] == "beech"


def test_every_key_of_a_node_is_its_own(tree: Census) -> None:
    keys = [row["node_key"] for row in table(tree, "nodes")]
    models = {row["model_key"]: row["model_id"] for row in table(tree, "models")}
    assert len(keys) == len(set(keys))
    for row in table(tree, "nodes"):
        assert (row["node_key"] in models) == row["is_observed"]
        assert models.get(row["node_key"], row["model_id"]) == row["model_id"]


def test_roots_by_both_readings(tree: Census, ids: dict[int, str]) -> None:
    assert roots(tree, ids, "declared", "wild/ft2") == {"repack/aspen-7b-gguf"}
    assert roots(tree, ids, "inferred", "wild/ft2") == {"alder/aspen-7b"}
    assert roots(tree, ids, "declared", "wild/merged") == {"alder/aspen-7b", "birch/beech-large"}
    assert roots(tree, ids, "declared", "wild/small") == {"alder/aspen-7b"}
    assert roots(tree, ids, "declared", "wild/path") == set()
    assert roots(tree, ids, "declared", "wild/selfish") == set()
    assert roots(tree, ids, "declared", "wild/old") == set()
    assert roots(tree, ids, "inferred", "wild/old") == {"alder/oldbert"}
    # the ring has no base outside it: the first of its names to appear is the root of both
    assert roots(tree, ids, "declared", "wild/ring-a") == {"wild/ring-a"}
    assert roots(tree, ids, "declared", "wild/ring-b") == {"wild/ring-a"}


def test_same_developer_by_register_or_by_account(edges: dict[Any, dict[str, Any]]) -> None:
    assert edges["alder/aspen-chat", "alder/aspen-7b", "declared"]["is_same_developer"]
    assert edges["wild/ring-a", "wild/ring-b", "declared"]["is_same_developer"]
    assert not edges["wild/ft1", "alder/aspen-7b", "declared"]["is_same_developer"]


def test_the_frames_that_tell_of_bases_are_listed(tree: Census, census: Census) -> None:
    assert tree.release.lineage_frames == (FRAME,)
    assert census.release.lineage_frames == ()
