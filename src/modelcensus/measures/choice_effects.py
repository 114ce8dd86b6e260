"""What the choice of one word moves: pairs of definitions that differ in it alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.defensible import VARIED, apart_from, choices


@dataclass(frozen=True)
class Outcome:
    """What one definition gives.

    Attributes:
        subjects: the groups, as the question names them.
        shares: the share of each, over the definition's own denominator; None: not known.
        same_as: id of an earlier definition with the same shares.
    """

    definition: Contract
    subjects: tuple[str, ...]
    shares: tuple[float | None, ...]
    same_as: str | None = None

    @property
    def leader(self) -> str | None:
        """Return who has the largest share; None for a tie, one subject, or an unknown share."""
        known = [s for s in self.shares if s is not None]
        if len(known) < len(self.shares) or len(known) < 2 or known.count(max(known)) > 1:
            return None
        return self.subjects[known.index(max(known))]

    @property
    def gap(self) -> float | None:
        """Return by how much the first subject's share exceeds the second's."""
        if len(self.shares) < 2 or self.shares[0] is None or self.shares[1] is None:
            return None
        return self.shares[0] - self.shares[1]

    @property
    def answer(self) -> float | None:
        """Return the number that choices are compared by: the gap, or the only share."""
        return self.shares[0] if len(self.shares) == 1 else self.gap


def effects_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return what each field moves, the one that moves most first.

    For a field it takes all pairs of definitions that differ in that field alone. The change of
    a pair is the absolute difference of their gaps (of the shares, for one subject).

    Returns:
        field, pairs, median_change, mean_change, largest_change (fractions), between (the words
        of the pair with the largest change) and flips (pairs with another leader). Fields in
        which no pair differs alone are left out.

    Method: docs/methods.md#spread
    """
    rows = [row for name in VARIED if (row := _effect(outcomes, name)) is not None]
    return sorted(
        rows, key=lambda r: (-r["median_change"], -r["mean_change"], VARIED.index(r["field"]))
    )


def _effect(outcomes: Sequence[Outcome], name: str) -> dict[str, Any] | None:
    pairs = list(_pairs(outcomes, name))
    if not pairs:
        return None
    changes = [abs(a.answer - b.answer) for a, b in pairs]  # type: ignore[operator]
    place = max(range(len(pairs)), key=lambda i: changes[i])
    return {
        "field": name,
        "pairs": len(pairs),
        "median_change": median(changes),
        "mean_change": fmean(changes),
        "largest_change": changes[place],
        "between": [choices(one.definition)[name] for one in pairs[place]],
        "flips": sum(None not in (a.leader, b.leader) and a.leader != b.leader for a, b in pairs),
    }


def _pairs(outcomes: Sequence[Outcome], name: str) -> Iterator[tuple[Outcome, Outcome]]:
    """Yield the pairs with known answers that differ in one field alone."""
    alike: dict[tuple[Any, ...], list[Outcome]] = {}
    for one in outcomes:
        if one.answer is not None:
            alike.setdefault(apart_from(one.definition, name), []).append(one)
    for together in alike.values():
        yield from itertools.combinations(together, 2)


def spans_of(outcomes: Sequence[Outcome], subjects: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return lowest, quartiles and highest share of each subject over the distinct definitions.

    Quartiles are those of the values as a whole population, linear between neighbours.
    """
    found: dict[str, dict[str, Any]] = {}
    for place, subject in enumerate(subjects):
        known = [
            (share, o.definition.id)
            for o in outcomes
            if o.same_as is None and (share := o.shares[place]) is not None
        ]
        if not known:
            continue
        values = [share for share, _ in known]
        quarters = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
        found[subject] = {
            "lowest": min(known)[0],
            "first_quartile": quarters[0],
            "median": quarters[1],
            "third_quartile": quarters[2],
            "highest": max(known)[0],
            "lowest_by": min(known)[1],
            "highest_by": max(known)[1],
        }
    return found


def points(change: float) -> str:
    """Return a change of a share in percentage points."""
    return f"{100 * change:.1f}"
