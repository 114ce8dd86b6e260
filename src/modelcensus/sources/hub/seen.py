"""Which rows of a crawl have come before, in 16 bytes a row."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

LARGEST_RUN = 250_000
"""Runs above this stay as they are: merging needs their memory three times over."""
_DIGEST = 16


class SeenKeys:
    """A set of texts that holds 128 bits of each, in sorted runs that are merged by doubling."""

    def __init__(self) -> None:
        """Begin empty."""
        self._runs: list[npt.NDArray[np.uint64]] = []
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
        wanted = _pairs(digests)
        known = np.zeros(len(wanted), dtype=bool)
        for run in self._runs:
            place = np.minimum(np.searchsorted(run[:, 0], wanted[:, 0]), len(run) - 1)
            known |= (run[place] == wanted).all(axis=1)
        if self._like:
            known |= np.array([digest in self._like for digest in digests], dtype=bool)
        return known

    def _insert(self, digests: Sequence[bytes]) -> None:
        if not digests:
            return
        self.count += len(digests)
        run = _sorted(_pairs(digests))
        while self._runs and len(self._runs[-1]) <= min(2 * len(run), LARGEST_RUN):
            run = _sorted(np.concatenate([self._runs.pop(), run]))
        same = np.flatnonzero(run[1:, 0] == run[:-1, 0])
        for number in same.tolist():
            self._like |= {run[number].tobytes(), run[number + 1].tobytes()}
        self._runs.append(run)


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _pairs(digests: Sequence[bytes]) -> npt.NDArray[np.uint64]:
    return np.frombuffer(b"".join(digests), dtype="<u8").reshape(-1, 2)


def _sorted(pairs: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    order: npt.NDArray[np.uint64] = pairs[np.argsort(pairs[:, 0], kind="stable")]
    return order
