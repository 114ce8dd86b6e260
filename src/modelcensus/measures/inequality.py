"""How unequal some values are: HHI, Gini, largest shares, from a histogram of the values.

A histogram holds each value once, with how many have it. Millions of models share few values,
so that an engine counts them and nothing here sorts more than what differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

POINTS = 10_000
"""What the HHI of a single group is, as regulators write it."""


@dataclass(frozen=True)
class Histogram:
    """Values, none below 0, and how many groups have each.

    Attributes:
        values: ascending, each once.
        counts: how many groups have it, from 1 up.
    """

    values: Floats
    counts: Integers

    @classmethod
    def of(cls, values: Iterable[float], counts: Iterable[int] | None = None) -> Histogram:
        """Return the histogram of values, each standing for as many groups as its count."""
        found = np.asarray(list(values), dtype=np.float64)
        times = np.ones(len(found), np.int64) if counts is None else np.asarray(list(counts))
        distinct, places = np.unique(found, return_inverse=True)
        together = np.zeros(len(distinct), np.int64)
        np.add.at(together, places, times.astype(np.int64))
        return cls(distinct, together)

    def joined(self, other: Histogram) -> Histogram:
        """Return the histogram of the groups of both."""
        return Histogram.of(
            np.concatenate([self.values, other.values]),
            np.concatenate([self.counts, other.counts]),
        )

    @property
    def groups(self) -> int:
        """Return the number of groups."""
        return int(self.counts.sum())

    @property
    def total(self) -> float:
        """Return the sum over all groups."""
        return float((self.values * self.counts).sum())

    @property
    def largest(self) -> float:
        """Return the largest value; 0 without any."""
        return float(self.values[-1]) if len(self.values) else 0.0

    def above_zero(self) -> Histogram:
        """Return the histogram of the groups with a value above 0."""
        used = self.values > 0
        return Histogram(self.values[used], self.counts[used])

    def top(self, count: int) -> float:
        """Return the sum of so many largest values."""
        values, counts = self.values[::-1], self.counts[::-1]
        before = np.cumsum(counts) - counts
        return float((values * np.clip(count - before, 0, counts)).sum())

    def squares(self, whole: float) -> float:
        """Return the sum of squared shares of a whole: 1 over it is the effective number."""
        return float(((self.values / whole) ** 2 * self.counts).sum())


def gini(histogram: Histogram) -> float | None:
    """Return the Gini coefficient: 0 where all are equal, near 1 where one has everything.

    With the n values in ascending order x_1 to x_n it is
    2 (1 x_1 + 2 x_2 + ... + n x_n) / (n (x_1 + ... + x_n)) - (n + 1) / n. Null over nothing.
    """
    number, total = histogram.groups, histogram.total
    if not total:
        return None
    counts = histogram.counts.astype(np.float64)
    before = np.cumsum(counts) - counts
    # the ranks of equal values add up to count * (what is before + (count + 1) / 2)
    weighted = (histogram.values * counts * (before + (counts + 1) / 2)).sum()
    found = float(2 * weighted / (number * total) - (number + 1) / number)
    return min(max(found, 0.0), 1.0)


@dataclass(frozen=True)
class Concentration:
    """How concentrated a whole is that known groups and others without a group share.

    Attributes:
        known: the groups.
        alone: what has no group, each by itself; it may belong to any group, or be one.
    """

    known: Histogram
    alone: Histogram

    @property
    def total(self) -> float:
        """Return the whole."""
        return self.known.total + self.alone.total

    @property
    def unknown_share(self) -> float | None:
        """Return the part that belongs to no known group; null over nothing."""
        return self.alone.total / self.total if self.total else None

    def hhi(self) -> float | None:
        """Return the least possible HHI: what has no group stands alone, each by itself."""
        if not self.total:
            return None
        return POINTS * (self.known.squares(self.total) + self.alone.squares(self.total))

    def hhi_unknown_as_one(self) -> float | None:
        """Return the HHI if all that has no group were one group."""
        if not self.total:
            return None
        return POINTS * (self.known.squares(self.total) + (self.alone.total / self.total) ** 2)

    def hhi_at_most(self) -> float | None:
        """Return the largest possible HHI: all that has no group belongs to the largest."""
        if not self.total:
            return None
        largest, more = self.known.largest / self.total, self.alone.total / self.total
        found = self.known.squares(self.total) + (largest + more) ** 2 - largest**2
        return POINTS * min(found, 1.0)

    def hhi_attributed(self) -> float | None:
        """Return the HHI of the known groups over their own sum."""
        whole = self.known.total
        return POINTS * self.known.squares(whole) if whole else None

    def largest(self, count: int) -> float | None:
        """Return the least possible share of so many largest groups."""
        if not self.total:
            return None
        return min(self.known.joined(self.alone).top(count) / self.total, 1.0)

    def largest_at_most(self, count: int) -> float | None:
        """Return the largest possible share of so many largest groups."""
        if not self.total:
            return None
        return min((self.known.top(count) + self.alone.total) / self.total, 1.0)


def effective_number(hhi: float | None) -> float | None:
    """Return how many equal groups would give an HHI; null without one."""
    return POINTS / hhi if hhi else None
