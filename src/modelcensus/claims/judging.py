"""Whether a recomputed value and a published one agree: nothing here has seen either before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from modelcensus.claims.amounts import half_unit
from modelcensus.registers.claim_cells import EXACT
from modelcensus.registers.formulas import value_of

MOST_PARTS = 10
"""Parts whose roundings are tried against each other."""


@dataclass(frozen=True)
class Reading:
    """A recomputed value in the unit of a claim.

    Attributes:
        value: the value; the middle of an interval between two snapshots.
        low, high: what it can lie between: equal to the value, the ends of such an interval, or
            what the rounding of published parts leaves open.
    """

    value: float
    low: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Reading:
        """Return a value without an interval."""
        return cls(value, value, value)

    @property
    def slack(self) -> float:
        """Return how far the interval reaches from the value, on its longer side."""
        return max(self.high - self.value, self.value - self.low)


def agree(published: float, bound: str, tolerance: float, reading: Reading) -> bool:
    """Return whether a published value lies within the tolerance of what was recomputed.

    Args:
        published: as the claim has it.
        bound: `at least` and `at most` are held to one side only.
        tolerance: as the register has it; it knows nothing of the reading.
        reading: what was recomputed.
    """
    # 80.225 - 80.22 is a little more than 0.005 in binary fractions
    spare = 1e-6 * tolerance
    is_low_enough = published <= reading.high + tolerance + spare
    is_high_enough = published >= reading.low - tolerance - spare
    return {"at least": is_low_enough, "at most": is_high_enough}.get(
        bound, is_low_enough and is_high_enough
    )


def from_own_parts(formula: str, parts: Mapping[str, str]) -> Reading:
    """Return what a formula makes of published parts, and what their rounding leaves open.

    Every part may have been half a unit of its last published digit lower or higher, but for
    those that were counted and not rounded (`=629`).
    """
    exact = {name: float(text.removeprefix(EXACT)) for name, text in parts.items()}
    value = value_of(formula, exact)
    if len(parts) > MOST_PARTS:
        return Reading.exactly(value)
    ends = [
        (exact[name],)
        if text.startswith(EXACT)
        else tuple(exact[name] + sign * float(half_unit(text)) for sign in (-1, 1))
        for name, text in parts.items()
    ]
    values = []
    for corner in product(*ends):
        try:
            values.append(value_of(formula, dict(zip(parts, corner, strict=True))))
        except ZeroDivisionError:
            continue
    return Reading(value, min(values, default=value), max(values, default=value))


def difference(published: float, reading: Reading) -> dict[str, float | None]:
    """Return how far the recomputed value is above the published one, and as a part of that."""
    above = reading.value - published
    return {"absolute": above, "relative": above / published if published else None}
