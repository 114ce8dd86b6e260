"""What the Hub says of its models at a label: the truth, and what is planted upon it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.testing.simulator.counters import WINDOW_S, Counters, Counts
from modelcensus.testing.simulator.draws import Integers
from modelcensus.testing.simulator.planted import Deed, Planted
from modelcensus.testing.simulator.population import DAY, Mask, Population
from modelcensus.testing.simulator.words import joined

SPIKE_FACTOR = 1000
SPIKE_FLOOR = 2_000_000


class Reported:
    """A world as it is listed, label by label. Rows are numbers of models, ascending."""

    def __init__(self, population: Population, counters: Counters, planted: Planted) -> None:
        """Put what is planted over a population."""
        self.population, self.counters, self.planted = population, counters, planted
        self._frozen = [d for d in planted.deeds if d.kind == "frozen"]
        self._others = [d for d in planted.deeds if d.kind != "frozen"]

    def listed(self, start: int, stop: int, label: int) -> Integers:
        """Return the models from `start` to before `stop` that are listed at a label."""
        at = np.arange(start, stop, dtype=np.int64)
        now = self.population.instants[label]
        there = (self.population.created(at) < now) & (self.population.removal_instants(at) > now)
        return at[there & ~self.planted.is_absent(at, label)]

    def ids(self, at: Integers, label: int) -> pa.Array:
        """Return the ids of models at a label."""
        accounts = self.population.account_names(self.population.accounts(at), label)
        found = joined(accounts, "/", self.population.names(at))
        planted = self.planted.names_at(at, label)
        if not planted:
            return found
        rows = np.zeros(len(at), dtype=bool)
        rows[list(planted)] = True
        names = pa.array([planted[row] for row in sorted(planted)], pa.string())
        return pc.replace_with_mask(found, pa.array(rows), names)

    def counts(self, at: Integers, label: int, *, told: bool = True) -> Counts:
        """Return the counts of models at a label.

        Args:
            at: the models.
            label: the label's number.
            told: what the Hub says; otherwise what happened: nothing planted but downloads
                that nobody made.
        """
        effective = self._effective(label) if told else label
        instants = np.full(len(at), self.population.instants[effective], dtype=np.int64)
        for deed in self._frozen if told else ():
            if deed.first <= effective <= deed.last:
                hit = np.isin(at, deed.at)
                instants[hit] = self.population.instants[deed.first]
        counts = self.counters.counts(at, instants)
        for deed in self._others:
            counts = self._done(deed, at, effective, counts, told=told)
        return self._site(at, effective, counts) if told else counts

    def owned_by(self, at: Integers, developers: tuple[int, ...], label: int) -> Mask:
        """Return which models stand in an account that developers have at a label."""
        cast = self.population.cast
        now = self.population.instants[label]
        mine = [n for n, account in enumerate(cast.accounts) if account.owner_at(now) in developers]
        moved = np.zeros(len(at), dtype=bool)
        moved[list(self.planted.names_at(at, label))] = True
        hit = np.isin(self.population.accounts(at), mine)
        keeps = np.isin(at, [m for m, k in self.planted.name_kinds.items() if k in _SAME_ACCOUNT])
        return hit & (~moved | keeps)

    def _effective(self, label: int) -> int:
        return label - 1 if label in self.planted.freezes else label

    def _done(self, deed: Deed, at: Integers, label: int, counts: Counts, *, told: bool) -> Counts:
        is_made = len(deed.daily) > 0
        if label < deed.first or label > deed.last or not (told or is_made):
            return counts
        hit = np.isin(at, deed.at)
        if not hit.any():
            return counts
        downloads, all_time = counts.downloads.copy(), counts.all_time.copy()
        if deed.kind == "spike":
            downloads[hit] = np.maximum(downloads[hit] * SPIKE_FACTOR, SPIKE_FLOOR)
        elif deed.kind == "all_time_reset":
            before = self.population.instants[deed.first - 1]
            all_time[hit] -= self.counters.counts(at[hit], before).all_time
        else:
            now = self.population.instants[label]
            daily = deed.daily[np.searchsorted(deed.at, at[hit])]
            first = self.population.instants[max(0, deed.first - 1)] - WINDOW_S * (not deed.first)
            since = max(first, now - WINDOW_S)
            downloads[hit] += daily * ((now - since) // DAY)
            all_time[hit] += daily * ((now - first) // DAY)
        return Counts(downloads, all_time, counts.likes)

    def _site(self, at: Integers, label: int, counts: Counts) -> Counts:
        downloads = counts.downloads
        if label in self.planted.dips:
            downloads = downloads // 2
        if label in self.planted.zeros:
            hit = self.owned_by(at, self.planted.zeros[label], label)
            downloads = np.where(hit, 0, downloads)
        return Counts(downloads, counts.all_time, counts.likes)


_SAME_ACCOUNT = ("rename", "bare_id")
"""Kinds of planted names that leave a model with its developer."""
