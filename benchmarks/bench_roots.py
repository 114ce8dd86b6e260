"""Roots of a simulated Hub's lineage beside a recursive query: time, memory, and that they agree.

`make bench` takes 20,000 models; CENSUS_BENCH_ROWS=3000000 is the size of the real Hub. The edges
are the simulator's truth (CENSUS_BENCH_TRUTH takes one that was written before). Results go to
build/roots.json. Targets at full size: 3 CPU seconds and 1 GB for the roots, and the same pairs
whatever the order of the edges and whoever computes them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.measured import Cost, run_measured

from modelcensus.testing import Simulation

ROWS = int(os.environ.get("CENSUS_BENCH_ROWS", "20000"))
RESULTS = Path("build/roots.json")

OURS = """
import sys
import pyarrow.parquet as pq
from modelcensus.lineage.roots import trace_roots
edges = pq.read_table(sys.argv[1])
pq.write_table(trace_roots(*(edges[n].to_numpy() for n in ("child", "parent"))), sys.argv[2])
"""
# Chains without cycles; the models of cycles are left to the tests of tests/lineage.
RECURSIVE = """
import sys
import duckdb
duckdb.sql("SET threads = 2")
duckdb.sql(f"CREATE TABLE edges AS FROM '{sys.argv[1]}' WHERE child <> parent")
duckdb.sql('''
    COPY (WITH RECURSIVE above(model_key, node) AS (
        SELECT child, parent FROM edges
        UNION SELECT a.model_key, e.parent FROM above a JOIN edges e ON e.child = a.node)
    SELECT a.model_key, a.node AS root_key FROM above a
    ANTI JOIN edges e ON e.child = a.node ORDER BY 1, 2) TO '%s' (FORMAT parquet)''' % sys.argv[2])
"""
NUMBERED = """
    WITH named AS (SELECT child_key AS child, coalesce(parent_key, declared_as) AS parent
        FROM truth WHERE "case" <> 'ill_formed'),
    keys AS (SELECT name, row_number() OVER (ORDER BY hash(name), name) - 1 AS key
        FROM (SELECT child AS name FROM named UNION SELECT parent FROM named))
    SELECT c.key AS child, p.key AS parent FROM named
    JOIN keys c ON c.name = child JOIN keys p ON p.name = parent ORDER BY hash(c.key + 7 * p.key)
"""


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted edges as numbers, in an order that says nothing."""
    folder = tmp_path_factory.mktemp("roots")
    truth = os.environ.get("CENSUS_BENCH_TRUTH")
    known = Path(truth) if truth else Simulation(11, ROWS, snapshots=1).write_truth(folder / "t")
    with duckdb.connect() as connection:
        connection.read_parquet(str(known / "edges.parquet")).create_view("truth")
        pq.write_table(connection.sql(NUMBERED).to_arrow_table(), folder / "edges.parquet")
    return folder / "edges.parquet"


def run(code: str, edges: Path, name: str) -> tuple[Cost, pa.Table]:
    target = edges.with_name(name)
    cost = run_measured(sys.executable, "-c", code, str(edges), str(target))
    return cost, pq.read_table(target)


def pairs(table: pa.Table) -> pa.Table:
    return table.select(["model_key", "root_key"]).cast(
        pa.schema([("model_key", pa.int64()), ("root_key", pa.int64())])
    )


def test_roots_beside_a_recursive_query(edges: Path, benchmark: pytest.FixtureRequest) -> None:
    ours, found = benchmark.pedantic(run, (OURS, edges, "ours.parquet"), rounds=1)  # type: ignore[attr-defined]
    recursive, expected = run(RECURSIVE, edges, "recursive.parquet")
    table = pq.read_table(edges)
    shuffled = edges.with_name("shuffled.parquet")
    order = np.random.default_rng(5).permutation(len(table))
    pq.write_table(table.take(order), shuffled)
    _, again = run(OURS, shuffled, "again.parquet")
    assert again.equals(found)
    # whoever stands on a cycle has no end of a chain: both are compared over the others
    of_cycles = found.filter(found["is_in_cycle"])["root_key"].unique()
    is_plain = pa.compute.invert(pa.compute.is_in(found["root_key"], of_cycles))
    assert pairs(found.filter(is_plain)).equals(pairs(expected))
    result = {
        "models": ROWS,
        "edges": len(table),
        "pairs": len(found),
        "pairs_on_cycles": len(found) - len(expected),
        "ours": vars(ours),
        "recursive_sql": vars(recursive),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    assert ours.peak_bytes < 10**9
