"""Apache Spark over the same files, for when one machine is not enough."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from modelcensus.engine.spark_process import SparkProcess
from modelcensus.settings import Settings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import DataFrame

_GLOB = re.compile(r"[\\*?\[\]{}]")


class SparkEngine:
    """Spark behind Ibis: `spark` runs inside this machine, `spark://host:7077` on a cluster.

    Engines of one process share the one Spark that a process can have; the last one to close
    stops it.
    """

    name = "spark"

    def __init__(self, master: str, settings: Settings) -> None:
        """Start Spark, or join the one that runs, with a session of its own in UTC, ANSI rules.

        Raises:
            SettingsError: PySpark or Java is missing, or there is no Spark at that address.
        """
        self._process = SparkProcess.join(master, settings)
        self._is_open = True
        self.session = self._process.new_session()
        self._numbers = itertools.count()
        self.backend = ibis.pyspark.connect(self.session)

    def read(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of one or more Parquet files of the same schema as one table."""
        # Spark would take [ and * in the name of a folder for a pattern
        paths = [_GLOB.sub(r"\\\g<0>", str(Path(file).absolute())) for file in files]
        return self._view(self.session.read.parquet(*paths))

    def local(self, table: pa.Table) -> ir.Table:
        """Return a small Arrow table as an Ibis table of this engine.

        It goes through Arrow, not through Ibis's in-memory tables: those pass through pandas,
        where integers with nulls lose digits above 2^53.
        """
        return self._view(self.session.createDataFrame(table))

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """Run an expression once and return its rows as a table that later ones read."""
        return self._view(self.session.sql(self.backend.compile(expression)).cache())

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return its rows, through Arrow for the same reason."""
        rows: pa.Table = self.session.sql(self.backend.compile(expression)).toArrow()
        schema: pa.Schema = expression.schema().to_pyarrow()
        # Ibis reads Spark's instants as times of no zone; Spark knows better
        kinds = [
            found.type if pa.types.is_timestamp(found.type) else wanted.type
            for found, wanted in zip(rows.schema, schema, strict=True)
        ]
        return rows.cast(pa.schema(list(zip(schema.names, kinds, strict=True))))

    def interrupt(self) -> None:
        """Give up what another thread has it compute; Spark's own error tells that thread."""
        self.session.sparkContext.cancelAllJobs()

    def close(self) -> None:
        """Let go of Spark; the last engine of this process stops it."""
        if self._is_open:
            self._is_open = False
            self._process.leave()

    def _view(self, frame: DataFrame) -> ir.Table:
        name = f"census_{next(self._numbers)}"
        frame.createOrReplaceTempView(name)
        return self.backend.table(name)
