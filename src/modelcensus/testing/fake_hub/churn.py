"""How a listing moves while it is walked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelcensus.testing.fake_hub.rows import Integers


@dataclass(frozen=True)
class Churn:
    """What happens after every page that was served; drawn from a seed.

    Attributes:
        seed: same seed, same changes.
        moves: share of the listed models whose downloads and likes change, so that ranks move.
        births: new models.
        deletions: models removed for good.
        renames: models that take another id and keep their `_id`.
        hidden: models made private: as good as removed for everybody else.
    """

    seed: int = 1
    moves: float = 0.02
    births: int = 3
    deletions: int = 1
    renames: int = 1
    hidden: int = 1


@dataclass(frozen=True)
class Change:
    """One change of the listing.

    Attributes:
        kind: `born`, `deleted`, `renamed` or `hidden`.
        key: the model's `_id`.
        old: its id before; empty for the newly born.
        new: its id after; empty for those who left.
        after_page: how many pages had been served.
    """

    kind: str
    key: str
    old: str
    new: str
    after_page: int


@dataclass(frozen=True)
class Step:
    """One round of changes, by row."""

    moved: Integers
    factors: np.ndarray[tuple[int], np.dtype[np.float64]]
    deleted: Integers
    hidden: Integers
    renamed: Integers
    births: int


def draw_step(churn: Churn, step: int, listed: Integers) -> Step:
    """Return the changes after page number `step` of the rows that are listed then."""
    draws = np.random.default_rng([churn.seed, step])
    wanted = churn.deletions + churn.hidden + churn.renames
    chosen = _some(draws, listed, wanted)
    deleted, hidden, renamed = np.split(chosen, [churn.deletions, churn.deletions + churn.hidden])
    moved = _some(draws, listed, int(len(listed) * churn.moves))
    factors = np.exp(draws.normal(0.0, 1.0, size=len(moved)))
    return Step(moved, factors, deleted, hidden, renamed, churn.births)


def _some(draws: np.random.Generator, listed: Integers, count: int) -> Integers:
    """Return different rows in random order; fewer where there are hardly more."""
    if not count or not len(listed):
        return listed[:0]
    # a sample without replacement would shuffle all rows, page by page
    places = draws.integers(0, len(listed), size=2 * count + 8)
    _, first = np.unique(places, return_index=True)
    return listed[places[np.sort(first)[:count]]]
