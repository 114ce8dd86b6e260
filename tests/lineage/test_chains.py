"""Which terms stand above models: small graphs by hand, and any graph against a plain search."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.lineage.chains import terms_above

Found = dict[tuple[int, int], tuple[int, int]]
"""(model, terms) -> (nearest ancestor, steps)."""


def above(edges: list[tuple[int, int]], codes: list[int]) -> Found:
    children, parents = (np.array([e[i] for e in edges], np.int64) for i in (0, 1))
    found = terms_above(children, parents, np.array(codes, np.int64))
    columns = (found.models, found.terms, found.ancestors, found.steps)
    rows = list(zip(*(c.tolist() for c in columns), strict=True))
    assert rows == sorted(rows)
    assert len({row[:2] for row in rows}) == len(rows)
    return {(m, t): (a, s) for m, t, a, s in rows}


def test_nothing_stands_above_nothing() -> None:
    assert above([], [0]) == {}
    assert above([(3, 3)], [0, 0, 0, 0]) == {}


def test_terms_come_down_a_chain_and_the_nearest_ancestor_names_them() -> None:
    # 0 <- 1 <- 2 <- 3, terms A B A C
    assert above([(1, 0), (2, 1), (3, 2)], [0, 1, 0, 2]) == {
        (1, 0): (0, 1),
        (2, 0): (0, 2),
        (2, 1): (1, 1),
        (3, 0): (2, 1),
        (3, 1): (1, 2),
    }


def test_a_merge_has_the_terms_of_all_its_bases_and_a_tie_takes_the_smaller_key() -> None:
    assert above([(4, 2), (4, 1), (4, 3), (3, 0)], [7, 5, 5, 6, 0]) == {
        (3, 7): (0, 1),
        (4, 5): (1, 1),
        (4, 6): (3, 1),
        (4, 7): (0, 2),
    }


def test_each_member_of_a_cycle_stands_above_the_others_and_none_above_itself() -> None:
    # 1 -> 2 -> 3 -> 1, and 3 has a base outside; 1 and 2 are under the same terms
    edges = [(1, 2), (2, 3), (3, 1), (3, 0), (4, 1)]
    assert above(edges, [9, 5, 5, 6, 0]) == {
        (1, 5): (2, 1),
        (1, 6): (3, 1),
        (1, 9): (0, 1),
        (2, 5): (1, 1),
        (2, 6): (3, 1),
        (2, 9): (0, 1),
        (3, 5): (1, 1),
        (3, 9): (0, 1),
        (4, 5): (1, 1),
        (4, 6): (3, 1),
        (4, 9): (0, 2),
    }


def ancestors(edges: list[tuple[int, int]], model: int) -> set[int]:
    bases: dict[int, set[int]] = {}
    for child, parent in edges:
        bases.setdefault(child, set()).add(parent)
    seen: set[int] = set()
    waiting = deque(bases.get(model, ()))
    while waiting:
        node = waiting.popleft()
        if node not in seen:
            seen.add(node)
            waiting.extend(bases.get(node, ()))
    return seen - {model}


nodes = st.integers(0, 9)
graphs = st.lists(st.tuples(nodes, nodes), max_size=25)


@given(graphs, st.lists(st.integers(0, 130), min_size=10, max_size=10))
def test_in_any_graph_exactly_the_terms_of_all_ancestors_are_found(
    edges: list[tuple[int, int]], codes: list[int]
) -> None:
    found = above(edges, codes)
    expected = {(m, codes[a]) for m in range(10) for a in ancestors(edges, m)}
    assert set(found) == expected
    for (model, terms), (ancestor, steps) in found.items():
        assert ancestor in ancestors(edges, model)
        assert codes[ancestor] == terms
        assert steps >= 1


@given(graphs, st.lists(st.integers(0, 3), min_size=10, max_size=10), st.randoms())
def test_the_order_of_the_edges_changes_nothing(
    edges: list[tuple[int, int]], codes: list[int], random: object
) -> None:
    mixed = [*edges, *edges]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert above(mixed, codes) == above(edges, codes)


def test_many_models_merges_of_merges_and_one_long_chain_take_seconds() -> None:
    rng = np.random.default_rng(7)
    models = 300_000
    children = np.arange(1000, models)
    parents = rng.integers(0, np.maximum(1, children // 3))
    merged = rng.integers(200_000, models, (100_000, 2))
    merged.sort(axis=1)
    chain = np.arange(models, models + 3000)
    child = np.concatenate([children, merged[:, 1], chain])
    parent = np.concatenate([parents, merged[:, 0], chain - 1])
    codes = rng.integers(0, 160, models + 3000)
    began = time.process_time()
    found = terms_above(child, parent, codes)
    print(
        f"{len(found.models):,} terms above {models:,} models: {time.process_time() - began:.1f} s"
    )
    assert len(found.models) > models
    assert time.process_time() - began < 60
