"""A file in the shape of hub-stats' models.parquet, made up, of any size.

Columns and widths follow what is published about the real file (3M rows, about 1.5 GB, most of
it file names, configurations and model cards): five times as wide as what the Hub simulator
writes, which is about who makes what. Names are random, nothing in it is a fact about a model,
and the file says so. The same rows and seed give the same rows. A small share is as messy as
the Hub is: licences as lists, several bases in one text, cards that are no JSON, missing
counters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from modelcensus.sources.tables import SIMULATED_KEY

BLOCK_ROWS = 122_880

LICENCES = [
    "apache-2.0",
    "mit",
    "openrail",
    "creativeml-openrail-m",
    "cc-by-nc-4.0",
    "llama3",
    "llama2",
    "gemma",
    "other",
    "unknown",
    "cc-by-4.0",
    "afl-3.0",
    "bsd-3-clause",
]
PIPELINES = [
    "text-generation",
    "text-to-image",
    "text-classification",
    "feature-extraction",
    "automatic-speech-recognition",
    "image-classification",
    "fill-mask",
    "reinforcement-learning",
    "token-classification",
    "question-answering",
]
LIBRARIES = [
    "transformers",
    "diffusers",
    "peft",
    "sentence-transformers",
    "stable-baselines3",
    "timm",
    "gguf",
    "mlx",
    "ml-agents",
    "fasttext",
]
LANGUAGES = ["en", "zh", "de", "fr", "es", "ja", "ko", "multilingual", "ru", "ar"]
RELATIONS = ["finetune", "adapter", "quantized", "merge"]

SCHEMA = pa.schema(
    [
        ("_id", pa.string()),
        ("id", pa.string()),
        ("author", pa.string()),
        ("cardData", pa.string()),
        ("lastModified", pa.timestamp("ms")),
        ("likes", pa.int64()),
        ("trendingScore", pa.float64()),
        ("private", pa.bool_()),
        ("sha", pa.string()),
        ("gated", pa.string()),
        ("downloads", pa.int64()),
        ("downloadsAllTime", pa.int64()),
        ("tags", pa.list_(pa.string())),
        ("createdAt", pa.timestamp("ms")),
        ("siblings", pa.list_(pa.struct([("rfilename", pa.string())]))),
        ("pipeline_tag", pa.string()),
        ("library_name", pa.string()),
        ("config", pa.string()),
        (
            "safetensors",
            pa.struct(
                [
                    ("parameters", pa.struct([("BF16", pa.int64()), ("F32", pa.int64())])),
                    ("total", pa.int64()),
                ]
            ),
        ),
        ("gguf", pa.struct([("total", pa.int64()), ("architecture", pa.string())])),
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
).with_metadata({SIMULATED_KEY: b"benchmark"})


def write_hub_stats_like(path: Path, rows: int, seed: int = 1) -> None:
    """Write `rows` made-up models."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", version="2.6") as writer:
        for table in blocks(rows, seed):
            writer.write_table(table, row_group_size=BLOCK_ROWS)


def blocks(rows: int, seed: int) -> Iterator[pa.Table]:
    for number, start in enumerate(range(0, rows, BLOCK_ROWS)):
        rng = np.random.default_rng([seed, number])
        yield _Block(rng, start, min(BLOCK_ROWS, rows - start)).table()


@dataclass
class _Block:
    """Some rows, made column by column."""

    rng: np.random.Generator
    start: int
    rows: int

    def table(self) -> pa.Table:
        rng, rows = self.rng, self.rows
        kind = rng.random(rows)
        self.has_base = kind < 0.40
        self.has_card = rng.random(rows) < 0.66
        self.licence = self.pick(LICENCES, rows)
        self.has_licence = self.has_card & (rng.random(rows) < 0.62)
        self.language = self.pick(LANGUAGES, rows)
        self.base = text("org-", self.zipf(3000), "/", "base-", self.zipf(60_000), "-7b-instruct")
        self.relation = self.pick(RELATIONS, rows)
        author = text("user-", self.zipf(400_000))
        name = text(
            "model-",
            pa.array(np.arange(self.start, self.start + rows)),
            "-v",
            rng.integers(0, 99, rows),
        )
        created = 1_646_000_000_000 + rng.integers(0, 130_000_000_000, rows)
        downloads = np.floor(rng.pareto(0.6, rows) * (rng.random(rows) < 0.36)).clip(0, 2e8)
        columns: dict[str, Any] = {
            "_id": self.hexes(24),
            "id": pc.binary_join_element_wise(author, name, "/"),
            "author": author,
            "cardData": self.cards(),
            "lastModified": pa.array(created + rng.integers(0, 10**10, rows), pa.timestamp("ms")),
            "likes": pa.array(np.floor(rng.pareto(1.0, rows)).astype(np.int64)),
            "trendingScore": pa.array(np.floor(rng.pareto(2.0, rows))),
            "private": pa.array(np.zeros(rows, bool)),
            "sha": self.hexes(40),
            "gated": self.pick(["False"] * 48 + ["auto", "manual"], rows),
            "downloads": pa.array(downloads.astype(np.int64), mask=rng.random(rows) < 0.001),
            "downloadsAllTime": pa.array((downloads * 7).astype(np.int64)),
            "tags": self.tags(),
            "createdAt": pa.array(created, pa.timestamp("ms")),
            "siblings": self.siblings(),
            "pipeline_tag": self.sometimes(self.pick(PIPELINES, rows), 0.55),
            "library_name": self.sometimes(self.pick(LIBRARIES, rows), 0.66),
            "config": self.configs(),
            "safetensors": self.safetensors(),
            "gguf": self.gguf(),
            "baseModels": self.base_models(),
        }
        arrays = [one(columns[f.name]).cast(f.type) for f in SCHEMA]
        return pa.Table.from_arrays(arrays, schema=SCHEMA)

    def pick(self, values: list[str], n: int) -> pa.Array:
        return pa.array(values).take(
            pa.array(
                np.minimum(np.floor(self.rng.pareto(1.2, n)), len(values) - 1).astype(np.int64)
            )
        )

    def zipf(self, size: int) -> np.ndarray:
        return (size ** self.rng.random(self.rows)).astype(np.int64)

    def hexes(self, digits: int) -> pa.Array:
        raw = self.rng.bytes(self.rows * digits // 2).hex().encode()
        offsets = np.arange(0, self.rows * digits + 1, digits, dtype=np.int32)
        return pa.Array.from_buffers(
            pa.string(), self.rows, [None, pa.py_buffer(offsets), pa.py_buffer(raw)]
        )

    def sometimes(self, values: pa.Array, share: float) -> pa.Array:
        return pc.if_else(pa.array(self.rng.random(self.rows) < share), values, None)

    def cards(self) -> pa.Array:
        """Model cards as JSON text; about 5 % long ones, 0.2 % odd ones."""
        rng, rows = self.rng, self.rows
        licence = pc.if_else(
            pa.array(self.has_licence), text('"license":"', self.licence, '",'), ""
        )
        base = pc.if_else(pa.array(self.has_base), text('"base_model":"', self.base, '",'), "")
        lists = text('"base_model":["', self.base, '"],')
        base = pc.if_else(pa.array(self.has_base & (rng.random(rows) < 0.3)), lists, base)
        tags = text('"tags":["generated_from_trainer","tag-', self.zipf(20_000), '"],')
        language = pc.if_else(
            pa.array(rng.random(rows) < 0.3), text('"language":["', self.language, '"],'), ""
        )
        results = json.dumps(
            [
                {
                    "name": "m",
                    "results": [
                        {
                            "task": {"type": "t", "name": "Task"},
                            "dataset": {"name": "d", "type": "ds", "args": "en"},
                            "metrics": [
                                {
                                    "type": "acc",
                                    "value": 0.912345,
                                    "name": "Accuracy",
                                    "verified": False,
                                }
                            ]
                            * 4,
                        }
                    ],
                }
            ]
        )
        long = pc.if_else(pa.array(rng.random(rows) < 0.08), f'"model-index":{results},', "")
        widget = pc.if_else(
            pa.array(rng.random(rows) < 0.05),
            text(
                '"widget":[{"text":"',
                self.hexes(400),
                " an example sentence of some length, \\",
                'n with a line break"}],',
            ),
            "",
        )
        end = text(
            '"pipeline_tag":"text-generation","datasets":["ds-',
            self.zipf(9000),
            '"],"description":"',
            self.hexes(60),
            '"}',
        )
        cards = text("{", licence, language, base, tags, widget, long, end)
        odd = pa.array(
            [
                "",
                "not json",
                "[]",
                '{"license":["mit","apache-2.0"]}',
                '{"base_model":"a/b, c/d"}',
                '{"license":null,"language":["en",false]}',
                '{"license":{"name":"x"}}',
                '{"base_model":"C:\\\\Models\\\\x"}',
                '{"license":"mit","license":"other"}',
                '{"license_name":"kimi-k2","license_link":"LICENSE","license":"other"}',
                '{"language":"\\u4e2d\\u6587"}',
                '{"license":NaN,"base_model":7}',
            ]
        )
        is_odd = pa.array(rng.random(rows) < 0.002)
        cards = pc.if_else(is_odd, odd.take(pa.array(rng.integers(0, len(odd), rows))), cards)
        return pc.if_else(pa.array(self.has_card), cards, None)

    def tags(self) -> pa.Array:
        """About eleven tags a row: common ones, the licence, and base models twice."""
        rng, rows = self.rng, self.rows
        common = pa.array([f"tag-{n}" for n in range(3000)])
        often = rng.integers(3, 12, rows)
        typed = text("base_model:", self.relation, ":", self.base)
        columns = [
            (np.ones(rows, bool), self.pick(LIBRARIES, rows)),
            (self.has_licence, text("license:", self.licence)),
            (self.has_base, text("base_model:", self.base)),
            (self.has_base & (rng.random(rows) < 0.8), typed),
            (np.ones(rows, bool), pa.array(["region:us"]).take(pa.array(np.zeros(rows, int)))),
        ]
        of_row = [np.repeat(np.arange(rows), often), *(np.flatnonzero(m) for m, _ in columns)]
        numbers = np.minimum(np.floor(rng.pareto(0.7, int(often.sum()))), 2999).astype(np.int64)
        values = [common.take(pa.array(numbers)), *(one(v).filter(pa.array(m)) for m, v in columns)]
        order = np.argsort(np.concatenate(of_row), kind="stable")
        flat = pa.concat_arrays(values).take(pa.array(order))
        lengths = np.bincount(np.concatenate(of_row), minlength=rows)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), flat)

    def siblings(self) -> pa.Array:
        counts = self.rng.integers(1, 27, self.rows)
        total = int(counts.sum())
        names = pc.binary_join_element_wise(
            pa.array(["model-", "runs/events.out.", "checkpoint-", "config."]).take(
                pa.array(self.rng.integers(0, 4, total))
            ),
            pa.array(self.rng.integers(0, 2**62, total)).cast(pa.string()),
            ".safetensors",
            "",
        )
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        files = pa.StructArray.from_arrays([names], names=["rfilename"])
        return pa.ListArray.from_arrays(pa.array(offsets), files)

    def configs(self) -> pa.Array:
        filled = text(
            '{"architectures":["LlamaForCausalLM"],"model_type":"llama","ALOT":1,"Alot":',
            self.zipf(10**9),
            ',"tokenizer_config":{"bos_token":"<s>","chat_template":"',
            self.hexes(560),
            '"}}',
        )
        return self.sometimes(filled, 0.6)

    def safetensors(self) -> pa.Array:
        total = pa.array(self.rng.integers(10**6, 10**11, self.rows))
        parts = pa.StructArray.from_arrays([total, pc.if_else(True, None, total)], ["BF16", "F32"])
        mask = pa.array(self.rng.random(self.rows) > 0.234)
        return pa.StructArray.from_arrays([parts, total], ["parameters", "total"], mask=mask)

    def gguf(self) -> pa.Array:
        total = pa.array(self.rng.integers(10**6, 10**11, self.rows))
        names = self.pick(["llama", "qwen2", "gemma3"], self.rows)
        mask = pa.array(self.rng.random(self.rows) > 0.05)
        return pa.StructArray.from_arrays([total, names], ["total", "architecture"], mask=mask)

    def base_models(self) -> pa.Array:
        has = self.has_base & (self.rng.random(self.rows) < 0.7)
        lengths = has.astype(np.int32)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        keys, bases = self.hexes(24).filter(pa.array(has)), one(self.base).filter(pa.array(has))
        models = pa.StructArray.from_arrays([keys, bases], ["_id", "id"])
        lists = pa.ListArray.from_arrays(pa.array(offsets), models)
        return pa.StructArray.from_arrays(
            [self.relation, lists], ["relation", "models"], mask=pa.array(~has)
        )


def text(*parts: Any) -> pa.Array:
    """Return the parts of each row joined; numbers are written, a text stands in every row."""
    read = [
        p
        if isinstance(p, str)
        else pa.array(p).cast(pa.string())
        if isinstance(p, np.ndarray)
        else one(p).cast(pa.string())
        for p in parts
    ]
    return pc.binary_join_element_wise(*read, "")


def one(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
