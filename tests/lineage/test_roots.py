"""Roots: rules by hand, a slow twin, recursive SQL, and poisoned graphs (T22)."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus.lineage.roots import ROOTS_SCHEMA, find_cycles, trace_roots
from modelcensus.testing import FaultFigures

FIGURES = FaultFigures(Path(__file__).parents[2] / "build" / "faults.json")

Edge = tuple[int, int]

RECURSIVE = """
    WITH RECURSIVE above(model_key, node) AS (
        SELECT child, parent FROM edges WHERE child <> parent
        UNION
        SELECT a.model_key, e.parent FROM above a JOIN edges e ON e.child = a.node
        WHERE e.child <> e.parent),
    -- of a node on a cycle everything that it reaches reaches it, too, if nothing leads out
    closed AS (
        SELECT n.node, min(least(n.node, coalesce(b.node, n.node))) AS root,
               bool_and(b.node IS NULL OR back.node IS NOT NULL) AS ends_here
        FROM (SELECT node FROM above UNION SELECT model_key FROM above) n
        LEFT JOIN above b ON b.model_key = n.node
        LEFT JOIN above back ON back.model_key = b.node AND back.node = n.node
        GROUP BY n.node)
    SELECT DISTINCT a.model_key, c.root AS root_key
    FROM (SELECT model_key, node FROM above UNION SELECT model_key, model_key FROM above) a
    JOIN closed c ON c.node = a.node AND c.ends_here
    ORDER BY 1, 2
"""


def traced(edges: Sequence[Edge]) -> pa.Table:
    children, parents = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    return trace_roots(children, parents)


def pairs(edges: Sequence[Edge]) -> list[tuple[int, int]]:
    table = traced(edges)
    return list(zip(table["model_key"].to_pylist(), table["root_key"].to_pylist(), strict=True))


def slow_pairs(edges: Sequence[Edge]) -> list[tuple[int, int]]:
    """Return the pairs by walking from every model; the rules word for word."""
    bases: dict[int, set[int]] = {}
    for child, parent in edges:
        if child != parent:
            bases.setdefault(child, set()).add(parent)

    def above(node: int) -> set[int]:
        found, todo = {node}, [node]
        while todo:
            for base in bases.get(todo.pop(), set()) - found:
                found.add(base)
                todo.append(base)
        return found

    def is_root(node: int) -> bool:
        cycle = {n for n in above(node) if node in above(n)}
        return above(node) == cycle and node == min(cycle)

    return sorted((child, n) for child in bases for n in above(child) if is_root(n))


def recursive_pairs(edges: Sequence[Edge]) -> list[tuple[int, int]]:
    with duckdb.connect() as connection:
        columns = list(zip(*edges, strict=True)) or [(), ()]
        named = {
            name: pa.array(values, pa.int64())
            for name, values in zip(("child", "parent"), columns, strict=True)
        }
        connection.register("edges", pa.table(named))
        return connection.execute(RECURSIVE).fetchall()


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        pytest.param([(1, 1)], [], id="a self reference is no step"),
        pytest.param([(1, 0), (2, 1)], [(1, 0), (2, 0)], id="a chain"),
        pytest.param([(1, 9)], [(1, 9)], id="a base that nobody observed is a root"),
        pytest.param([(3, 1), (3, 2)], [(3, 1), (3, 2)], id="a merge has two"),
        pytest.param([(1, 0), (2, 0), (3, 1), (3, 2)], [(1, 0), (2, 0), (3, 0)], id="a diamond"),
        pytest.param([(4, 5), (5, 4)], [(4, 4), (5, 4)], id="a closed cycle has its smallest key"),
        pytest.param([(4, 5), (5, 4), (5, 1)], [(4, 1), (5, 1)], id="roots flow through a cycle"),
        pytest.param([(4, 5), (5, 4), (6, 5)], [(4, 4), (5, 4), (6, 4)], id="below a cycle"),
        pytest.param([(2, 1), (2, 1)], [(2, 1)], id="the same edge twice"),
    ],
)
def test_the_rules(edges: list[Edge], expected: list[tuple[int, int]]) -> None:
    assert pairs(edges) == expected


def test_nothing_has_no_roots() -> None:
    assert traced([]).equals(ROOTS_SCHEMA.empty_table())


def test_depth_is_the_shortest_way_and_credit_is_divided() -> None:
    # 5 stands on 4 and on 0; 4 on 3, 3 on 0 and on 9
    found = traced([(5, 4), (5, 0), (4, 3), (3, 0), (3, 9)]).to_pylist()
    of_five = [(r["root_key"], r["depth"], r["credit"]) for r in found if r["model_key"] == 5]
    assert of_five == [(0, 1, 0.5), (9, 3, 0.5)]
    assert [r["depth"] for r in found if r["model_key"] == 4] == [2, 2]


def test_who_stands_on_a_cycle_is_told() -> None:
    found = traced([(4, 5), (5, 4), (6, 5)])
    assert found["is_in_cycle"].to_pylist() == [True, True, False]
    assert find_cycles(np.array([4, 5, 6, 8, 8]), np.array([5, 4, 5, 8, 1])) == [[4, 5]]


graphs = st.integers(2, 12).flatmap(
    lambda n: st.lists(st.tuples(st.integers(0, n), st.integers(0, n)), max_size=3 * n)
)


@settings(max_examples=300, deadline=None)
@given(graphs)
def test_every_graph_gives_what_the_slow_twin_gives(edges: list[Edge]) -> None:
    assert pairs(edges) == slow_pairs(edges)


@settings(max_examples=40, deadline=None)
@given(graphs)
def test_every_graph_gives_what_recursive_sql_gives(edges: list[Edge]) -> None:
    assert pairs(edges) == recursive_pairs(edges)


@settings(max_examples=100, deadline=None)
@given(graphs, st.randoms(use_true_random=False))
def test_the_order_of_edges_and_repeats_change_nothing(
    edges: list[Edge], chance: random.Random
) -> None:
    shuffled = edges + edges[: len(edges) // 2]
    chance.shuffle(shuffled)
    assert traced(edges).equals(traced(shuffled))


def poisoned(models: int, seed: int) -> list[Edge]:
    """Return a graph with all that a hub's users do: most have one base, some many, some loop."""
    draws = random.Random(seed)  # noqa: S311
    edges = [(n, draws.randrange(n)) for n in range(1, models) if draws.random() < 0.5]
    edges += [(draws.randrange(models), draws.randrange(models)) for _ in range(models // 50)]
    edges += [(n, n) for n in range(0, models, 97)]
    ring = draws.sample(range(models), 50)
    edges += list(zip(ring, ring[1:] + ring[:1], strict=True))
    return edges


def test_t22_poison_ends_quickly_and_is_told() -> None:
    """A base with 100,000 children, a chain of 100,000, a ring of 100,000, a ladder of merges."""
    size = 100_000
    wide = [(n, 0) for n in range(1, size)]
    long_chain = [(n, n - 1) for n in range(1, size)]
    ring = [(n, (n + 1) % size) for n in range(size)]
    ladder = [(n, n - 1) for n in range(1, 3000)] + [(n, n - 2) for n in range(2, 3000)]
    begun = time.process_time()
    assert set(traced(wide)["root_key"].to_pylist()) == {0}
    chain = traced(long_chain)
    assert chain["depth"][-1].as_py() == size - 1
    assert set(traced(ring)["root_key"].to_pylist()) == {0}
    assert len(find_cycles(*np.array(ring).T)) == 1
    assert set(traced(ladder)["root_key"].to_pylist()) == {0}
    seconds = time.process_time() - begun
    FIGURES.record("T22", graphs=4, models=3 * size + 3000, processor_seconds=round(seconds, 2))
    assert seconds < 20


def test_t22_a_simulated_graph_equals_the_recursive_query() -> None:
    edges = poisoned(3000, seed=5)
    found = pairs(edges)
    assert found == recursive_pairs(edges)
    FIGURES.record("T22", pairs_equal_to_recursive_sql=len(found))
