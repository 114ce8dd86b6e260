"""Random numbers by position: the draw for a row depends on seed, stream and row, on nothing else.

So any part of a world can be made without the rest of it, in any order, with the same result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Draws:
    """Draws of one seed. Streams are named; two names give independent draws."""

    def __init__(self, seed: int) -> None:
        """Keep the seed."""
        self.seed = seed
        self._starts: dict[str, np.uint64] = {}

    def bits(self, stream: str, at: Integers) -> Bits:
        """Return 64 random bits for each position (SplitMix64 as a hash)."""
        with np.errstate(over="ignore"):
            mixed = at.astype(np.uint64) * _STEP + self._start(stream)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
            mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
            found: Bits = mixed ^ (mixed >> np.uint64(31))
        return found

    def uniform(self, stream: str, at: Integers) -> Floats:
        """Return numbers in [0, 1)."""
        found: Floats = (self.bits(stream, at) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return found

    def below(self, stream: str, at: Integers, stop: int | Integers) -> Integers:
        """Return whole numbers from 0 to below `stop`."""
        found: Integers = np.floor(self.uniform(stream, at) * stop).astype(np.int64)
        return found

    def choice(self, stream: str, at: Integers, weights: Sequence[float]) -> Integers:
        """Return places in `weights`, each as often as it weighs."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        found: Integers = np.searchsorted(
            edges / edges[-1], self.uniform(stream, at), side="right"
        ).astype(np.int64)
        return np.minimum(found, len(edges) - 1)

    def generator(self, stream: str) -> np.random.Generator:
        """Return a generator for the few things that are drawn one after the other."""
        return np.random.default_rng([self.seed % 2**32, int(self._start(stream)) % 2**32])

    def _start(self, stream: str) -> np.uint64:
        if stream not in self._starts:
            digest = hashlib.sha256(f"{self.seed}:{stream}".encode()).digest()
            self._starts[stream] = np.uint64(int.from_bytes(digest[:8], "little"))
        return self._starts[stream]
