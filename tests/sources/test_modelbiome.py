from __future__ import annotations

import csv
import json
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from modelcensus.errors import SchemaChanged, SourceError
from modelcensus.sources.graph_files import graph_of_graphml
from modelcensus.sources.graph_tables import EDGES, NODES, Graph
from modelcensus.sources.record import Evidence
from modelcensus.sources.source import get_source

COLUMNS = [
    *("model_id", "likes", "trendingScore", "private", "downloads", "tags", "pipeline_tag"),
    *("library_name", "createdAt", "regions", "licenses", "arxiv_papers", "datasets"),
    *("parent_model", "finetune_parent", "quantized_parent", "adapter_parent", "merge_parent"),
    *("languages", "modelCard", "ratelimit_retries", "exception_raised"),
]
"""The published table's columns, in its order."""


def model(model_id: str, **cells: Any) -> dict[str, Any]:
    lists = dict.fromkeys([c for c in COLUMNS if c.endswith("parent")], "[]")
    facts = {"likes": 4, "downloads": "13356.0", "licenses": "['other']"}
    created = {"createdAt": "2025-07-11T00:55:12.000Z"}
    return {"model_id": model_id} | facts | created | lists | cells


MODELS = [
    model("o/base", pipeline_tag="text-generation", library_name="transformers",
          modelCard="---\r\nlicense: mit\r\n---\n\"quoted\", text"),
    model("u/child", parent_model="['o/base']", finetune_parent="['o/base']", licenses="[]"),
    model("u/merged", parent_model="['o/base', 'x/gone']", merge_parent="['o/base', 'x/gone']"),
    model("u/plain", parent_model="['o/base', 'o/base', \"it's\"]"),
    model("u/two", parent_model="['a/b']", finetune_parent="['a/b']", adapter_parent="['a/b']"),
    model("", licenses="[]"),
    model("u/odd", finetune_parent="['o/base'"),
    model("u/number", finetune_parent="[1]"),
    model("u/when", createdAt="soon"),
    model("u/count", likes="many"),
]  # fmt: skip
EDGES_FOUND = [
    ("u/child", "o/base", "finetune"),
    ("u/merged", "o/base", "merge"),
    ("u/merged", "x/gone", "merge"),
    ("u/plain", "o/base", None),
    ("u/plain", "it's", None),
    ("u/two", "a/b", "finetune"),
    ("u/two", "a/b", "adapter"),
]


def write_csv(path: Path, rows: list[dict[str, Any]], columns: list[str] = COLUMNS) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path, **options: str) -> Evidence:
    (found,) = get_source("modelbiome").read(path, options)
    assert isinstance(found, Evidence)
    assert found.tables["nodes"].schema == NODES
    assert found.tables["edges"].schema == EDGES
    return found


def edges(found: Evidence) -> list[tuple[str, str, str | None]]:
    return [tuple(edge.values()) for edge in found.tables["edges"].to_pylist()]


def reasons(found: Evidence) -> list[str]:
    return sorted(reject.reason for reject in found.rejects)


def test_the_published_table(tmp_path: Path) -> None:
    found = read(write_csv(tmp_path / "ai_ecosystem.csv", MODELS))
    assert (found.name, found.as_of) == ("modelbiome", date(2025, 7, 13))
    first, second, *_ = found.tables["nodes"].to_pylist()
    assert first == {
        "model_id": "o/base",
        "created_at": datetime(2025, 7, 11, 0, 55, 12, tzinfo=UTC),
        "downloads": 13356,
        "likes": 4,
        "licence": "other",
        "pipeline_tag": "text-generation",
        "library": "transformers",
    }
    assert second["licence"] is None
    assert edges(found) == EDGES_FOUND
    assert reasons(found) == ["bad_date", "bad_list", "bad_list", "count_not_integer", "missing_id"]
    assert found.input_rows == len(MODELS)
    assert len(found.tables["nodes"]) == len(MODELS) - len(found.rejects)


def test_lists_of_parquet_are_lists(parquet: Callable[..., Path]) -> None:
    rows = [{"model_id": "u/a", "finetune_parent": ["o/b", None, ""], "license": "mit"},
            {"model_id": "u/c", "finetune_parent": None, "license": None}]  # fmt: skip
    found = read(parquet("graph.parquet", rows), **{"as-of": "2025-07-20"})
    assert edges(found) == [("u/a", "o/b", "finetune")]
    assert found.tables["nodes"]["licence"].to_pylist() == ["mit", None]
    assert found.as_of == date(2025, 7, 20)


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        (["child", "parent", "relation"], ["u/a", "o/b", "merge"]),
        (["source", "target", "edge_type"], ["o/b", "u/a", "merge"]),
        (["source", "target", "type"], ["o/b", "u/a", "merge"]),
    ],
)
def test_edges_under_their_names(columns: list[str], cells: list[str], tmp_path: Path) -> None:
    rows = [dict(zip(columns, values, strict=True))
            for values in (cells, [cells[0], cells[1], "unknown"], ["", "", ""])]  # fmt: skip
    found = read(write_csv(tmp_path / "edges.csv", rows, columns))
    assert edges(found) == [("u/a", "o/b", "merge"), ("u/a", "o/b", None)]
    assert reasons(found) == ["missing_id"]
    assert len(found.tables["nodes"]) == 0


def test_a_folder_holds_models_and_edges(tmp_path: Path) -> None:
    write_csv(tmp_path / "edges.csv", [{"child": "u/a", "parent": "o/b"}], ["child", "parent"])
    write_csv(tmp_path / "nodes.csv", [{"id": "u/a"}], ["id"])
    (tmp_path / "bad.csv").write_text("model_id,likes\no/x,1,2\n")
    found = read(tmp_path)
    assert edges(found) == [("u/a", "o/b", None)]
    assert found.tables["nodes"]["model_id"].to_pylist() == ["u/a"]
    assert reasons(found) == ["wrong_number_of_cells"]
    assert found.input_rows == 3


GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="node" attr.name="likes" attr.type="long"/>
  <key id="d1" for="node" attr.name="createdAt" attr.type="string"/>
  <key id="d2" for="edge" attr.name="edge_type" attr.type="string"/>
  <key id="d3" for="edge" attr.name="change_in_likes" attr.type="long"/>
  <graph edgedefault="directed">
    <node id="o/b&amp;c"><data key="d0">7</data><data key="d1">2025-07-11T00:55:12Z</data></node>
    <node id="u/a"/>
    <node id="bad id"/>
    <edge source="o/b&amp;c" target="u/a">
      <data key="d2">finetune</data><data key="d3">-1</data>
    </edge>
    <edge source="u/a" target="o/b&amp;c"/>
  </graph>
</graphml>
"""


def test_graphml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelcensus.sources.graph_files.BATCH", 2)
    path = tmp_path / "graph.graphml"
    path.write_text(GRAPHML)
    found = read(path)
    nodes = found.tables["nodes"].to_pylist()
    assert [(n["model_id"], n["likes"]) for n in nodes] == [("o/b&c", 7), ("u/a", None)]
    assert edges(found) == [("u/a", "o/b&c", "finetune"), ("o/b&c", "u/a", None)]
    assert [(r.reason, r.locator) for r in found.rejects] == [("bad_id", "node 3")]
    assert found.input_rows == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GRAPHML[:600], "not a readable GraphML"),
        ("<html></html>", "neither nodes nor edges"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]><graphml><graph><node id="&a;"/></graph></graphml>',
         "document type"),
    ],
)  # fmt: skip
def test_other_xml_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "graph.graphml"
    path.write_text(text)
    with pytest.raises(SourceError, match=words):
        graph_of_graphml(path, Graph())


EDGE = {"source": "o/b", "target": "u/a", "type": "adapter"}
WHOLE = {"nodes": [{"id": "u/a", "name": "a", "likes": 3, "downloads": None}, 7], "edges": [EDGE]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([EDGE]),
        json.dumps(EDGE) + "\n",
        json.dumps(WHOLE),
        json.dumps(WHOLE, indent=1).replace("edges", "links"),
    ],
)
def test_json(text: str, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    path.write_text(text)
    found = read(path)
    assert edges(found) == [("u/a", "o/b", "adapter")]
    if "nodes" in text:
        assert found.tables["nodes"].to_pylist()[0]["likes"] == 3
        assert reasons(found) == ["not_an_object"]
        assert found.input_rows == 3


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("graph.pkl", b"no matter", "pickle"),
        ("graph.csv", pickle.dumps({"a": 1}), "pickle"),
        ("graph.json", b"[7]", "no JSON object"),
        ("graph.json", b"[]", "holds no graph"),
        ("graph.csv", b"", "empty"),
    ],
)
def test_what_is_not_opened(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        read(path)


def test_what_is_no_graph(parquet: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(SchemaChanged, match="column of models") as caught:
        read(parquet("x.parquet", [{"name": "a", "source": "b"}]))
    assert "name, source" in caught.value.where
    with pytest.raises(SchemaChanged, match="text is needed"):
        read(parquet("x.parquet", pa.table({"model_id": [1]})))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"no \.csv"):
        read(tmp_path / "empty")
