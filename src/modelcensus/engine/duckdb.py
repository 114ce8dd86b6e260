"""The embedded engine: DuckDB in this process, in UTC, with bounded threads, memory and disk."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis
import pyarrow as pa

from modelcensus.errors import Busy, LimitExceeded, StoreError
from modelcensus.files import writing
from modelcensus.settings import MIB, Settings

if TYPE_CHECKING:
    import ibis.expr.types as ir


class DuckDBEngine:
    """DuckDB behind Ibis; in memory, so no file is locked and nothing is left behind.

    Threads may share it: it runs one statement at a time, for a connection gives up a result
    that is not read whole when another statement comes.
    """

    name = "duckdb"

    def __init__(self, settings: Settings) -> None:
        """Start an empty in-memory database with the limits of the settings.

        What does not fit into memory goes to a private folder under the system's temporary one
        (`TMPDIR`), never to the current directory, and that folder goes with the engine.

        Raises:
            StoreError: there is no place for temporary files.
        """
        with writing(Path("the folder for temporary files (TMPDIR)")):
            spill = tempfile.mkdtemp(prefix="modelcensus-")
        self._forget_spill = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)
        self._one_at_a_time = threading.RLock()
        self.backend = ibis.duckdb.connect(
            threads=int(settings.engine_threads),
            memory_limit=_mebibytes(settings.engine_memory),
            temp_directory=spill,
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        # given on connecting, DuckDB 1.5 reports this limit and does not keep to it
        limit = _mebibytes(settings.engine_spill)
        self.backend.con.execute(f"SET max_temp_directory_size = '{limit}'")
        self.backend.con.execute("SET TimeZone = 'UTC'")
        self.backend.con.execute("SET preserve_insertion_order = true")

    def read(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of one or more Parquet files of the same schema as one table."""
        with refusals(files[0]), self._one_at_a_time:
            return self.backend.read_parquet([literal_path(file) for file in files])

    def read_numbered(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of many files with where each came from.

        Returns:
            The files' columns, `file_key` (position in `files`) and `row_number` (in its file).
        """
        names = [str(file) for file in files]
        with refusals(files[0]), self._one_at_a_time:
            rows = self.backend.read_parquet(
                [literal_path(file) for file in files], filename=True, file_row_number=True
            )
        keys = pa.table({"filename": names, "file_key": pa.array(range(len(names)), pa.int32())})
        numbered: ir.Table = (
            rows.join(self.local(keys), "filename")
            .rename(row_number="file_row_number")
            .drop("filename")
        )
        return numbered

    def stage(self, name: str, expression: ir.Table) -> ir.Table:
        """Run an expression once and keep its rows in the engine under a name.

        Building a release uses it between steps; measures keep what a figure asks for often.

        Raises:
            LimitExceeded: it needs more memory and disk than the settings allow.
        """
        with refusals(), self._one_at_a_time:
            return self.backend.create_table(name, expression, overwrite=True)

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Run an expression once and return its rows as a table that later ones read.

        Raises:
            LimitExceeded: it needs more memory and disk than the settings allow.
        """
        return self.stage(name, expression)

    def local(self, table: pa.Table) -> ir.Table:
        """Return a small Arrow table as an Ibis table of this engine."""
        return ibis.memtable(table)

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return its rows.

        Raises:
            LimitExceeded: it needs more memory and disk than the settings allow.
        """
        with refusals(), self._one_at_a_time:
            rows: pa.Table = self.backend.to_pyarrow(expression)
        return rows

    def interrupt(self) -> None:
        """Give up what another thread has it compute; that thread is told (`Busy`)."""
        self.backend.con.interrupt()

    def close(self) -> None:
        """Close the database and remove what it spilled."""
        self.backend.disconnect()
        self._forget_spill()


def _mebibytes(size: float) -> str:
    return f"{int(size / MIB)}MiB"


def literal_path(file: Path) -> str:
    """Return a path as DuckDB takes it, in which [, * and ? stand for themselves."""
    return "".join(f"[{c}]" if c in "[*?" else c for c in str(file))


@contextmanager
def refusals(file: Path | None = None) -> Iterator[None]:
    """Turn what DuckDB refuses for want of memory, disk or a readable file into our errors."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise LimitExceeded(
            "the embedded engine needs more memory or disk than it may use",
            where=str(error).splitlines()[0],
            next_step="raise engine_memory (CENSUS_ENGINE_MEMORY) or engine_spill "
            "(CENSUS_ENGINE_SPILL), or use --engine spark",
        ) from error
    except duckdb.InterruptException as error:
        raise Busy("what was being computed was given up") from error
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise StoreError(
            f"the embedded engine cannot read or write: {str(error).splitlines()[0]}",
            where="" if file is None else str(file),
            next_step="if a release is damaged, delete its folder and run `census build`",
        ) from error
