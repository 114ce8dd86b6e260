from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import SchemaChanged
from modelcensus.sources.hub_records import facts_of, normalise
from modelcensus.sources.record import RECORD_SCHEMA, Batch

LIST = pa.list_(pa.string())


def read(rows: list[dict[str, Any]] | pa.Table) -> Batch:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    batch = normalise(table, lambda row: f"row {row + 1}", "x.parquet")
    assert batch.records.schema.equals(RECORD_SCHEMA)
    batch.records.validate(full=True)
    assert len(table) == len(batch.records) + len(batch.rejects)
    return batch


def record(**columns: Any) -> dict[str, Any]:
    found: list[dict[str, Any]] = read([{"id": "o/a"} | columns]).records.to_pylist()
    return found[0]


def test_every_column_goes_to_its_place() -> None:
    found = record(
        _id="65",
        author="o",
        createdAt="2024-05-01T00:00:00.000Z",
        lastModified="2024-05-02T00:00:00.000Z",
        downloads=5,
        downloadsAllTime=9,
        likes=1,
        trendingScore=2.0,
        tags=["x", "license:mit"],
        pipeline_tag="text-generation",
        library_name="transformers",
        cardData='{"license": "other", "license_name": "kimi", "license_link": "LICENSE", '
        '"language": "en", "base_model": ["x/y"]}',
        safetensors={"parameters": {"BF16": 7}, "total": 7},
        usedStorage=14,
        gated="auto",
        private=False,
        sha="abc",
        disabled=True,
        spaces=["o/demo", "o/other"],
        inferenceProviderMapping=[{"provider": "p", "status": "live"}],
        siblings=[{"rfilename": "weights/Model.GGUF"}],
        config='{"ALOT": 1, "Alot": 2}',
    )
    assert {name: value for name, value in found.items() if value is not None} == {
        "model_id": "o/a",
        "hub_key": "65",
        "author": "o",
        "created_at": datetime(2024, 5, 1, tzinfo=UTC),
        "modified_at": datetime(2024, 5, 2, tzinfo=UTC),
        "downloads_30d": 5,
        "downloads_all_time": 9,
        "likes": 1,
        "trending_score": 2,
        "tags": ["x", "license:mit"],
        "licence_tag": "other",
        "licence_name": "kimi",
        "licence_url": "LICENSE",
        "languages": ["en"],
        "pipeline_tag": "text-generation",
        "library": "transformers",
        "parameters": 7,
        "number_types": ["BF16"],
        "size_bytes": 14,
        "gated": "auto",
        "is_private": False,
        "is_disabled": True,
        "formats": ["gguf", "safetensors"],
        "spaces": 2,
        "inference_providers": 1,
        "revision": "abc",
        "base_models": [{"relation": None, "model_id": "x/y", "source": "card"}],
    }


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"id": None}, "missing_id"),
        ({"id": ""}, "missing_id"),
        ({"id": "a b"}, "bad_id"),
        ({"id": "a/b/c"}, "bad_id"),
        ({"downloads": -1}, "count_not_integer"),
        ({"downloads": 1.5}, "count_not_integer"),
        ({"likes": float("nan")}, "count_not_integer"),
        ({"downloadsAllTime": "118.7M"}, "count_not_integer"),
        ({"createdAt": "0000-01-01T00:00:00Z"}, "bad_date"),
        ({"lastModified": "soon"}, "bad_date"),
    ],
)
def test_what_costs_a_row(columns: dict[str, Any], reason: str) -> None:
    table = pa.Table.from_pylist([{"id": "o/a"} | columns])
    (reject,) = read(table).rejects
    assert (reject.reason, reject.locator) == (reason, "row 1")


@pytest.mark.parametrize(
    ("columns", "fact"),
    [
        ({"trendingScore": 0.5}, "trending_score"),
        ({"safetensors": {"total": -1}}, "parameters"),
        ({"safetensors": {"sharded": True}}, "parameters"),
        ({"safetensors": "no json"}, "parameters"),
        ({"safetensors": "no json"}, "number_types"),
        ({"safetensors": {"total": 7}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": 7}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": "no json"}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {}}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {"BF16": [7]}}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {"BF16": "7"}}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {"BF16": -7}}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {"BF16": 0.5}}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {"BF16": 0}}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {"bf16": 7, "A b": 1}}}, "number_types"),
        ({"safetensors": {"total": 7, "parameters": {"B" * 33: 7}}}, "number_types"),
        ({"gguf": {"total": 7, "parameters": {"BF16": 7}}}, "number_types"),
        ({"usedStorage": -5}, "size_bytes"),
        ({"gated": "maybe"}, "gated"),
        ({"private": "no"}, "is_private"),
        ({"disabled": "no"}, "is_disabled"),
        ({"spaces": "many"}, "spaces"),
        ({"spaces": -1}, "spaces"),
        ({"inferenceProviderMapping": "no json"}, "inference_providers"),
        ({"safetensors": None, "tags": None}, "formats"),
        ({"safetensors": "null"}, "formats"),
        ({"cardData": "not json"}, "licence_tag"),
        ({"cardData": "[" * 100_000}, "licence_tag"),
        ({"cardData": '["a"]'}, "licence_tag"),
        ({"cardData": '{"license": "\\ud800"}'}, "licence_tag"),
        ({"cardData": {"license": None}}, "licence_tag"),
        ({"cardData": {"license": {"deep": 1}}}, "licence_tag"),
        ({"tags": "no list"}, "tags"),
        ({"tags": None, "pipeline_tag": None}, "tags"),
    ],
)
def test_a_fact_that_cannot_be_read_costs_no_row(columns: dict[str, Any], fact: str) -> None:
    assert record(**columns)[fact] is None


@pytest.mark.parametrize(
    ("columns", "fact", "value"),
    [
        ({"safetensors": '{"total": 7}'}, "parameters", 7),
        ({"gguf": {"total": 7}, "safetensors": None}, "parameters", 7),
        ({"safetensors": {"parameters": {"F32": 1, "BF16": 9}}}, "number_types", ["BF16", "F32"]),
        ({"safetensors": {"parameters": {"I64": 4, "F16": 4}}}, "number_types", ["F16", "I64"]),
        ({"safetensors": {"parameters": {"F16": 9.0, "U8": None}}}, "number_types", ["F16"]),
        ({"safetensors": {"parameters": '{"F16": 9, "U8": 10}'}}, "number_types", ["U8", "F16"]),
        ({"safetensors": '{"parameters": {"F16": 9}, "total": 9}'}, "number_types", ["F16"]),
        (
            {"safetensors": {"parameters": {f"T{n:03}": 1 + n % 2 for n in range(99)}}},
            "number_types",
            [f"T{n:03}" for n in range(1, 64, 2)],
        ),
        ({"gguf": {"total": 7}, "safetensors": {"total": 8}}, "parameters", 8),
        (
            {"safetensors": '{"total": 7}', "gguf": {"total": None}},
            "formats",
            ["gguf", "safetensors"],
        ),
        ({"tags": ["tf", "jax", "license:mit"]}, "formats", ["jax", "tensorflow"]),
        ({"tags": ["en"]}, "formats", []),
        ({"tags": None, "siblings": ["model.onnx", None]}, "formats", ["onnx"]),
        ({"spaces": []}, "spaces", 0),
        ({"spaces": '["a/b"]'}, "spaces", 1),
        ({"spaces": 3}, "spaces", 3),
        ({"inferenceProviderMapping": []}, "inference_providers", 0),
        (
            {"inferenceProviderMapping": '{"x": {"status": "live"}, "y": {"status": "staging"}}'},
            "inference_providers",
            1,
        ),
        (
            {"inferenceProviderMapping": {"x": {"status": "live"}, "y": {"status": "staging"}}},
            "inference_providers",
            1,
        ),
        ({"gated": True}, "gated", "true"),
        ({"gated": "False"}, "gated", "false"),
        ({"tags": '["a", 1]'}, "tags", ["a", "1"]),
        ({"tags": ["license:mit", "license:apache-2.0"]}, "licence_tag", "mit, apache-2.0"),
        ({"tags": ["license:mit"], "cardData": None}, "licence_tag", "mit"),
        ({"tags": ["license:mit"], "cardData": "{}"}, "licence_tag", "mit"),
        ({"cardData": '{"license": ["mit", "bsd"]}'}, "licence_tag", "mit, bsd"),
        ({"cardData": '{"license": 7}'}, "licence_tag", "7"),
        ({"cardData": {"license": ["mit", "bsd"]}}, "licence_tag", "mit, bsd"),
        ({"cardData": {"license": "mit"}}, "licence_tag", "mit"),
        ({"cardData": {"language": "en"}}, "languages", ["en"]),
        ({"cardData": {"language": ["en", "de"]}}, "languages", ["en", "de"]),
        ({"cardData": '{"language": ["en", false]}'}, "languages", ["en", "false"]),
    ],
)
def test_facts_in_their_many_forms(columns: dict[str, Any], fact: str, value: Any) -> None:
    assert record(**columns)[fact] == value


@pytest.mark.parametrize(
    "card",
    [
        {"base_model": "x/y, z/z"},
        {"base_model": ["x/y", "z/z"]},
        {"base_model": ["x/y, z/z"]},
        '{"base_model": ["x/y", "z/z"]}',
        '{"base_model": "x/y, z/z"}',
    ],
)
def test_bases_of_cards_in_their_many_forms(card: Any) -> None:
    assert [base["model_id"] for base in record(cardData=card)["base_models"]] == ["x/y", "z/z"]


def test_the_hubs_own_bases_come_first() -> None:
    found = record(
        baseModels={"relation": "quantized", "models": [{"_id": "1", "id": "x/y"}]},
        tags=["base_model:x/y", "base_model:quantized:x/y"],
        cardData='{"base_model": "x/y"}',
    )
    assert [tuple(base.values()) for base in found["base_models"]] == [
        ("quantized", "x/y", "base_models"),
        ("quantized", "x/y", "tag"),
        (None, "x/y", "card"),
    ]


def test_the_old_name_of_the_id_fills_in() -> None:
    table = pa.table({"id": pa.array([None, "o/b"]), "modelId": pa.array(["o/a", "o/x"])})
    assert read(table).records["model_id"].to_pylist() == ["o/a", "o/b"]
    assert read(pa.table({"modelId": ["gpt2"]})).records["model_id"].to_pylist() == ["gpt2"]


def test_large_text_and_dictionaries_are_plain_text() -> None:
    table = pa.table(
        {
            "id": pa.array(["o/a", "o/b"]).dictionary_encode(),
            "author": pa.array(["o", None], pa.large_string()),
            "tags": pa.array([["x"], None], pa.large_list(pa.large_string())),
            "downloads": pa.array([1, 2], pa.uint16()),
        }
    )
    assert read(table).records["tags"].to_pylist() == [["x"], None]


def test_a_text_too_large_costs_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENSUS_CELL_BYTES", "50")
    long = "x" * 51
    table = pa.table(
        {
            "id": ["o/a", "o/b", "o/c", "o/d"],
            "author": [None, long, None, None],
            "tags": pa.array([["x"], None, ["x", long], None]),
            "baseModels": [None, None, None, {"relation": long, "models": []}],
        }
    )
    batch = read(table)
    assert [r.reason for r in batch.rejects] == ["too_large_cell"] * 3
    assert batch.records["model_id"].to_pylist() == ["o/a"]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("downloads", pa.array([[1]])),
        ("tags", pa.array([1])),
        ("tags", pa.array([[1]])),
        ("createdAt", pa.array([1])),
        ("cardData", pa.array([1])),
        ("safetensors", pa.array([1])),
        ("author", pa.array([1])),
        ("gated", pa.array([1])),
        ("id", pa.array([1])),
        ("baseModels", pa.array(["x"])),
        ("spaces", pa.array([{"x": 1}])),
        ("siblings", pa.array([{"rfilename": "x"}])),
        ("siblings", pa.array([[{"name": "x"}]])),
    ],
)
def test_a_column_of_another_type_is_named(name: str, column: pa.Array) -> None:
    table = pa.table({"id": ["o/a"]} | {name: column})
    with pytest.raises(SchemaChanged) as caught:
        read(table)
    assert caught.value.field == name
    assert caught.value.where == "x.parquet"


def test_without_an_id_column_nothing_is_read() -> None:
    with pytest.raises(SchemaChanged, match="modelId"):
        read(pa.table({"name": ["a"]}))


def test_which_facts_a_set_of_columns_can_fill() -> None:
    assert facts_of(["id", "downloads", "tags"]) == (
        "downloads_30d",
        "tags",
        "licence_tag",
        "base_models",
        "formats",
    )
    assert set(facts_of(["cardData", "gguf"])) >= {"licence_name", "parameters", "formats"}
    assert facts_of(["spaces", "disabled", "siblings"]) == ("spaces", "is_disabled", "formats")
    assert facts_of(["inferenceProviderMapping"]) == ("inference_providers",)


CELL = st.none() | st.text(max_size=8)
COLUMNS = {
    "id": (CELL | st.sampled_from(["a/b", "gpt2"]), pa.string()),
    "downloads": (st.none() | st.floats(), pa.float64()),
    "likes": (st.none() | st.integers(-(2**63), 2**63 - 1), pa.int64()),
    "createdAt": (CELL | st.just("2024-05-01T00:00:00.000Z"), pa.string()),
    "tags": (st.none() | st.lists(CELL | st.just("base_model:a/b"), max_size=3), LIST),
    "cardData": (CELL | st.just('{"base_model": [1, null, "a"]}'), pa.string()),
    "gated": (CELL, pa.string()),
}


@given(st.data(), st.sets(st.sampled_from(sorted(COLUMNS))), st.integers(0, 6))
def test_any_table_gives_records_and_rejects(data: st.DataObject, names: set[str], n: int) -> None:
    table = pa.table(
        {
            name: pa.array(data.draw(st.lists(cells, min_size=n, max_size=n)), kind)
            for name, (cells, kind) in COLUMNS.items()
            if name in names | {"id"}
        }
    )
    batch = read(table)
    for counter in ("downloads_30d", "likes"):
        assert all(v is None or v >= 0 for v in batch.records[counter].to_pylist())
