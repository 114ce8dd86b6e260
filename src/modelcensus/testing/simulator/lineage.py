"""What models name as their bases, and where they say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.planted import rows_of
from modelcensus.testing.simulator.population import MERGE, NO_BASE, RELATIONS, Mask
from modelcensus.testing.simulator.reported import Reported

TAG_AND_CARD, CARD_ONLY, TAG_ONLY = 0, 1, 2
_DECLARED = (95.5, 3.0, 1.5)


@dataclass(frozen=True)
class Declared:
    """The bases that some models name; edges in the order of their rows.

    Attributes:
        rows: the row of each edge.
        parents: the base's number; -1 where only a text is named.
        names: what tag and card say: the base's id at the first label, or the text.
        current: the base's id now; null where only a text is named.
        relations: the relation of each edge as the Hub writes it.
        where: TAG_AND_CARD, CARD_ONLY or TAG_ONLY, of each row of the block.
        cases: what the edge is an example of: `natural`, or the case of a DeclaredBase.
    """

    rows: Integers
    parents: Integers
    names: pa.Array
    current: pa.Array
    relations: pa.Array
    where: Integers
    cases: pa.Array


def declared_bases(world: Reported, at: Integers, label: int) -> Declared:
    """Return what the models of a block name as their bases at a label."""
    population = world.population
    relations = population.relations(at).copy()
    planted = rows_of(at, world.planted.bases)
    relations[planted] = NO_BASE
    pieces = [_natural(world, at, np.flatnonzero(relations != NO_BASE), 0, relations)]
    sizes = population.merge_sizes(at)
    for number in range(1, 4):
        more = np.flatnonzero((relations == MERGE) & (sizes > number))
        pieces.append(_natural(world, at, more, number, relations))
    pieces += [_planted(world, at, row) for row in planted]
    rows, parents, kinds, cases, texts = (
        np.concatenate([np.asarray(piece[n]) for piece in pieces]) for n in range(5)
    )
    order = np.argsort(rows, kind="stable")
    rows, parents = rows[order].astype(np.int64), parents[order].astype(np.int64)
    is_text = parents < 0
    known = np.where(is_text, 0, parents)
    of_text = pa.array(texts[order].tolist(), pa.string())
    where = population.draws.choice("declared", at, _DECLARED)
    where[planted] = TAG_AND_CARD
    return Declared(
        rows,
        parents,
        _either(is_text, of_text, world.ids(known, 0)),
        _either(is_text, pa.nulls(len(rows), pa.string()), world.ids(known, label)),
        pa.array(kinds[order].tolist(), pa.string()),
        where,
        pa.array(cases[order].tolist(), pa.string()),
    )


def _natural(
    world: Reported, at: Integers, rows: Integers, number: int, relations: Integers
) -> tuple[object, ...]:
    parents = world.population.parents(at[rows], number)
    kinds = np.array(RELATIONS, dtype=object)[relations[rows]]
    blank = np.full(len(rows), "", dtype=object)
    return rows, parents, kinds, np.full(len(rows), "natural", dtype=object), blank


def _planted(world: Reported, at: Integers, row: int) -> tuple[object, ...]:
    base = world.planted.bases[int(at[row])]
    parents = [*base.models, *([-1] if base.text else [])]
    texts = [*[""] * len(base.models), *([base.text] if base.text else [])]
    count = len(parents)
    return [row] * count, parents, [base.relation] * count, [base.case] * count, texts


def _either(is_text: Mask, text: pa.Array, name: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(is_text), text, name)
