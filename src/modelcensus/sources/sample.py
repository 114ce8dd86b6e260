"""The bundled sample: real facts in this package's own schema, each with its source and licence.

`index.json` lists the parts: for a state the hub, frame, labels and what its source lacks, for
evidence the name, day and tables. Record files hold a `label` column beside the record columns.
It is written by scripts/make_sample.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from modelcensus.errors import SchemaChanged
from modelcensus.sources.record import Batch, Evidence, Reject, SourceInfo, State, conform
from modelcensus.sources.source import Option

INFO = SourceInfo(
    name="sample",
    title="The sample that comes with the package",
    url="",
    licence="each part under its source's licence",
    attribution="see each part",
)
OPTIONS: tuple[Option, ...] = ()
INDEX = "index.json"


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield every state and every evidence list of the sample.

    Args:
        path: the folder with `index.json`.
        options: none.

    Raises:
        SchemaChanged: the index is of another version.
    """
    index = json.loads((path / INDEX).read_text(encoding="utf-8"))
    if index.get("format") != 1:
        raise SchemaChanged("format", "the sample is of another version", where=str(path / INDEX))
    for part in index["states"]:
        yield from _states(path, part)
    for part in index["evidence"]:
        yield _evidence(path, part)


def _states(path: Path, part: Mapping[str, Any]) -> Iterator[State]:
    table = pq.read_table(path / part["file"])
    for entry in part["labels"]:
        rows = table.filter(pc.equal(table["label"], entry["label"])).drop_columns(["label"])
        records = conform({name: rows[name] for name in rows.column_names}, len(rows))
        yield State(
            hub=part["hub"],
            frame=part["frame"],
            label=_label(entry["label"]),
            batches=[Batch(records, [Reject(**r) for r in entry["rejects"]])],
            window=_window(entry["window"]),
            absent_columns=tuple(part["absent_columns"]),
            info=SourceInfo(**part["source"]),
        )


def _evidence(path: Path, part: Mapping[str, Any]) -> Evidence:
    tables = {name: pq.read_table(path / file) for name, file in part["tables"].items()}
    return Evidence(
        name=part["name"],
        as_of=date.fromisoformat(part["as_of"]),
        tables=tables,
        input_rows=sum(len(t) for t in tables.values()),
        info=SourceInfo(**part["source"]),
    )


def _label(text: str) -> date | datetime:
    return date.fromisoformat(text) if len(text) == len("2025-09-07") else _instant(text)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _window(span: list[str] | None) -> tuple[datetime, datetime] | None:
    return (_instant(span[0]), _instant(span[1])) if span else None
