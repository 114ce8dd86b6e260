"""What is planted in a world, ready to be looked up by the number of a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.population import Mask

FOR_EVER = 1 << 30
"""The number of a label that never comes."""


@dataclass(frozen=True)
class Deed:
    """Something done to the counts of some models over some labels.

    Attributes:
        kind: `frozen`, `all_time_reset`, `spike`, `farming`, `lookalike` or `false_claim`.
        at: the models, ascending.
        first: number of the first label.
        last: number of the last label; beyond the last one for ever.
        daily: downloads a day that nobody made, by model; empty where the kind needs none.
    """

    kind: str
    at: Integers
    first: int
    last: int
    daily: Integers = field(default_factory=lambda: np.array([], dtype=np.int64))


@dataclass(frozen=True)
class Absence:
    """Models that are not listed from label `first` to label `last`, both included.

    Attributes:
        kind: `removal`, `return` or `reupload`.
    """

    kind: str
    at: int
    first: int
    last: int


@dataclass(frozen=True)
class DeclaredBase:
    """The bases that a model is made to name.

    Attributes:
        case: what it is an example of: `self`, `cycle`, `chain`, `merge` ...
        relation: as the Hub writes it.
        models: numbers of the bases; empty where `text` stands for one.
        text: what the model names instead of a model's id, or besides.
    """

    case: str
    relation: str
    models: tuple[int, ...] = ()
    text: str = ""


@dataclass
class Planted:
    """Everything planted in one world.

    Attributes:
        names: model -> ((label number, id), ...): the id it has from that label on.
        name_kinds: model -> why its id is another: `rename`, `case_twin`, `farming` ...
        bases: model -> what it names as its bases.
        dips: label numbers at which 30-day counts are halved.
        freezes: label numbers at which counts repeat the label before.
        zeros: label number -> developers (places in the cast) whose 30-day counts are 0.
    """

    names: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    name_kinds: dict[int, str] = field(default_factory=dict)
    bases: dict[int, DeclaredBase] = field(default_factory=dict)
    absences: list[Absence] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    dips: tuple[int, ...] = ()
    freezes: tuple[int, ...] = ()
    zeros: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def name_at(self, model: int, label: int) -> str | None:
        """Return the planted id of a model at a label, or None where it has its own."""
        found = None
        for since, name in self.names.get(model, ()):
            found = name if label >= since else found
        return found

    def names_at(self, at: Integers, label: int) -> dict[int, str]:
        """Return row -> planted id, of those rows whose model has one at the label."""
        hits = ((row, self.name_at(int(at[row]), label)) for row in rows_of(at, self.names))
        return {row: name for row, name in hits if name is not None}

    def is_absent(self, at: Integers, label: int) -> Mask:
        """Return which models a planted absence keeps out at a label."""
        away = {a.at for a in self.absences if a.first <= label <= a.last}
        mask = np.zeros(len(at), dtype=bool)
        mask[rows_of(at, away)] = True
        return mask


def rows_of(at: Integers, models: Iterable[int]) -> list[int]:
    """Return the rows whose model is one of some models."""
    wanted = np.fromiter(models, dtype=np.int64)
    if not len(at) or not len(wanted):
        return []
    near = wanted[(wanted >= at.min()) & (wanted <= at.max())]
    return np.flatnonzero(np.isin(at, near)).tolist() if len(near) else []
