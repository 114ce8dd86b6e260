"""The lineage of one model: every base above it, and what is known of what is built on it.

Cycles end a walk because no model is visited twice; a limit ends it where a chain is too large,
and the result then says that it is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from modelcensus.lineage.graph import DECLARED, INFERRED
from modelcensus.passports.evidence import INDIVIDUAL, evidence_of, phrases
from modelcensus.passports.passport import (
    ChainVerdict,
    Derivative,
    Edge,
    Lineage,
    Relative,
    Root,
)
from modelcensus.registers.schema import parts
from modelcensus.releases.lookup import Lookup, Row, edge_order

SHOWN = 10
"""Largest derivatives on a passport."""


def read_lineage(lookup: Lookup, card: Row, limit: int) -> tuple[Lineage, ...]:
    """Return the lineage in every frame whose source tells of bases and has the model in an edge.

    Args:
        lookup: the look-up file.
        card: the model's card.
        limit: most models walked above, and most walked below.
    """
    above = _Above.walk(lookup, card, limit)
    frames = {e["frame"] for e in card["bases"]} | {d["frame"] for d in card["derivatives"]}
    if not frames:
        return ()
    below = {frame: _count_below(lookup, card, frame, limit) for frame in sorted(frames)}
    keys = {key for e in above.edges for key in (e["child_key"], e["parent_key"])}
    keys |= {row["child_key"] for row in card["largest"]} | {r["root_key"] for r in card["roots"]}
    keys |= {row["ancestor_key"] for row in card["chains"]} | {card["node_key"]}
    nodes = lookup.nodes(sorted(key for key in keys if key is not None))
    return tuple(
        _Frame(lookup, card, frame, above, nodes).lineage(*below[frame]) for frame in sorted(frames)
    )


@dataclass(frozen=True)
class _Above:
    """All edges above a model, in every frame."""

    edges: tuple[Row, ...]
    is_cut: bool

    @classmethod
    def walk(cls, lookup: Lookup, card: Row, limit: int) -> _Above:
        """Follow the bases level by level, each model once, up to `limit` models."""
        edges = list(card["bases"])
        visited = {card["node_key"]}
        level = _ends(edges) - visited
        while level and len(visited) + len(level) <= limit:
            visited |= level
            further = lookup.bases(sorted(level))
            edges += further
            level = _ends(further) - visited
        return cls(tuple(sorted(edges, key=edge_order)), bool(level))


def _ends(edges: Iterable[Row]) -> set[int]:
    return {e["parent_key"] for e in edges if e["parent_key"] is not None}


def steps_above(key: int, edges: Iterable[Row]) -> dict[int, int]:
    """Return every model above `key` with the fewest steps to it; the model itself is left out."""
    bases: dict[int, set[int]] = {}
    for edge in edges:
        if edge["parent_key"] is not None:
            bases.setdefault(edge["child_key"], set()).add(edge["parent_key"])
    found = {key: 0}
    level = {key}
    while level:
        level = {p for child in level for p in bases.get(child, ())} - found.keys()
        found |= dict.fromkeys(level, max(found.values()) + 1)
    del found[key]
    return found


def _count_below(lookup: Lookup, card: Row, frame: str, limit: int) -> tuple[dict[str, int], bool]:
    """Return the number of models below by reading, and whether the walk was cut.

    A root is in the table roots of all that stands on it; below other models the walk goes on
    until `limit` models are found.
    """
    exact = {r["reading"]: r["models"] for r in card["root_of"] if r["frame"] == frame}
    if DECLARED in exact or not any(d["frame"] == frame for d in card["derivatives"]):
        return exact, False
    found = {card["node_key"]}
    level = set(found)
    while level and len(found) <= limit:
        rows = lookup.derivatives(sorted(level), 2 * limit)
        wanted = [r for r in rows if r["frame"] == frame and r["kind"] == DECLARED]
        level = {r["child_key"] for r in wanted} - found
        found |= level
    return {DECLARED: len(found) - 1} | exact, bool(level)


@dataclass(frozen=True)
class _Frame:
    """One frame's part of what was walked."""

    lookup: Lookup
    card: Row
    frame: str
    above: _Above
    nodes: dict[int, Row]

    def lineage(self, descendants: dict[str, int], is_cut_below: bool) -> Lineage:
        key = self.card["node_key"]
        mine = [e for e in self.above.edges if e["frame"] == self.frame]
        declared = steps_above(key, [e for e in mine if e["kind"] == DECLARED])
        every = steps_above(key, mine)
        reached = [e for e in mine if e["child_key"] == key or e["child_key"] in every]
        edges = tuple(self._edge(e) for e in reached)
        relatives = [self._relative(k, steps, k in declared) for k, steps in every.items()]
        return Lineage(
            frame=self.frame,
            bases=tuple(e for e, r in zip(edges, reached, strict=True) if r["child_key"] == key),
            roots=tuple(self._root(r) for r in self._of("roots")),
            ancestors=tuple(sorted(relatives, key=lambda r: (r.steps, r.model_id, r.key))),
            edges=edges,
            chain=next((self._chain(r) for r in self._of("chains")), None),
            derivatives=tuple(self._count(row) for row in self._of("derivatives")),
            largest=tuple(self._derivative(r) for r in self._of("largest")[:SHOWN]),
            descendants=descendants,
            is_cut=self.above.is_cut or is_cut_below,
        )

    def _of(self, part: str) -> Sequence[Row]:
        return [row for row in self.card[part] if row["frame"] == self.frame]

    def _id(self, key: int) -> str:
        model_id: str = self.nodes[key]["model_id"]
        return model_id

    def _edge(self, row: Row) -> Edge:
        base = None if row["parent_key"] is None else self._id(row["parent_key"])
        said = self._of("terms")
        return make_edge(self.lookup, row, self._id(row["child_key"]), base, said)

    def _relative(self, key: int, steps: int, is_declared: bool) -> Relative:
        node = self.nodes[key]
        developer, country = known_owner(node)
        return Relative(
            key,
            node["hub"],
            node["model_id"],
            steps,
            DECLARED if is_declared else INFERRED,
            node["is_observed"],
            node["is_removed"],
            developer,
            node["developer_type"],
            country,
            node["licence"] or node["licence_tag"],
            node["licence_class"],
            node["licence_row"] or "",
        )

    def _root(self, row: Row) -> Root:
        node = self.nodes[row["root_key"]]
        developer, country = known_owner(node)
        return Root(
            row["reading"],
            node["model_id"],
            developer,
            country,
            row["depth"],
            row["credit"],
            row["is_in_cycle"],
        )

    def _chain(self, row: Row) -> ChainVerdict:
        return ChainVerdict(
            row["verdict"],
            self._id(row["ancestor_key"]),
            row["steps"],
            row["model_licence"],
            row["ancestor_licence"],
            _duties(row),
            evidence_of(self.lookup, row["ancestor_licence_row"], row["model_licence_row"]),
        )

    def _count(self, row: Row) -> dict[str, Any]:
        return {name: row[name] for name in ("kind", "relation", "models")}

    def _derivative(self, row: Row) -> Derivative:
        return Derivative(
            self._id(row["child_key"]), row["relation"], row["kind"], row["metric"], row["value"]
        )


def make_edge(lookup: Lookup, row: Row, child: str, base: str | None, terms: Iterable[Row]) -> Edge:
    """Return one step of the lineage from its row.

    Args:
        lookup: the look-up file.
        row: the row of the table edges.
        child: id of the model that has the base.
        base: id of the base; None when the reference names no repository.
        terms: verdicts of the same frame, among which that of this edge may be.
    """
    verdict, duties = "", phrases(())
    for said in terms:
        ends = ("child_key", "parent_key", "relation")
        if row["kind"] == DECLARED and all(said[c] == row[c] for c in ends):
            verdict, duties = said["verdict"], _duties(said)
    return Edge(
        child,
        base,
        row["reference"],
        row["relation"],
        row["kind"],
        parts(row["sources"]),
        row["status"],
        row["rule"],
        row["confidence"],
        row["is_same_developer"],
        evidence_of(lookup, row["register_row"]),
        verdict,
        duties,
    )


def known_owner(node: Row) -> tuple[str, str]:
    """Return developer and country of a node; of a natural person nothing is said."""
    if node["developer_type"] == INDIVIDUAL:
        return "", "unknown"
    return node["developer"], node["country"]


def _duties(row: Row) -> tuple[str, ...]:
    return phrases(row["duties"] or ())
