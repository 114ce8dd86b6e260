"""The embedded engine: DuckDB in this process, in UTC, with bounded threads and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from modelcensus.settings import MIB, Settings

if TYPE_CHECKING:
    import ibis.expr.types as ir


class DuckDBEngine:
    """DuckDB behind Ibis; in memory, so nothing is locked and nothing is left behind."""

    name = "duckdb"

    def __init__(self, settings: Settings) -> None:
        """Start an empty in-memory database with the limits of the settings."""
        self.backend = ibis.duckdb.connect(
            threads=int(settings.engine_threads),
            memory_limit=f"{int(settings.engine_memory / MIB)}MiB",
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        self.backend.con.execute("SET TimeZone = 'UTC'")
        self.backend.con.execute("SET preserve_insertion_order = true")

    def read(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of one or more Parquet files of the same schema as one table."""
        return self.backend.read_parquet([str(file) for file in files])

    def read_numbered(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of many files with where each came from.

        Returns:
            The files' columns, `file_key` (position in `files`) and `row_number` (in its file).
        """
        names = [str(file) for file in files]
        rows = self.backend.read_parquet(names, filename=True, file_row_number=True)
        keys = pa.table({"filename": names, "file_key": pa.array(range(len(names)), pa.int32())})
        numbered: ir.Table = (
            rows.join(self.local(keys), "filename")
            .rename(row_number="file_row_number")
            .drop("filename")
        )
        return numbered

    def stage(self, name: str, expression: ir.Table) -> ir.Table:
        """Run an expression once and keep its rows in the engine under a name.

        Building a release uses it between steps; measures never do.
        """
        return self.backend.create_table(name, expression, overwrite=True)

    def local(self, table: pa.Table) -> ir.Table:
        """Return a small Arrow table as an Ibis table of this engine."""
        return ibis.memtable(table)

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return its rows."""
        rows: pa.Table = self.backend.to_pyarrow(expression)
        return rows

    def close(self) -> None:
        """Close the database."""
        self.backend.disconnect()
