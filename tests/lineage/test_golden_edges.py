"""The edges judged by hand from clause texts, before any computed verdict was seen.

`none declared` stands for a model that declares no licence. A base that is not in the data set
carries the licence of its own card or file. In `duty` stands everything that the child's terms
lack, also where one of them already makes the terms disagree.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelcensus.registers.schema import FACETS, parts

GOLDEN = Path(__file__).parent / "golden_edges.csv"
COLUMNS = (
    "child",
    "parent",
    "relation",
    "child_licence",
    "parent_licence",
    "verdict",
    "duty",
    "reason",
    "evidence_url",
)
FEWER = "fewer declared duties than the base"
DISAGREE = "declared terms disagree"
VERDICTS = {"compatible", FEWER, DISAGREE, "unknown"}
RELATIONS = {"finetune", "quantized", "adapter", "merge"}
DATA = Path(
    os.environ.get("MODELCENSUS_DATA") or Path(__file__).parents[2].parent / "shared" / "data"
)
RADAR = DATA / "radar" / "models_2026-08-22.parquet"


@cache
def edges() -> tuple[dict[str, str], ...]:
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream, strict=True))


@cache
def radar() -> pa.Table:
    if not RADAR.exists():
        pytest.skip(f"{RADAR.name} is not in the data folder; MODELCENSUS_DATA names it")
    return pq.read_table(RADAR, columns=["id", "license", "tags"])


def test_every_column_is_filled() -> None:
    assert all(tuple(edge) == COLUMNS for edge in edges())
    assert len(edges()) >= 60
    empty = {(e["child"], c) for e in edges() for c in COLUMNS if not e[c] and c != "duty"}
    assert empty == set()


def test_an_edge_stands_once_and_in_order() -> None:
    pairs = [(e["child"], e["parent"]) for e in edges()]
    assert pairs == sorted(set(pairs))


def test_the_words_are_allowed() -> None:
    assert {e["verdict"] for e in edges()} == VERDICTS
    assert {e["relation"] for e in edges()} <= RELATIONS
    assert {d for e in edges() for d in parts(e["duty"])} <= set(FACETS)
    assert all(e["evidence_url"].startswith("https://") for e in edges())


def test_a_duty_is_named_where_one_is_missing_and_only_there() -> None:
    with_duty = {e["child"] for e in edges() if e["duty"]}
    assert with_duty == {e["child"] for e in edges() if e["verdict"] in (FEWER, DISAGREE)}


def test_terms_disagree_over_commerce_or_the_same_licence() -> None:
    reasons = {"commercial_use", "share_alike"}
    for edge in edges():
        assert bool(reasons & set(parts(edge["duty"]))) == (edge["verdict"] == DISAGREE), edge


def test_equal_pairs_unequal_pairs_and_open_cases_are_all_there() -> None:
    kinds = Counter(
        "unknown" if e["verdict"] == "unknown" else str(e["child_licence"] == e["parent_licence"])
        for e in edges()
    )
    assert min(kinds.values()) >= 15, kinds
    lost = [e for e in edges() if e["verdict"] in (FEWER, DISAGREE)]
    assert 0.3 <= len(lost) / len(edges()) <= 0.5


@pytest.mark.real
def test_every_edge_stands_in_the_data_set_as_written() -> None:
    rows = {r["id"]: r for r in radar().to_pylist()}
    for edge in edges():
        child, parent = rows[edge["child"]], rows.get(edge["parent"])
        assert f"base_model:{edge['relation']}:{edge['parent']}" in child["tags"], edge
        assert edge["child_licence"] == (child["license"] or "none declared")
        if parent is not None:
            assert edge["parent_licence"] == (parent["license"] or "none declared")


@pytest.mark.real
def test_the_most_frequent_unequal_pairs_are_in_the_sample() -> None:
    frequent = {
        ("apache-2.0", "none declared"),
        ("llama3.1", "none declared"),
        ("krea-2-community-license", "apache-2.0"),
        ("apache-2.0", "other"),
        ("mit", "apache-2.0"),
        ("apache-2.0", "mit"),
        ("apache-2.0", "gemma"),
        ("minimax-h3-community-license-agreement", "apache-2.0"),
        ("lfm1.0", "apache-2.0"),
    }
    assert frequent <= {(e["parent_licence"], e["child_licence"]) for e in edges()}
