"""The reader of whole columns gives what reading row by row gives, however messy the rows are."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.plain_hub_reader import read_row

from modelcensus.sources.hub_records import normalise

PROVIDER = pa.struct([("provider", pa.string()), ("status", pa.string())])
COUNTS = pa.struct(
    [
        *((word, pa.int64()) for word in ("F32", "BF16", "I32", "F8_E4M3", "I64")),
        *(("F16", pa.float64()), ("U8", pa.int32()), ("note", pa.int64())),
        *(("BOOL", pa.string()), ("I8", pa.list_(pa.int64()))),
    ]
)
"""Counts by type as files hold them, with fields that count nothing."""

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("modelId", pa.string()),
        ("downloads", pa.float64()),
        ("downloadsAllTime", pa.int64()),
        ("likes", pa.int64()),
        ("createdAt", pa.string()),
        ("lastModified", pa.timestamp("ms")),
        ("spaces", pa.list_(pa.string())),
        ("inferenceProviderMapping", pa.list_(PROVIDER)),
        ("disabled", pa.bool_()),
        ("safetensors", pa.struct([("total", pa.int64()), ("parameters", COUNTS)])),
        ("gguf", pa.struct([("total", pa.int64())])),
        ("siblings", pa.list_(pa.struct([("rfilename", pa.string())]))),
        ("tags", pa.list_(pa.string())),
        ("cardData", pa.string()),
        (
            "baseModels",
            pa.struct(
                [
                    ("relation", pa.string()),
                    ("models", pa.list_(pa.struct([("_id", pa.string()), ("id", pa.string())]))),
                ]
            ),
        ),
    ]
)

IDS = ["o/a", "gpt2", "", None, "a b", "a/b/c", "../x", "o/ü", "/a", "o/" + "x" * 300, "模型/一",
       "o/..", "o/a\u200b", "x" * 401, "_a/-b", "o/.a"]  # fmt: skip
BASES = ["x/y", "a/b, c/d", "['x/y']", "C:\\Models\\x", "undefined", "", "x/y ", "模/型",
         'q"q', "a,,b", "x\ty", "[]", "finetune:x/y", "None", "x/y,x/y"]  # fmt: skip
FORMATS = ["gguf", "tf", "tensorflow", "mlx", "GGUF", "safetensors", "pytorch "]
FILES = ["README.md", "a/Model-Q4.GGUF", "x.onnx", "gguf", "training_args.bin", "模型.tflite"]
PROVIDERS = [
    {"provider": "p", "status": "live"},
    {"provider": "p", "status": "live"},
    {"provider": "q", "status": "staging"},
    {"provider": None, "status": "live"},
    {"provider": "r", "status": None},
    {"provider": "s", "status": "live"},
    None,
]
VALUES: list[Any] = [
    *(None, "mit", "", 7, 1.5, 1e30, True, -0.0, "é", "中文", "a\nb", "\u0000"),
    *({"name": "x"}, ["mit", "bsd"], [], ["en", False, None], [["deep"]]),
]
WHOLE_CARDS = ["", "not json", "[]", '"text"', "7", "null", "{}", "{", '{"license": "mit"} x',
               '{"license":"mit","license":"bsd"}', '{"licen\\u0073e":"mit"}', "[" * 10_000,
               '{"license":"\\ud800"}', '{"x":"\\ud800","license":"mit"}', ' {"license":"mit"}\n',
               '\ufeff{"license":"mit"}', '{"license":NaN}', '{"language":"\\u4e2d"}',
               '{"base_model":["a/b",["c/d","a/b"]]}', '{"license":"a\tb"}',
               '{"license":01}', '{"license_link":"a\\/b"}']  # fmt: skip


def messy_rows(number: int, seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)  # noqa: S311
    return [_messy_row(rng, n) for n in range(number)]


def _messy_row(rng: random.Random, n: int) -> dict[str, Any]:
    def some(values: list[Any], share: float = 0.3) -> Any:
        return rng.choice(values) if rng.random() < share else None

    tag = [f"base_model:{r}{b}" for r in ("", "finetune:", "quantized:", "other:") for b in BASES]
    tags = [rng.choice([*tag, *FORMATS, "license:mit", "license:", "x", None, "", "license:bsd"])
            for _ in range(rng.randrange(6))]  # fmt: skip
    if rng.random() < 0.3:
        tags += [t for b in ("x/y", "a/b") for t in (f"base_model:{b}", f"base_model:merge:{b}")]
    card = {
        name: rng.choice(VALUES)
        for name in ("license", "license_name", "license_link", "language", "x")
        if rng.random() < 0.4
    }
    if rng.random() < 0.5:
        card["base_model"] = rng.choice([*BASES, *VALUES, rng.sample(BASES, 3)])
    text = json.dumps(card, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1]))
    sizes = {f.name: [None, None, 0, -1, 1, 2, 2, 3, 2**31 - 1] for f in COUNTS}
    sizes |= {"F16": [None, 0.5, 2.0, float("nan"), 2.0**63], "BOOL": ["5"], "I8": [[5]]}
    counts = {word: rng.choice(values) for word, values in sizes.items()}
    models = [{"_id": "1", "id": rng.choice([*BASES, None])} for _ in range(rng.randrange(3))]
    return {
        "id": rng.choice(IDS) if rng.random() < 0.1 else f"org-{n % 7}/m-{n}",
        "modelId": some(["o/old"]),
        "downloads": some([0.0, 5.0, -1.0, 1.5, float("nan"), 2.0**62, 2.0**63]),
        "downloadsAllTime": some([0, 9, -9, 2**62]),
        "likes": rng.randrange(9),
        "createdAt": some(["2024-05-01T00:00:00.000Z", "2024-05-01", "soon", "1970-01-01",
                           "2024-05-01T10:00:00+02:00"]),
        "lastModified": some([datetime(2024, 5, 2), datetime(1980, 1, 1)]),  # noqa: DTZ001
        "spaces": some([[], ["o/s"], ["o/s", "o/s", None]]),
        "inferenceProviderMapping": some([[], [None], rng.sample(PROVIDERS, 3)]),
        "disabled": some([True, False]),
        "safetensors": some([{"total": 5, "parameters": counts}, {"total": None}]),
        "gguf": some([{"total": -5}]),
        "siblings": some([[], [{"rfilename": None}, None], [{"rfilename": n} for n in FILES]]),
        "tags": None if rng.random() < 0.1 else tags,
        "cardData": rng.choice([text, text, text, None, rng.choice(WHOLE_CARDS)]),
        "baseModels": some([{"relation": r, "models": models} for r in ("merge", "", None)]),
    }  # fmt: skip


def assert_equal_to_plain(table: pa.Table) -> None:
    batch = normalise(table, lambda row: f"row {row}", "x.parquet")
    expected = [read_row(row) for row in table.to_pylist()]
    kept = [row for row in expected if not isinstance(row, str)]
    lost = [(f"row {n}", row) for n, row in enumerate(expected) if isinstance(row, str)]
    assert [(r.locator, r.reason) for r in batch.rejects] == lost
    names = list(kept[0]) if kept else []
    for name, plain in zip(names, zip(*(r.values() for r in kept), strict=True), strict=True):
        assert batch.records[name].to_pylist() == list(plain), name


@pytest.mark.parametrize("seed", range(4))
def test_messy_rows_give_the_same_records_and_rejects(seed: int) -> None:
    assert_equal_to_plain(pa.Table.from_pylist(messy_rows(3000, seed), schema=SCHEMA))


@pytest.mark.parametrize("chunk", [7, 100])
def test_a_slice_of_a_table_reads_like_a_table(chunk: int) -> None:
    table = pa.Table.from_pylist(messy_rows(300, 9), schema=SCHEMA)
    for start in range(0, 300, chunk):
        assert_equal_to_plain(table.slice(start, chunk))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from(["license", "license_name", "license_link", "base_model", "language"])


@settings(deadline=None)
@given(st.lists(st.dictionaries(FIELDS | st.text(max_size=3), JSON, max_size=6), max_size=5))
def test_any_card_reads_the_same(cards: list[dict[str, Any]]) -> None:
    rows = [{"id": f"o/{n}", "cardData": json.dumps(card)} for n, card in enumerate(cards)]
    assert_equal_to_plain(pa.Table.from_pylist(rows, schema=SCHEMA))
