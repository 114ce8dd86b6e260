"""An engine for tables of a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.settings import Settings


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    opened = DuckDBEngine(Settings())
    yield opened
    opened.close()


@pytest.fixture
def table(engine: DuckDBEngine) -> Callable[..., ir.Table]:
    """Make a table of the engine from rows and the types of its columns."""

    def make(rows: Sequence[Mapping[str, Any]], **types: pa.DataType) -> ir.Table:
        schema = pa.schema(list(types.items()))
        filled = [dict.fromkeys(types) | dict(row) for row in rows]
        return engine.local(pa.Table.from_pylist(filled, schema=schema))

    return make


@pytest.fixture
def rows(engine: DuckDBEngine) -> Callable[[ir.Table], list[dict[str, Any]]]:
    """Return the rows of an expression, ordered by all plain columns."""

    def fetch(expression: ir.Table) -> list[dict[str, Any]]:
        plain = [
            c
            for c in expression.columns
            if not expression[c].type().is_array() and not expression[c].type().is_struct()
        ]
        return engine.fetch(expression.order_by(plain)).to_pylist()

    return fetch
