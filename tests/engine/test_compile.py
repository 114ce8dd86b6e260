"""Every measure's expressions compile for Spark: no Java is needed to know that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from tests.questions import few_questions

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.measures.census import Census
from modelcensus.releases.release import Release, release_names
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

pytest.importorskip("pyspark")


class CompilingEngine:
    """DuckDB, which also writes each expression that it runs in Spark's SQL."""

    name = "compiling"

    def __init__(self) -> None:
        assert ibis.pyspark  # loads what writes Spark's SQL
        self._duckdb = DuckDBEngine(Settings())
        self.written: list[str] = []

    def read(self, files: Sequence[Path]) -> ir.Table:
        return self._duckdb.read(files)

    def local(self, table: pa.Table) -> ir.Table:
        return self._duckdb.local(table)

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        self.written.append(ibis.to_sql(expression, dialect="pyspark"))
        return self._duckdb.keep(name, expression)

    def fetch(self, expression: ir.Table) -> pa.Table:
        self.written.append(ibis.to_sql(expression, dialect="pyspark"))
        return self._duckdb.fetch(expression)

    def close(self) -> None:
        self._duckdb.close()


@pytest.fixture(scope="module")
def asked(acre: Store) -> Iterator[tuple[Census, CompilingEngine]]:
    engine = CompilingEngine()
    release = Release(acre.releases_path / release_names(acre)[-1], engine, Settings())
    with Census(release) as census:
        yield census, engine


def test_every_measure_is_asked_for() -> None:
    assert {q.measure for q in few_questions()} == set(MEASURES)


@pytest.mark.parametrize("question", list(few_questions()), ids=lambda q: f"{q.measure}-{q.id}")
def test_a_measure_compiles_for_spark(
    asked: tuple[Census, CompilingEngine], question: Contract
) -> None:
    census, engine = asked
    engine.written.clear()
    assert census.figure(question).records()
    assert engine.written
    assert all("SELECT" in text for text in engine.written)
