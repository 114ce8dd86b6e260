"""Quantiles and means of sizes that stand for so many models, or for so much of a metric."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

PERCENTS = (10, 25, 50, 75, 90, 99)


@dataclass(frozen=True)
class Weighted:
    """Sizes with what each stands for; exact whole numbers.

    Attributes:
        pairs: (size, weight) in ascending order of size, each size once, each weight above 0.
        unknown: the weight of what has no known size.
    """

    pairs: tuple[tuple[int, int], ...]
    unknown: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]], unknown: int = 0) -> Weighted:
        """Return weighted sizes; equal sizes are put together, what weighs nothing is left out."""
        together: dict[int, int] = {}
        for size, weight in pairs:
            together[size] = together.get(size, 0) + weight
        return cls(tuple((s, w) for s, w in sorted(together.items()) if w > 0), unknown)

    @property
    def known(self) -> int:
        """Return the weight of what has a size."""
        return sum(weight for _, weight in self.pairs)

    @property
    def mean(self) -> float | None:
        """Return the mean size; null where nothing has one."""
        known = self.known
        return sum(size * weight for size, weight in self.pairs) / known if known else None

    def quantile(self, percent: int) -> int | None:
        """Return the smallest size up to which so many per cent of the known weight lie."""
        return self._reaching(percent * self.known, 0)

    def quantile_bounds(self, percent: int) -> tuple[int | None, int | None]:
        """Return the quantile if all unknown sizes were smaller, and if all were larger.

        Null: then it may be one of the unknown sizes themselves, and there is no such bound.
        """
        needed = percent * (self.known + self.unknown)
        smaller = None
        if 100 * self.unknown < needed:
            smaller = self._reaching(needed, 100 * self.unknown)
        return smaller, self._reaching(needed, 0)

    def without(self, size: int, weight: int) -> Weighted:
        """Return what is left when one model of this size and weight is taken away."""
        return Weighted.of([*self.pairs, (size, -weight)], self.unknown)

    def _reaching(self, needed: int, before: int) -> int | None:
        """Return the first size at which 100 times the weight so far reaches what is needed."""
        sums = accumulate(weight for _, weight in self.pairs)
        pairs = zip(self.pairs, sums, strict=True)
        return next((size for (size, _), so_far in pairs if before + 100 * so_far >= needed), None)
