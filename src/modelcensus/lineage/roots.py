"""The roots of every derivative: where the chains of its bases begin.

Rules: an edge from a model to itself is dropped; a base that nobody observed is a root like any
other; a cycle that has no base outside it has its smallest key as root; else roots flow through
it. The result is a function of the set of edges, not of their order.

Chains of models with one base each are followed by pointer jumping, in as many steps as the
logarithm of their length; models with several bases are then gone through level by level.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Keys = npt.NDArray[np.int64]

ROOTS_SCHEMA = pa.schema(
    [
        pa.field("model_key", pa.int32()),
        pa.field("root_key", pa.int32()),
        pa.field("depth", pa.int32()),
        pa.field("credit", pa.float64()),
        pa.field("is_in_cycle", pa.bool_()),
    ]
)
"""One row per derivative and root: `depth` is the number of steps on the shortest way (a cycle
counts as one model), `credit` is 1 over the number of the derivative's roots."""


@dataclass(frozen=True)
class Graph:
    """A graph without cycles: `parents[starts[n]:starts[n + 1]]` are the bases of node n."""

    starts: Keys
    parents: Keys

    @classmethod
    def of(cls, children: Keys, parents: Keys, nodes: int) -> Graph:
        """Return the graph of some edges over nodes 0 to `nodes` - 1."""
        order = np.argsort(children, kind="stable")
        starts = np.zeros(nodes + 1, np.int64)
        np.cumsum(np.bincount(children, minlength=nodes), out=starts[1:])
        return cls(starts, parents[order])

    @cached_property
    def degrees(self) -> Keys:
        """Return how many bases each node has."""
        return np.diff(self.starts)

    def edges_of(self, nodes: Keys) -> tuple[Keys, Keys]:
        """Return the bases of some nodes and, beside each, whose base it is (a position)."""
        counts = self.starts[nodes + 1] - self.starts[nodes]
        rows, whose = _spans(self.starts[nodes], counts)
        return self.parents[rows], whose


def trace_roots(children: Keys, parents: Keys) -> pa.Table:
    """Return the roots of every model that has a base other than itself (ROOTS_SCHEMA).

    Args:
        children: keys of derivatives, one per edge, from 0 up.
        parents: keys of their bases.

    Returns:
        Rows ordered by model_key and root_key. A model whose every edge leads to itself has
        none; the smallest key of a closed cycle is its own root.
    """
    keys, child, parent = numbered(children, parents)
    if not len(child):
        return ROOTS_SCHEMA.empty_table()
    groups, is_cyclic = cycles(child, parent, len(keys))
    graph = _condensed(groups[child], groups[parent], len(is_cyclic))
    names = np.full(len(is_cyclic), np.iinfo(np.int64).max)
    np.minimum.at(names, groups, keys)
    ends, steps = _follow_single_bases(graph)
    merged = _roots_of_merges(graph, ends, steps, names)
    derived = np.flatnonzero(np.bincount(child, minlength=len(keys)))
    of = groups[derived]
    is_merged = graph.degrees[ends[of]] > 1
    counts = np.where(is_merged, merged.counts[ends[of]], 1)
    rows, whose = _spans(merged.starts[ends[of]], counts)
    behind = is_merged[whose]
    root = names[ends[of]][whose]
    root[behind] = merged.roots[rows[behind]]
    depth = steps[of][whose]
    depth[behind] += merged.depths[rows[behind]]
    columns = {
        "model_key": keys[derived][whose].astype(np.int32),
        "root_key": root.astype(np.int32),
        "depth": depth.astype(np.int32),
        "credit": 1.0 / counts[whose],
        "is_in_cycle": is_cyclic[of][whose],
    }
    return pa.table(columns, schema=ROOTS_SCHEMA)


def find_cycles(children: Keys, parents: Keys) -> list[list[int]]:
    """Return the keys of each cycle of more than one model, both in rising order."""
    keys, child, parent = numbered(children, parents)
    if not len(child):
        return []
    groups, is_cyclic = cycles(child, parent, len(keys))
    members: dict[int, list[int]] = {}
    for node in np.flatnonzero(is_cyclic[groups]).tolist():
        members.setdefault(int(groups[node]), []).append(int(keys[node]))
    return sorted(members.values())


def numbered(children: Keys, parents: Keys) -> tuple[Keys, Keys, Keys]:
    """Return the keys that stand in edges, and both ends as positions among them."""
    is_edge = children != parents
    child, parent = children[is_edge].astype(np.int64), parents[is_edge].astype(np.int64)
    if not len(child):
        return child, child, parent
    stands = np.zeros(int(max(child.max(), parent.max())) + 1, bool)
    stands[child] = stands[parent] = True
    place = np.cumsum(stands) - 1
    return np.flatnonzero(stands), place[child], place[parent]


def cycles(child: Keys, parent: Keys, nodes: int) -> tuple[Keys, npt.NDArray[np.bool_]]:
    """Return the group of each node (nodes on one cycle share it) and which groups are cycles."""
    ends = (child.astype(np.int32), parent.astype(np.int32))
    matrix = csr_array((np.ones(len(child), np.int8), ends), shape=(nodes, nodes))
    _, labels = connected_components(matrix, directed=True, connection="strong")
    return labels.astype(np.int64), np.bincount(labels) > 1


def _condensed(child: Keys, parent: Keys, groups: int) -> Graph:
    """Return the graph between groups, each edge once, without edges inside a group."""
    is_between = child != parent
    coded = np.unique(child[is_between] * groups + parent[is_between])
    return Graph.of(coded // groups, coded % groups, groups)


def _follow_single_bases(graph: Graph) -> tuple[Keys, Keys]:
    """Return where each group's chain of single bases ends (a root or a merge), and how far off."""
    ends = np.arange(len(graph.degrees))
    is_single = graph.degrees == 1
    ends[is_single] = graph.parents[graph.starts[:-1][is_single]]
    steps = is_single.astype(np.int64)
    while True:
        further = ends[ends]
        if np.array_equal(further, ends):
            return ends, steps
        steps = steps + steps[ends]
        ends = further


class _Merged:
    """Roots of groups with several bases, in the order in which they became known.

    Attributes:
        starts, counts: by group, its part of the columns.
    """

    def __init__(self, groups: int) -> None:
        self.starts = np.zeros(groups, np.int64)
        self.counts = np.zeros(groups, np.int64)
        self._roots = np.zeros(1024, np.int64)
        self._depths = np.zeros(1024, np.int64)
        self._size = 0

    @property
    def roots(self) -> Keys:
        """Return the keys of the roots."""
        return self._roots[: self._size]

    @property
    def depths(self) -> Keys:
        """Return the steps to each root."""
        return self._depths[: self._size]

    def add(self, group: Keys, root: Keys, depth: Keys) -> None:
        """Add all roots of some groups; of a pair found twice the shortest way counts."""
        order = np.lexsort((depth, root, group))
        group, root, depth = group[order], root[order], depth[order]
        is_first = np.ones(len(group), bool)
        is_first[1:] = (group[1:] != group[:-1]) | (root[1:] != root[:-1])
        group, root, depth = group[is_first], root[is_first], depth[is_first]
        size = self._size + len(group)
        while size > len(self._roots):
            self._roots = np.concatenate([self._roots, np.zeros_like(self._roots)])
            self._depths = np.concatenate([self._depths, np.zeros_like(self._depths)])
        self._roots[self._size : size], self._depths[self._size : size] = root, depth
        named, starts, counts = np.unique(group, return_index=True, return_counts=True)
        self.starts[named], self.counts[named] = starts + self._size, counts
        self._size = size


def _roots_of_merges(graph: Graph, ends: Keys, steps: Keys, names: Keys) -> _Merged:
    """Return the roots of groups with several bases, those first whose bases are all known."""
    found = _Merged(len(graph.degrees))
    merges = np.flatnonzero(graph.degrees > 1)
    place = np.full(len(graph.degrees), -1)
    place[merges] = np.arange(len(merges))
    parents, whose = graph.edges_of(merges)
    after = ends[parents]
    waits = graph.degrees[after] > 1
    missing = np.bincount(whose[waits], minlength=len(merges))
    # which merges wait for each merge
    waiting = Graph.of(place[after[waits]], whose[waits], len(merges))
    known = np.flatnonzero(missing == 0)
    while len(known):
        found.add(*_pull(graph, merges[known], ends, steps, names, found))
        freed, _ = waiting.edges_of(known)
        np.subtract.at(missing, freed, 1)
        freed = np.unique(freed)
        known = freed[missing[freed] == 0]
    return found


def _pull(
    graph: Graph, merges: Keys, ends: Keys, steps: Keys, names: Keys, found: _Merged
) -> tuple[Keys, Keys, Keys]:
    """Return (group, root, depth) of some merges from what is known of their bases."""
    parents, whose = graph.edges_of(merges)
    after, distance = ends[parents], steps[parents] + 1
    is_merged = graph.degrees[after] > 1
    counts = np.where(is_merged, found.counts[after], 1)
    rows, edge = _spans(found.starts[after], counts)
    behind = is_merged[edge]
    root, depth = names[after][edge], distance[edge]
    root[behind] = found.roots[rows[behind]]
    depth[behind] += found.depths[rows[behind]]
    return merges[whose[edge]], root, depth


def _spans(starts: Keys, counts: Keys) -> tuple[Keys, Keys]:
    """Return the rows of some spans one after another, and the position of each row's span."""
    whose = np.repeat(np.arange(len(starts)), counts)
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return starts[whose] + offsets, whose
