from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.crawls import record

from modelcensus.sources.hub import rows as fast
from modelcensus.sources.hub.rows import page_batch
from modelcensus.sources.hub_api import batch_of_found, found_in
from modelcensus.sources.texts import storable
from modelcensus.testing import Simulation


def slowly(rows: list[Any]) -> Any:
    return batch_of_found([found_in(row, f"row {n}") for n, row in enumerate(rows)], "page")


def both(rows: list[Any]) -> None:
    """Hold that both ways give the same records and rejects."""
    quick = page_batch(rows, "row {}".format, "page")
    slow = slowly(rows)
    assert quick.records.equals(slow.records)
    places = [sorted((r.reason, r.locator) for r in batch.rejects) for batch in (quick, slow)]
    assert places[0] == places[1]
    for reject in quick.rejects:
        row = rows[int(reject.locator.removeprefix("row "))]
        text = json.dumps(row, ensure_ascii=not storable(row))
        assert text.startswith(reject.raw[:100])


def test_rows_as_the_hub_writes_them_go_the_fast_way() -> None:
    simulation = Simulation(3, 800)
    rows = [json.loads(text) for text in simulation.api_lines(simulation.labels[-1])]
    fast._raw_table(rows)
    both(rows)


FULL = {
    **record(4),
    "usedStorage": 17,
    "disabled": False,
    "spaces": ["grove/demo"],
    "inferenceProviderMapping": [{"provider": "p", "status": "live", "task": "conversational"}],
    "siblings": [{"rfilename": "README.md"}, {"rfilename": "model.safetensors"}],
    "gguf": {"total": 9, "architecture": "llama"},
    "safetensors": {"parameters": {"BF16": 2, "F32": 3, "I64": 2}, "total": 7},
    "baseModels": {
        "relation": "quantized",
        "models": [{"_id": "1", "id": "a/b"}, {"_id": "2", "id": ""}],
    },
    "cardData": {"license": ["mit", "other"], "base_model": ["a/b, c/d"], "language": "en"},
}

ODD: list[tuple[str, Any]] = [
    ("downloads", None), ("downloads", -1), ("downloads", 2.0), ("downloads", 2.5),
    ("downloads", True), ("downloads", 10**30), ("downloads", "7"), ("downloads", float("nan")),
    ("trendingScore", 0.5), ("trendingScore", -3), ("trendingScore", "high"),
    ("tags", None), ("tags", []), ("tags", ["a", None]), ("tags", ["a", 1]), ("tags", "a"),
    ("tags", ["\ud800"]), ("gated", "manual"), ("gated", True), ("gated", 3), ("gated", None),
    ("private", None), ("private", "no"), ("id", None), ("id", 7), ("id", "no good id"),
    ("createdAt", None), ("createdAt", "yesterday"), ("createdAt", 5),
    ("cardData", None), ("cardData", {}), ("cardData", '{"license": "mit"}'), ("cardData", 7),
    ("cardData", {"base_model": {"a": [1, 2]}}), ("cardData", {"base_model": ["a", 1]}),
    ("cardData", {"license": {"a": 1}, "language": ["en", 2]}), ("cardData", {"x": "\ud800"}),
    ("cardData", {"license": "\udce9"}), ("cardData", {"license": ""}),
    ("baseModels", None), ("baseModels", {}), ("baseModels", {"models": None}),
    ("baseModels", {"relation": 1, "models": []}), ("baseModels", {"models": ["a/b"]}),
    ("baseModels", {"models": [{"id": 5}]}), ("baseModels", []),
    ("safetensors", None), ("safetensors", {}), ("safetensors", {"total": "x"}),
    ("safetensors", {"total": -1}), ("safetensors", 5), ("spaces", ["\ud800"]),
    ("safetensors", {"total": 5, "parameters": {"\ud800": 4, "F16": 1}}),
    ("safetensors", {"total": "\ud800", "parameters": {"F16": 10**30, "BF16": 2.0, "F32": 1.5}}),
    ("safetensors", {"total": 5, "parameters": ["BF16"]}), ("gguf", {"total": 5, "x": "\ud800"}),
    ("spaces", None), ("spaces", ["a/b", 7]), ("spaces", "many"), ("spaces", 3), ("spaces", -1),
    ("spaces", {"a": 1}), ("inferenceProviderMapping", None), ("inferenceProviderMapping", 2.0),
    ("inferenceProviderMapping", [{"provider": "p", "status": "live"}, "x", {"status": "live"}]),
    ("inferenceProviderMapping", {"p": {"status": "live"}, "q": {"status": "staging"}, "r": 1}),
    ("inferenceProviderMapping", "\udce9"), ("inferenceProviderMapping", True),
    ("disabled", None), ("disabled", True), ("disabled", "no"), ("siblings", None),
    ("siblings", [{"rfilename": "a.GGUF"}, {"rfilename": 7}, {}, "b.onnx", None]),
    ("siblings", [{"rfilename": "\ud800.gguf"}]), ("siblings", "a.gguf"), ("siblings", []),
    ("sha", 7), ("author", ["x"]), ("_id", None), ("library_name", None),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), ODD)
def test_both_ways_agree_on_an_odd_row_among_others(field: str, value: Any) -> None:
    odd = {**copy.deepcopy(FULL), field: value}
    both([record(1), odd, record(2)])
    both([record(n) for n in range(20)] + [odd] + [record(n) for n in range(20, 50)])


@pytest.mark.parametrize("field", sorted(FULL))
def test_both_ways_agree_on_a_missing_field(field: str) -> None:
    short = {name: value for name, value in FULL.items() if name != field}
    both([record(1), short])
    both([short])


def test_rows_that_are_no_objects_are_rejects() -> None:
    batch = page_batch([record(1), 7, None, "x", [], record(2)], "row {}".format, "page")
    assert len(batch.records) == 2
    assert [(r.reason, r.locator) for r in batch.rejects] == [
        ("not_an_object", f"row {n}") for n in (1, 2, 3, 4)
    ]


KEYS = ["license", "id", "total", "parameters", "BF16", "F32", "models", "relation"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(sorted(FULL)), VALUES), min_size=1, max_size=5))
def test_both_ways_agree_on_anything(changes: list[dict[str, Any]]) -> None:
    both([{**FULL, **change} for change in changes])
