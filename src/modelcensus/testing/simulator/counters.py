"""Downloads and likes of models as functions of time, before anything planted changes them.

The all-time count only grows, and the 30-day count is exactly its growth over 30 days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelcensus.testing.simulator.draws import Floats, Integers
from modelcensus.testing.simulator.population import DAY, Mask, Population

WINDOW_S = 30 * DAY
_NEVER_USED, _ONCE_USED = 0.409, 0.278
_RANKS = np.array([-8.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.55, -1.0, -0.3, 0.0])
_RATES = np.array([8.1, 7.5, 6.6, 5.6, 4.5, 3.2, 2.3, 1.6, 0.9, 0.02])
"""Downloads in 30 days (decimal logarithm) by rank among the used models (the same)."""


@dataclass(frozen=True)
class Counts:
    """What the Hub reports of models: 30-day and all-time downloads, likes."""

    downloads: Integers
    all_time: Integers
    likes: Integers


@dataclass(frozen=True)
class _Use:
    """What decides a model's downloads, by row."""

    created: Integers
    active: Mask
    rate: Floats
    swing: Floats
    period: Floats
    phase: Floats
    once: Floats
    once_days: Floats


class Counters:
    """Counts of a population's models at any instant."""

    def __init__(self, population: Population) -> None:
        """Keep the population."""
        self.population = population

    def counts(self, at: Integers, instants: Integers | int) -> Counts:
        """Return the counts of models at an instant (seconds since 1970), or at one for each."""
        use = self._use(at)
        now = np.broadcast_to(np.asarray(instants, dtype=np.int64), at.shape)
        all_time = _total(use, now)
        downloads = all_time - _total(use, now - WINDOW_S)
        liked = self.population.draws.uniform("likes", at)
        likes = np.floor(all_time.astype(np.float64) ** 0.45 * liked**3 * 2).astype(np.int64)
        return Counts(downloads, all_time, likes)

    def is_active(self, at: Integers) -> Mask:
        """Return which models are downloaded again and again."""
        return self._use(at).active

    def _use(self, at: Integers) -> _Use:
        population, draws = self.population, self.population.draws
        kind = draws.uniform("use", at)
        active = (kind >= _NEVER_USED + _ONCE_USED) | population.is_star(at)
        once = (kind >= _NEVER_USED) & ~active
        rate = 10.0 ** np.interp(np.log10(population.rank(at)), _RANKS, _RATES)
        return _Use(
            created=population.created(at),
            active=active,
            rate=rate,
            # rarely used models keep at least one download in any 30 days
            swing=0.6 * (1 - 1 / rate) * draws.uniform("swing", at),
            period=40 + 360 * draws.uniform("period", at),
            phase=2 * np.pi * draws.uniform("phase", at),
            once=np.where(once, np.floor(400.0 ** draws.uniform("once", at)), 0.0),
            once_days=3 + 17 * draws.uniform("once/days", at),
        )


def _total(use: _Use, now: Integers) -> Integers:
    """Return all downloads from creation to `now`."""
    age = np.maximum(now - use.created, 0) / DAY
    start = use.created / DAY
    turn = 2 * np.pi / use.period
    wave = np.sin(turn * (start + age) + use.phase) - np.sin(turn * start + use.phase)
    steady = use.rate / 30 * (age + use.swing / turn * wave)
    once = np.ceil(use.once * np.minimum(1, age / use.once_days))
    found: Integers = np.where(use.active, np.floor(steady), once).astype(np.int64)
    return found
