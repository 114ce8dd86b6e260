"""Which rows of a crawl have come before, in 12 bytes a row."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

LARGEST_RUN = 100_000
"""Runs above this stay as they are: merging needs their memory three times over."""
_HIGH = 8
_LOW = 4


class SeenKeys:
    """A set of texts that holds 96 bits of each, in sorted runs that are merged by doubling.

    Attributes:
        count: how many different texts were added.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._runs: list[_Run] = []
        self._like: set[bytes] = set()
        """Keys whose first 64 bits are another key's: about one in a million crawls has any."""
        self.count = 0

    def add(self, keys: Sequence[str]) -> list[int]:
        """Add keys in order and return the numbers of those that were there before."""
        digests = [_digest(key) for key in keys]
        known = self._known(digests)
        fresh: list[bytes] = []
        repeated: list[int] = []
        here: set[bytes] = set()
        for number, digest in enumerate(digests):
            if known[number] or digest in here:
                repeated.append(number)
            else:
                here.add(digest)
                fresh.append(digest)
        self._insert(fresh)
        return repeated

    def has(self, key: str) -> bool:
        """Return whether a key was added."""
        return bool(self._known([_digest(key)])[0])

    def _known(self, digests: Sequence[bytes]) -> npt.NDArray[np.bool_]:
        wanted = _Run.of(digests)
        known = np.zeros(len(digests), dtype=bool)
        for run in self._runs:
            known |= run.has(wanted)
        if self._like:
            known |= np.array([digest in self._like for digest in digests], dtype=bool)
        return known

    def _insert(self, digests: Sequence[bytes]) -> None:
        if not digests:
            return
        self.count += len(digests)
        run = _Run.of(digests).sorted()
        while self._runs and len(self._runs[-1].high) <= min(2 * len(run.high), LARGEST_RUN):
            run = run.merged(self._runs.pop())
        self._like |= run.alike()
        self._runs.append(run)


class _Run:
    """Digests in two columns: 64 bits to search by, 32 bits to be sure."""

    def __init__(self, high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint32]) -> None:
        self.high = high
        self.low = low

    @classmethod
    def of(cls, digests: Sequence[bytes]) -> _Run:
        whole = np.frombuffer(b"".join(digests), dtype=[("high", "<u8"), ("low", "<u4")])
        return cls(whole["high"].copy(), whole["low"].copy())

    def sorted(self) -> _Run:
        order = np.argsort(self.high, kind="stable")
        return _Run(self.high[order], self.low[order])

    def merged(self, other: _Run) -> _Run:
        high = np.concatenate([other.high, self.high])
        return _Run(high, np.concatenate([other.low, self.low])).sorted()

    def has(self, wanted: _Run) -> npt.NDArray[np.bool_]:
        place = np.minimum(np.searchsorted(self.high, wanted.high), len(self.high) - 1)
        found: npt.NDArray[np.bool_] = self.high[place] == wanted.high
        found &= self.low[place] == wanted.low
        return found

    def alike(self) -> set[bytes]:
        """Return the digests of which another one shares the first half."""
        same = np.flatnonzero(self.high[1:] == self.high[:-1])
        numbers = {*same.tolist(), *(same + 1).tolist()}
        return {self.high[n].tobytes() + self.low[n].tobytes() for n in numbers}


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_HIGH + _LOW).digest()
