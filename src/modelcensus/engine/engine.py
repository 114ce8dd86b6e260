"""One small interface over the engines that answer questions: DuckDB here, Spark elsewhere.

Measures are written once in Ibis and end in `fetch`, always ordered; nothing above this room
knows which engine runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from modelcensus.errors import SettingsError
from modelcensus.settings import Settings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


class Engine(Protocol):
    """Reads Parquet files as Ibis tables and runs expressions over them."""

    name: str

    def read(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of one or more Parquet files of the same schema as one table."""
        ...

    def local(self, table: pa.Table) -> ir.Table:
        """Return a small Arrow table as an Ibis table of this engine."""
        ...

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Run an expression once and return its rows as a table that later ones read."""
        ...

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return its rows; expressions order their own rows."""
        ...

    def interrupt(self) -> None:
        """Give up what another thread has it compute; that thread is told (`Busy`)."""
        ...

    def close(self) -> None:
        """Release what the engine holds."""
        ...


def open_engine(name: str, settings: Settings) -> Engine:
    """Return an engine by name: `duckdb`, or `spark` (`spark://host:7077` for a cluster).

    Raises:
        SettingsError: there is no such engine, or what it needs is not installed.
    """
    if name == "duckdb":
        from modelcensus.engine.duckdb import DuckDBEngine

        return DuckDBEngine(settings)
    if name == "spark" or name.startswith("spark://"):
        from modelcensus.engine.spark import SparkEngine

        return SparkEngine(name, settings)
    raise SettingsError(
        f"no engine named {name!r}", next_step="use duckdb, spark or spark://host:7077"
    )
