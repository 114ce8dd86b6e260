"""A complete listing of the Hub as a Parquet file, in whatever columns that file has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged
from modelcensus.sources.hub_records import (
    CARD_FIELDS,
    FILES_COLUMN,
    ID_COLUMNS,
    INSTANT_COLUMNS,
    WANTED,
    facts_of,
    normalise,
)
from modelcensus.sources.instants import instants
from modelcensus.sources.number_types import COUNTS, paths_of_types
from modelcensus.sources.record import Batch, absent_columns
from modelcensus.sources.tables import is_simulated, numbered, parquet_batches, parquet_schema

_PARTS = {
    "cardData": CARD_FIELDS,
    "safetensors": ("total",),
    "gguf": ("total",),
    "baseModels": ("relation", "models"),
}
"""The parts of structures that are read; the others (hundreds of them) stay on the disk."""

_MODIFIED = INSTANT_COLUMNS["modified_at"]


@dataclass(frozen=True)
class Listing:
    """A file that lists models.

    Attributes:
        path: the Parquet file.
        columns: the paths of the columns to read, structures by those of their parts.
        absent: the counters and facts that the file does not have.
        is_simulated: whether the file says that its rows were generated.
    """

    path: Path
    columns: tuple[str, ...]
    absent: tuple[str, ...]
    is_simulated: bool

    def batches(self) -> Iterator[Batch]:
        """Yield the models block by block.

        Raises:
            SourceError: the file is not readable Parquet.
            SchemaChanged: a column has a type that cannot be read.
        """
        for table, locate in numbered(parquet_batches(self.path, self.columns)):
            yield normalise(table, locate, self.path.name)

    def newest_change(self, before: datetime) -> datetime | None:
        """Return when the model that changed last did so: the listing is not older than that.

        Args:
            before: changes from then on are faults and do not count.
        """
        if _MODIFIED not in self.columns:
            return None
        newest: datetime | None = None
        for table in parquet_batches(self.path, [_MODIFIED]):
            try:
                found, _ = instants(table[_MODIFIED].combine_chunks())
            except TypeError:
                return None
            latest = pc.max(found.filter(pc.less(found, pa.scalar(before)))).as_py()
            newest = max(filter(None, (newest, latest)), default=None)
        return newest


def open_listing(path: Path) -> Listing:
    """Return what a file of models holds; columns are found by presence.

    Raises:
        SourceError: the file is not readable Parquet.
        SchemaChanged: there is no id column.
    """
    schema = parquet_schema(path)
    columns = _columns(schema)
    if not set(ID_COLUMNS) & set(columns):
        raise SchemaChanged(
            "id",
            "there is neither a column 'id' nor 'modelId'",
            where=f"{path.name}, columns found: {', '.join(schema.names) or 'none'}",
            next_step="is it a listing of models? the source 'observations' reads other tables",
        )
    present = set(facts_of(name.split(".", 1)[0] for name in columns))
    if not _tells_types(columns):
        present.discard("number_types")
    return Listing(path, tuple(columns), absent_columns(present), is_simulated(schema))


def _tells_types(columns: list[str]) -> bool:
    """Return whether weights are counted by type, or stand in texts that may say so."""
    return "safetensors" in columns or any(c.startswith(f"safetensors.{COUNTS}") for c in columns)


def _columns(schema: pa.Schema) -> list[str]:
    found: list[str] = []
    for name in WANTED:
        # the lists of files are most of such a file, and its tags name their formats
        if schema.names.count(name) != 1 or name == FILES_COLUMN:
            continue
        kind = schema.field(name).type
        if not pa.types.is_struct(kind):
            found.append(name)
            continue
        parts = [part for part in _PARTS.get(name, ()) if kind.get_field_index(part) >= 0]
        if name == "safetensors":
            parts += paths_of_types(kind)
        found += [f"{name}.{part}" for part in parts]
    return found
