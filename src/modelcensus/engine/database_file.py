"""A DuckDB file: written once by one process, then read by many, with bound values only."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from modelcensus.engine.duckdb import refusals
from modelcensus.settings import MIB, Settings

ENGINE_VERSION = duckdb.__version__
"""A file is read by the version that wrote it; any other one writes it anew."""

Options = dict[str, str | bool | int | float | list[str]]

_OFFLINE: Options = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


class UnfitFile(Exception):
    """The file is missing, damaged or of another version: write it anew."""


class DatabaseFile:
    """An open DuckDB file. Each thread has a cursor of its own, so threads may share it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take over an open connection."""
        self._connection = connection
        self._of_thread = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []

    @classmethod
    def create(cls, path: Path, spill: Path, settings: Settings) -> DatabaseFile:
        """Make a new file at `path`; what does not fit into memory goes to the folder `spill`.

        Raises:
            StoreError: the place cannot be written to.
        """
        limits: Options = {
            "threads": str(int(settings.engine_threads)),
            "memory_limit": f"{int(settings.engine_memory / MIB)}MiB",
            "temp_directory": str(spill),
            # the file is read by this version alone
            "storage_compatibility_version": "latest",
        }
        with refusals(path):
            file = cls(duckdb.connect(str(path), config=_OFFLINE | limits))
            file.run("SET TimeZone = 'UTC'")
            # given on connecting, this limit is reported and not kept to
            spill_limit = f"{int(settings.engine_spill / MIB)}MiB"
            file.run(f"SET max_temp_directory_size = '{spill_limit}'")
            # on one thread's order nothing depends: what is ordered says so
            file.run("SET preserve_insertion_order = false")
        return file

    @classmethod
    def open(cls, path: Path, seal: str, settings: Settings) -> DatabaseFile:
        """Open a finished file for reading; others may read it at the same time.

        Args:
            path: the file.
            seal: what it must have been sealed with.
            settings: the limit on memory.

        Raises:
            UnfitFile: there is none, it is another one, or this engine cannot read it.
        """
        limits: Options = {
            "threads": "1",
            "memory_limit": f"{int(settings.engine_memory / MIB)}MiB",
        }
        if not path.exists():
            raise UnfitFile(str(path))
        try:
            connection = duckdb.connect(str(path), read_only=True, config=_OFFLINE | limits)
        except duckdb.Error as error:
            raise UnfitFile(f"{path}: {error}") from error
        try:
            found = connection.execute("SELECT seal FROM sealed").fetchall()
        except duckdb.Error as error:
            connection.close()
            raise UnfitFile(f"{path}: {error}") from error
        if found != [(seal,)]:
            connection.close()
            raise UnfitFile(str(path))
        return cls(connection)

    @contextmanager
    def packed(self) -> Iterator[None]:
        """Pack the long texts of tables that are made within: a tenth of the size."""
        self.run("CHECKPOINT")
        self.run("PRAGMA force_compression = 'zstd'")
        yield
        self.run("CHECKPOINT")
        self.run("PRAGMA force_compression = 'auto'")

    def seal(self, seal: str) -> None:
        """Finish a new file: one without its seal, or with another, is not opened."""
        self.run("CREATE TABLE sealed AS SELECT ? AS seal", [seal])

    def run(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Run a statement of this package's own; foreign texts come as values.

        Raises:
            LimitExceeded: it needs more memory and disk than the settings allow.
        """
        with refusals():
            self._cursor().execute(statement, values)

    def rows(
        self, question: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[dict[str, Any]]:
        """Return the rows of a question of this package's own; foreign texts come as values."""
        with refusals():
            answer = self._cursor().execute(question, values)
            columns = [c[0] for c in answer.description]
            return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._of_thread, "cursor"):
            self._of_thread.cursor = self._connection.cursor()
            self._cursors.append(self._of_thread.cursor)
        cursor: duckdb.DuckDBPyConnection = self._of_thread.cursor
        return cursor

    def close(self) -> None:
        """Close the file, whatever threads have read it."""
        for cursor in self._cursors:
            cursor.close()
        self._connection.close()
