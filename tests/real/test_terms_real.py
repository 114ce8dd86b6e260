"""Terms along the lineage of the radar list, counted by two ways that share no code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from modelcensus.lineage.duties import COMPATIBLE, DISAGREE, FEWER, UNKNOWN_TERMS, VERDICTS
from modelcensus.measures.census import Census

DATA = Path(
    os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
RADAR = DATA / "radar"
FRAME = "sample:radar"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not RADAR.is_dir(), reason=f"the radar list is not at {RADAR}"),
]


@pytest.fixture
def census(radar: Census) -> Census:
    return radar


def models() -> dict[str, dict[str, Any]]:
    rows = pq.read_table(
        RADAR / "models_2026-08-22.parquet", columns=["id", "license", "base_model"]
    )
    return {row["id"]: row for row in rows.to_pylist()}


def unequal_pairs_of_cards() -> set[tuple[str, str]]:
    """Return the pairs that cards name whose two ends are there and declare unequal strings."""
    known = models()
    return {
        (child, parent)
        for child, row in known.items()
        for parent in {p.strip() for p in (row["base_model"] or "").split(",")}
        if parent in known
        and parent != child
        and None not in (row["license"], known[parent]["license"])
        and row["license"].lower() != known[parent]["license"].lower()
    }


def verdicts_of_pairs(census: Census) -> dict[tuple[str, str], str]:
    release = census.release
    nodes = release.fetch(release.table("nodes").select("node_key", "model_id")).to_pylist()
    names = {row["node_key"]: row["model_id"] for row in nodes}
    terms = release.table("terms")
    mine = terms.filter(terms.frame == FRAME).select("child_key", "parent_key", "verdict")
    return {
        (names[r["child_key"]], names[r["parent_key"]]): r["verdict"]
        for r in release.fetch(mine).to_pylist()
    }


def test_each_of_the_499_unequal_pairs_of_cards_has_one_of_four_verdicts(census: Census) -> None:
    pairs, verdicts = unequal_pairs_of_cards(), verdicts_of_pairs(census)
    assert len(pairs) == 499
    found = [verdicts[pair] for pair in pairs]
    counts = {verdict: found.count(verdict) for verdict in VERDICTS}
    print(f"499 pairs with unequal strings in cards: {counts}")
    assert sum(counts.values()) == 499
    assert all(counts.values())


def test_the_figure_counts_the_pairs_that_only_tags_declare_too(census: Census) -> None:
    figure = census.duties(frame=FRAME)
    rows = [r for r in figure if r["kind"] == "unequal strings"]
    print({r["verdict"]: r["count"] for r in rows})
    # 499 that cards name, 7 that only tags name, 3 whose licence is a name without a tag
    assert sum(r["count"] for r in rows) == 509
    assert {r["verdict"] for r in rows} == {DISAGREE, FEWER, UNKNOWN_TERMS, COMPATIBLE}
    edges = {r["verdict"]: r["count"] for r in figure if r["kind"] == "edges"}
    print(edges, figure.finding)
    assert edges[DISAGREE] + edges[FEWER] <= 0.05 * sum(edges.values())
    chains = [r for r in figure if r["kind"] == "chains"]
    assert sum(r["count"] for r in chains) == figure.coverage["models_with_ancestors"]


def test_declared_and_undeclared_models_are_those_of_the_list(census: Census) -> None:
    figure = census.licences(by="total", frame=FRAME)
    found = {(r["kind"], r["terms"]): r for r in figure}
    classes = [r["models"] for (kind, _), r in found.items() if kind == "class"]
    assert sum(classes) == 15_904
    # 4,426 fields are empty and 52 say `unknown`; names in tags say the licence of 23 of these
    undeclared = sum(row["license"] in (None, "unknown") for row in models().values())
    assert undeclared == 4_426 + 52
    assert 0 <= undeclared - found["class", "L9"]["models"] <= 60
    low, high = (found["permissive", "strict"][c] for c in ("share", "share_at_most"))
    print(f"permissive: {low:.4f}, at most {high:.4f}; {figure.finding}")
    assert 0.55 < low < high < 0.95


def changes_by_hand() -> tuple[int, int]:
    """Return how often licence and gating differ from a record's version before."""
    rows = pq.read_table(RADAR / "observations_2026-08.parquet").to_pylist()
    last: dict[str, tuple[Any, Any]] = {}
    licences = gates = 0
    for row in sorted(rows, key=lambda r: r["commit_time"]):
        if row["status"] == "D":
            continue
        said = (row["license"], row["gated"])
        before = last.get(row["id"], said)
        licences += said[0] != before[0]
        gates += said[1] != before[1]
        last[row["id"]] = said
    return licences, gates


def test_changes_of_licences_and_gating_are_those_of_the_exports(census: Census) -> None:
    figure = census.licence_changes(frame=FRAME)
    changes = figure.coverage["changes"]
    assert (changes["licence_tag"], changes["gated"]) == changes_by_hand() == (310, 53)
    assert figure.coverage["snapshots"] == 13
    print(figure.finding)
