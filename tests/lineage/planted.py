"""Roots as planted by the simulator, and as a release tells them: two ways that share no code."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb

Roots = dict[str, frozenset[str]]
"""Derivative -> what it stands on; a model by its `_id`, a base that is only named by its text."""

NAMED = """
    CREATE TABLE named AS
    SELECT n.node_key, coalesce(m.hub_key, t.hub_key, n.model_id) AS name
    FROM nodes n LEFT JOIN models m ON m.model_key = n.node_key
    -- a base that went before the first label has its key in the truth's edges alone
    LEFT JOIN (SELECT declared_as, any_value(parent_key) AS hub_key FROM planted GROUP BY 1) t
        ON t.declared_as = n.model_id
"""
ROOTS = """
    SELECT c.name, p.name, r.is_in_cycle FROM roots r
    JOIN named c ON c.node_key = r.model_key JOIN named p ON p.node_key = r.root_key
    WHERE reading = ?
"""


def planted_roots(truth: Path) -> Roots:
    """Return the roots of every derivative, walked upwards from each of them.

    A base that names no repository, and a model that names itself, lead nowhere. A cycle without
    a base outside it ends in itself: it is written as the set of its models.
    """
    bases = planted_bases(truth)

    def above(model: str) -> set[str]:
        seen, todo = {model}, [model]
        while todo:
            fresh = bases.get(todo.pop(), set()) - seen
            seen |= fresh
            todo += fresh
        return seen

    def ends(model: str) -> frozenset[str]:
        reached = above(model)
        found = {m for m in reached if m not in bases}
        if found:  # nothing that leads out is a closed cycle, and these chains have no second one
            return frozenset(found)
        rings = (above(m) for m in reached)
        return frozenset("+".join(sorted(r)) for r in rings if all(above(m) == r for m in r))

    return {model: ends(model) for model in bases}


def planted_bases(truth: Path) -> dict[str, set[str]]:
    """Return the bases of every derivative: the truth's keys, or texts where none is meant."""
    with duckdb.connect() as connection:
        edges = connection.read_parquet(str(truth / "edges.parquet"))
        kept = edges.filter("\"case\" <> 'ill_formed' AND child_key <> coalesce(parent_key, '')")
        rows = kept.project("child_key, coalesce(parent_key, declared_as)").fetchall()
    bases: dict[str, set[str]] = defaultdict(set)
    for child, parent in rows:
        bases[child].add(parent)
    return dict(bases)


def released_roots(release: Path, truth: Path, reading: str = "declared") -> Roots:
    """Return the roots of a release's only frame, in the truth's names.

    A cycle's root, which a release names by its first model, is written as its set.
    """
    with duckdb.connect() as connection:
        for name in ("nodes", "models", "roots"):
            connection.read_parquet(str(release / f"{name}.parquet")).create_view(name)
        connection.read_parquet(str(truth / "edges.parquet")).create_view("planted")
        connection.execute(NAMED)
        rows = connection.execute(ROOTS, [reading]).fetchall()
    ringed: dict[str, set[str]] = defaultdict(set)
    for child, root, is_in_cycle in rows:
        if is_in_cycle:
            ringed[root].add(child)
    names = {root: "+".join(sorted(ring)) for root, ring in ringed.items() if root in ring}
    found: dict[str, set[str]] = defaultdict(set)
    for child, root, _ in rows:
        found[child].add(names.get(root, root))
    return {child: frozenset(roots) for child, roots in found.items()}
