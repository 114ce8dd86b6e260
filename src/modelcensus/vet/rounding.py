"""What printed percentages allow: ratios of them, and the range that their rounding leaves open.

Such a range is no confidence interval. It says nothing about chance; it only says which ratios
the unrounded figures could have had. It is never drawn like an interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Printed = tuple[str, str]
"""Two percentages as printed, of a model and of its reference."""


@dataclass(frozen=True)
class Rounded:
    """A ratio of printed percentages and the range that their rounding allows.

    Attributes:
        value: None where the reference is printed as 0.
        high: None where the reference may be 0.
    """

    value: float | None
    low: float
    high: float | None


def ratio_of_printed(pair: Printed) -> Rounded:
    """Return the ratio of two printed percentages."""
    return ratio_of_means([pair])


def ratio_of_means(pairs: Sequence[Printed]) -> Rounded:
    """Return the mean of the models' percentages over the mean of the references'."""
    sides = [[_range(side) for side in column] for column in zip(*pairs, strict=True)]
    (low, middle, high), (ref_low, ref_middle, ref_high) = (
        [sum(part) for part in zip(*side, strict=True)] for side in sides
    )
    return Rounded(
        float(middle / ref_middle) if ref_middle else None,
        float(low / ref_high),
        float(high / ref_low) if ref_low else None,
    )


def mean_of_ratios(pairs: Sequence[Printed]) -> Rounded:
    """Return the mean of the ratios of each pair."""
    found = [ratio_of_printed(pair) for pair in pairs]
    values = [one.value for one in found if one.value is not None]
    highs = [one.high for one in found if one.high is not None]
    count = len(found)
    return Rounded(
        sum(values) / count if len(values) == count else None,
        sum(one.low for one in found) / count,
        sum(highs) / count if len(highs) == count else None,
    )


def _range(printed: str) -> tuple[Decimal, Decimal, Decimal]:
    """Return the least, the printed and the largest percentage that prints so."""
    value = Decimal(printed)
    half = Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)
    return max(Decimal(0), value - half), value, min(Decimal(100), value + half)
