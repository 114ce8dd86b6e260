"""A complete listing of the Hub as one Parquet file, in whatever columns that day's file has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from modelcensus.errors import SchemaChanged
from modelcensus.sources.hub_records import (
    CARD_FIELDS,
    ID_COLUMNS,
    WANTED,
    facts_of,
    normalise,
)
from modelcensus.sources.instants import label_day
from modelcensus.sources.record import Batch, Evidence, SourceInfo, State, absent_columns
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import numbered, parquet_batches, parquet_schema

INFO = SourceInfo(
    name="hub-stats",
    title="Hugging Face Hub statistics, all models",
    url="https://huggingface.co/datasets/cfahlgren1/hub-stats",
    licence="Apache-2.0",
    attribution="cfahlgren1/hub-stats",
)
OPTIONS = (
    Option("label", "the day of the listing, YYYY-MM-DD; needed unless the file name holds it"),
    Option("frame", "what the listing is a view of", default="hub"),
)

_PARTS = {
    "cardData": CARD_FIELDS,
    "safetensors": ("total",),
    "gguf": ("total",),
    "baseModels": ("relation", "models"),
}
"""The parts of structures that are read; the others (hundreds of them) stay on the disk."""


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one state with every model of the listing; rows are read block by block.

    Columns are read by presence: a counter or fact whose column is missing is named in
    `absent_columns`.

    Args:
        path: the Parquet file.
        options: `label`, `frame`.

    Raises:
        SourceError: the file is not readable Parquet.
        SchemaChanged: there is no id column, or a column has a type that cannot be read.
        SettingsError: the label is not known.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    label = label_day(path, values["label"])
    schema = parquet_schema(path)
    columns = _columns(schema)
    if not set(ID_COLUMNS) & set(columns):
        raise SchemaChanged(
            "id",
            "there is neither a column 'id' nor 'modelId'",
            where=f"{path.name}, columns found: {', '.join(schema.names) or 'none'}",
            next_step="is it a listing of models? the source 'observations' reads other tables",
        )
    yield State(
        hub="huggingface",
        frame=values["frame"],
        label=label,
        batches=_batches(path, columns),
        absent_columns=absent_columns(facts_of(name.split(".", 1)[0] for name in columns)),
        is_complete_frame=True,
    )


def _columns(schema: pa.Schema) -> list[str]:
    """Return the paths of the columns to read, structures by those of their parts."""
    found: list[str] = []
    for name in WANTED:
        if schema.names.count(name) != 1:
            continue
        kind = schema.field(name).type
        if not pa.types.is_struct(kind):
            found.append(name)
            continue
        parts = [part for part in _PARTS.get(name, ()) if kind.get_field_index(part) >= 0]
        found += [f"{name}.{part}" for part in parts]
    return found


def _batches(path: Path, columns: list[str]) -> Iterator[Batch]:
    for table, locate in numbered(parquet_batches(path, columns)):
        yield normalise(table, locate, path.name)
