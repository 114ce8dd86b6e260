"""What new derivatives of a simulated Hub truly stand on, by its planted lineage alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from tests.planted_truth import Truth, World

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.lineage import declared_bases
from modelcensus.testing.simulator.truth import owners_at_release

Base = int | str
"""A model's number, or a text that is the name of none."""

_LIKE_A_REPOSITORY = re.compile(r"^[\w-][\w.-]*/[\w.-]+$")


@dataclass
class Lineage:
    """Every base that the models of a world stand on.

    Attributes:
        bases: model -> (base, relation) of each, itself left out.
        countries: model -> country of who made it.
    """

    bases: dict[int, list[tuple[Base, str]]]
    countries: dict[int, str]
    _roots: dict[int, frozenset[Base]] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World) -> Lineage:
        """Read a world's lineage, of models that went long ago, too."""
        planted, population = world.simulation.world, world.simulation.world.population
        at = np.arange(population.born_before(world.instants[-1]), dtype=np.int64)
        declared = declared_bases(planted, at, len(world.instants) - 1)
        bases: dict[int, list[tuple[Base, str]]] = {}
        # a base that was planted in another case is that base
        cased = {name.upper(): n for n, name in enumerate(planted.ids(at, 0).to_pylist())}
        columns = (declared.names, declared.relations, declared.cases)
        lists = (declared.rows.tolist(), declared.parents.tolist())
        for row, parent, text, kind, case in zip(
            *lists, *(c.to_pylist() for c in columns), strict=True
        ):
            named = parent if parent >= 0 else text
            base = cased[text] if case == "case_variant" else named
            if base != row:
                bases.setdefault(row, []).append((base, kind))
        names = [d.country for d in population.cast.developers] + [UNKNOWN]
        owners = owners_at_release(world.simulation, at)
        return cls(bases, {n: names[owner] for n, owner in enumerate(owners.tolist())})

    def stands_on(self, model: int, relation: str, *, roots: bool) -> frozenset[Base]:
        """Return the bases (or roots) of a model along its edges of a relation, or of any."""
        named = {b for b, kind in self.bases.get(model, ()) if relation in ("any", kind)}
        found = frozenset(r for b in named for r in self._roots_of(b)) if roots else named
        # what names no repository is a base only where nothing else is named
        real = {b for b in found if isinstance(b, int) or _LIKE_A_REPOSITORY.match(b)}
        return frozenset(real or found)

    def country(self, base: Base) -> str:
        """Return the country of who made a base; unknown of what never existed."""
        return self.countries[base] if isinstance(base, int) else UNKNOWN

    def _roots_of(self, base: Base, below: tuple[Base, ...] = ()) -> frozenset[Base]:
        if not isinstance(base, int) or base in below or base not in self.bases:
            return frozenset([base])
        if base not in self._roots:
            way = (*below, base)
            found = frozenset(r for b, _ in self.bases[base] for r in self._roots_of(b, way))
            if below:
                return found
            self._roots[base] = found
        return self._roots[base]


def last_month(world: World) -> str:
    """Return the last month that is over at the world's last label."""
    last = world.simulation.labels[-1]
    year, month = (last.year - 1, 12) if last.month == 1 else (last.year, last.month - 1)
    return f"{year:04d}-{month:02d}"


def new_derivatives(
    world: World, month: str, *, relation: str = "any", threshold: int = 0, roots: bool = False
) -> Truth:
    """Return the credits of a month's derivatives, listed at the last label, by base country.

    Args:
        world: whose they are.
        month: of their creation.
        relation: `any`, or of one kind.
        threshold: true downloads of the last 30 days that a derivative exceeds; 0: no matter.
        roots: by the ends of the chains of bases instead of the bases themselves.
    """
    lineage = Lineage.of(world)
    credits: dict[str, float] = {}
    for model in _created(world, month, threshold).tolist():
        stands_on = lineage.stands_on(model, relation, roots=roots)
        for base in stands_on:
            group = lineage.country(base)
            credits[group] = credits.get(group, 0.0) + 1 / len(stands_on)
    return Truth(credits)


def _created(world: World, month: str, threshold: int) -> Integers:
    year, number = (int(part) for part in month.split("-"))
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    start, end = (datetime(y, m, 1, tzinfo=UTC).timestamp() for y, m in ((year, number), after))
    last = len(world.instants) - 1
    at = world.listed(last)
    created = world.simulation.world.population.created(at)
    at = at[(created >= start) & (created < end)]
    if not threshold:
        return at
    true = world.simulation.world.counts(at, last, told=False)
    return at[true.downloads > threshold]
