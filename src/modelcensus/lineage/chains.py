"""Which terms stand above each model: those of its bases, of their bases, and so on.

A model is compared with every ancestor, but only once with the same terms: of ancestors under
the same terms the nearest is kept. So the result grows with the models and the terms above
each, not with the ancestors, of which a merge of merges has very many. Steps are taken for all
models at once; a cycle counts as one model, and each of its members stands above the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelcensus.lineage.roots import Graph, Keys, cycles, numbered


@dataclass(frozen=True)
class Above:
    """Terms above models, one place per model and terms, by model and terms.

    Attributes:
        models: keys of the models.
        terms: codes of the terms.
        ancestors: the nearest ancestor under these terms; of several the smallest key.
        steps: how far off it is.
    """

    models: Keys
    terms: Keys
    ancestors: Keys
    steps: Keys


def terms_above(children: Keys, parents: Keys, codes: Keys) -> Above:
    """Return the terms that stand above every model that has a base other than itself.

    Args:
        children: keys of derivatives, one per edge, from 0 up.
        parents: keys of their bases.
        codes: the terms of every key that is a base, by key; from 0 up.
    """
    keys, child, parent = numbered(children, parents)
    if not len(child):
        return Above(*(np.zeros(0, np.int64) for _ in range(4)))
    groups, is_cyclic = cycles(child, parent, len(keys))
    is_base = np.bincount(parent, minlength=len(keys)) > 0
    held = _Held.of(groups, np.where(is_base, codes[keys], -1), len(is_cyclic))
    group, terms, nearest, steps = _climb(groups[child], groups[parent], held)
    derived = np.flatnonzero(np.bincount(child, minlength=len(keys)))
    by_group = Graph.of(group, np.arange(len(group)), len(is_cyclic))
    rows, whose = by_group.edges_of(groups[derived])
    outside = (derived[whose], terms[rows], nearest[rows], steps[rows])
    inside = _within_cycles(np.flatnonzero(is_cyclic[groups]), groups, held)
    columns = [np.concatenate(pair) for pair in zip(inside, outside, strict=True)]
    model, terms, nearest, steps = _first_of_each(*columns)
    return Above(keys[model], terms, keys[nearest], steps)


@dataclass(frozen=True)
class _Held:
    """The terms that the models of each group hold: row r is `terms[r]`, held first by `first[r]`.

    `second` is the next model of the group under the same terms, -1 when there is none;
    `rows` leads from a group to its rows.
    """

    rows: Graph
    terms: Keys
    first: Keys
    second: Keys

    @classmethod
    def of(cls, groups: Keys, codes: Keys, count: int) -> _Held:
        """Return what the groups hold; a code of -1 stands for a model that is no base."""
        nodes = np.flatnonzero(codes >= 0)
        nodes = nodes[np.lexsort((nodes, codes[nodes], groups[nodes]))]
        group, terms = groups[nodes], codes[nodes]
        is_first = np.ones(len(nodes), bool)
        is_first[1:] = (group[1:] != group[:-1]) | (terms[1:] != terms[:-1])
        starts = np.flatnonzero(is_first)
        sizes = np.diff(np.append(starts, len(nodes)))
        second = np.full(len(starts), -1)
        second[sizes > 1] = nodes[starts[sizes > 1] + 1]
        rows = Graph.of(group[starts], np.arange(len(starts)), count)
        return cls(rows, terms[starts], nodes[starts], second)


def _climb(child: Keys, parent: Keys, held: _Held) -> tuple[Keys, Keys, Keys, Keys]:
    """Return (group, terms, nearest, steps) of what stands above groups, outside of them."""
    count, width = len(held.rows.degrees), int(held.terms.max()) + 1
    is_between = child != parent
    coded = np.unique(parent[is_between] * count + child[is_between])
    above, below = coded // count, coded % count
    derivatives = Graph.of(above, below, count)
    seen = np.zeros((count, width // 64 + 1), np.uint64)
    rows, edge = held.rows.edges_of(above)
    group, terms, nearest = below[edge], held.terms[rows], held.first[rows]
    found: list[tuple[Keys, Keys, Keys, Keys]] = []
    while len(group):
        is_new = (seen[group, terms >> 6] >> (terms & 63).astype(np.uint64)) & np.uint64(1) == 0
        group, terms, nearest = group[is_new], terms[is_new], nearest[is_new]
        steps = np.full(len(group), len(found) + 1)
        group, terms, nearest, steps = _first_of_each(group, terms, nearest, steps)
        bits = np.uint64(1) << (terms & 63).astype(np.uint64)
        np.bitwise_or.at(seen, (group, terms >> 6), bits)
        found.append((group, terms, nearest, steps))
        group, edge = derivatives.edges_of(group)
        terms, nearest = terms[edge], nearest[edge]
    empty = (np.zeros(0, np.int64),) * 4
    group, terms, nearest, steps = (np.concatenate(c) for c in zip(empty, *found, strict=True))
    return group, terms, nearest, steps


def _within_cycles(nodes: Keys, groups: Keys, held: _Held) -> tuple[Keys, Keys, Keys, Keys]:
    """Return (node, terms, nearest, steps) of the other members of each node's cycle."""
    rows, whose = held.rows.edges_of(groups[nodes])
    model = nodes[whose]
    nearest = np.where(held.first[rows] == model, held.second[rows], held.first[rows])
    there = nearest >= 0
    return model[there], held.terms[rows][there], nearest[there], np.ones(int(there.sum()), int)


def _first_of_each(
    group: Keys, terms: Keys, nearest: Keys, steps: Keys
) -> tuple[Keys, Keys, Keys, Keys]:
    """Return one place per group and terms: the nearest, then the smallest."""
    order = np.lexsort((nearest, steps, terms, group))
    group, terms, nearest, steps = group[order], terms[order], nearest[order], steps[order]
    is_first = np.ones(len(group), bool)
    is_first[1:] = (group[1:] != group[:-1]) | (terms[1:] != terms[:-1])
    return group[is_first], terms[is_first], nearest[is_first], steps[is_first]
