"""Apache Spark over the same files, for when one machine is not enough."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from modelcensus.errors import SettingsError
from modelcensus.settings import MIB, Settings

if TYPE_CHECKING:
    import ibis.expr.types as ir


class SparkEngine:
    """Spark behind Ibis: `spark` runs inside this machine, `spark://host:7077` on a cluster."""

    name = "spark"

    def __init__(self, master: str, settings: Settings) -> None:
        """Start a session in UTC with ANSI rules.

        Raises:
            SettingsError: PySpark is not installed.
        """
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise SettingsError(
                "the Spark engine is not installed",
                next_step="pip install 'modelcensus[spark]' and have Java 17 or later",
            ) from error
        address = f"local[{int(settings.engine_threads)}]" if master == "spark" else master
        session = (
            SparkSession.builder.master(address)
            .appName("modelcensus")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.ansi.enabled", "true")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.memory", f"{int(settings.engine_memory / MIB)}m")
            .config("spark.sql.shuffle.partitions", str(int(settings.engine_threads)))
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("ERROR")
        self.session = session
        self._numbers = itertools.count()
        self.backend = ibis.pyspark.connect(session)

    def read(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of one or more Parquet files of the same schema as one table."""
        return self.backend.read_parquet([str(file) for file in files])

    def local(self, table: pa.Table) -> ir.Table:
        """Return a small Arrow table as an Ibis table of this engine.

        It goes through Arrow, not through Ibis's in-memory tables: those pass through pandas,
        where integers with nulls lose digits above 2^53.
        """
        name = f"local_{next(self._numbers)}"
        self.session.createDataFrame(table).createOrReplaceTempView(name)
        return self.backend.table(name)

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return its rows, through Arrow for the same reason."""
        rows: pa.Table = self.session.sql(self.backend.compile(expression)).toArrow()
        return rows

    def close(self) -> None:
        """Stop the session."""
        self.session.stop()
