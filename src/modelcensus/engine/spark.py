"""Apache Spark over the same files, for when one machine is not enough."""

from __future__ import annotations

import itertools
import re
import tempfile
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import ibis
import pyarrow as pa

from modelcensus.errors import SettingsError
from modelcensus.settings import MIB, Settings

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import SparkSession

_HOST = re.compile(r"spark://(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:/,]+)):\d+")
_GLOB = re.compile(r"([\\*?\[\]{}])")


class SparkEngine:
    """Spark behind Ibis: `spark` runs inside this machine, `spark://host:7077` on a cluster.

    Engines of one process share the one Spark that a process can have; the last to close stops
    it, unless somebody else had started it.
    """

    name = "spark"
    _lock: ClassVar[threading.Lock] = threading.Lock()
    _started: ClassVar[_OwnSpark | None] = None

    def __init__(self, master: str, settings: Settings) -> None:
        """Start a session in UTC with ANSI rules.

        Raises:
            SettingsError: PySpark or Java is not there, or the address is none.
        """
        address = _address(master, settings)
        with SparkEngine._lock:
            self._own = SparkEngine._started
            if self._own is None and not _runs_already():
                self._own = SparkEngine._started = _OwnSpark(address, settings)
            if self._own is not None:
                self._own.users += 1
        self.session = _session()
        self._numbers = itertools.count()
        self._is_open = True
        self.backend = ibis.pyspark.connect(self.session)

    def read(self, files: Sequence[Path]) -> ir.Table:
        """Return the rows of one or more Parquet files of the same schema as one table."""
        paths = [f"file:{_GLOB.sub(r'\\\1', str(Path(file).absolute()))}" for file in files]
        return self._view(self.session.read.parquet(*paths))

    def local(self, table: pa.Table) -> ir.Table:
        """Return a small Arrow table as an Ibis table of this engine.

        It goes through Arrow, not through Ibis's in-memory tables: those pass through pandas,
        where integers with nulls lose digits above 2^53.
        """
        return self._view(self.session.createDataFrame(table))

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression and return its rows, through Arrow for the same reason."""
        rows: pa.Table = self.session.sql(self.backend.compile(expression)).toArrow()
        return rows.cast(expression.schema().to_pyarrow())

    def close(self) -> None:
        """Let go of the session; the last engine of the process stops Spark."""
        if not self._is_open:
            return
        self._is_open = False
        with SparkEngine._lock:
            if self._own is None:
                return
            self._own.users -= 1
            if not self._own.users:
                SparkEngine._started = None
                self._own.stop()

    def _view(self, frame: DataFrame) -> ir.Table:
        name = f"census_{next(self._numbers)}"
        frame.createOrReplaceTempView(name)
        return self.backend.table(name)
