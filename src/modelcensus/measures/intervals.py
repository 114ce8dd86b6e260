"""Interval estimates of shares: narrower than worst cases, and only as good as their assumptions.

Decision 0014 (docs/design) says why they are made this way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.ranges import Range, Ranges

Drawn = tuple[float, float]
"""How little and how much of what unknown accounts hold a group gets."""

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2

METHOD = (
    "likely ranges of counts added up; each unreviewed account is drawn, all or nothing, from the "
    "mix of the attributed ones, by their counts or by their number, whichever says less or more: "
    "the largest in every way there is, the others together by a normal approximation"
)
ASSUMPTIONS = (
    "what was not seen of a model grew between half and twice as fast as what was seen of it",
    "where a rolling count and a running total contradict each other, the running total is right, "
    "unless it fell",
    "an account that nobody is known to own is of a group as often as attributed accounts are, "
    "weighed by their counts or each once, or of nobody who will ever be known",
    "accounts are independent of each other",
    "a developer that is known and has no country, such as a natural person, keeps none",
)


def intervals_of(ranges: Ranges, groups: Sequence[str]) -> dict[str, Any]:
    """Return interval estimates of each group's share of all and of the attributed part.

    Returns:
        level, method, assumptions, `groups` (share of all) and `groups_of_attributed`: group ->
        [low, high] as fractions; groups of an empty whole have none. `of_unknown_accounts` is the
        part of the whole that accounts hold which nobody is known to own (null: of nothing):
        most of an interval's width is theirs.
    """
    attributed = ranges.total("likely_high", unknown=False)
    shown = [g for g in groups if g != UNKNOWN and g in ranges.groups and attributed > 0]
    drawn = drawn_by(ranges, shown)
    of_everything = {g: of_all(ranges, g, drawn[g]) for g in shown}
    of_known = {g: of_attributed(ranges, g, drawn[g]) for g in shown}
    if ranges.unseen:
        both = {g: _anything(ranges, g, of_everything[g], of_known[g]) for g in shown}
        of_everything, of_known = both, both
    return {
        "level": LEVEL,
        "method": METHOD,
        "assumptions": list(ASSUMPTIONS),
        "of_unknown_accounts": _open_share(ranges),
        "groups": {g: rounded_outwards(of_everything[g]) for g in shown},
        "groups_of_attributed": {g: rounded_outwards(of_known[g]) for g in shown},
    }


def _open_share(ranges: Ranges) -> float | None:
    whole = ranges.total("likely_low") + ranges.total("likely_high")
    held = ranges.unreviewed.likely_low + ranges.unreviewed.likely_high
    return round(held / whole, 6) if whole else None


def _anything(ranges: Ranges, group: str, *ends: list[float]) -> list[float]:
    """Return what a share can be where some models are so new that nobody has a count of them."""
    return [
        0.0 if ranges.unseen - {group} else min(low for low, _ in ends),
        1.0 if ranges.unseen & {group, UNKNOWN} else max(high for _, high in ends),
    ]


def of_all(ranges: Ranges, group: str, drawn: Drawn) -> list[float]:
    """Return the interval of a group's share of everything.

    From none of the unknown part being its own to what accounts drawn from the mix would give it.
    """
    mine, unknown = ranges.groups[group], ranges.groups.get(UNKNOWN, Range(0, 0, 0, 0))
    others_low = ranges.total("likely_low", without=group, unknown=False)
    others_high = ranges.total("likely_high", without=group, unknown=False)
    gain = drawn[1]
    low = mine.likely_low / _positive(mine.likely_low + others_high + unknown.likely_high)
    # what it gains is a part of the unknown, so the whole does not grow by it
    rest = max(unknown.likely_low, gain)
    high = (mine.likely_high + gain) / _positive(mine.likely_high + others_low + rest)
    return [low, min(1.0, high)]


def of_attributed(ranges: Ranges, group: str, drawn: Drawn) -> list[float]:
    """Return the interval of a group's share of what can be attributed, now or ever.

    Between the unknown part never being attributed to anybody and all of it being attributed.
    """
    mine, unknown = ranges.groups[group], ranges.unreviewed.likely_high
    others_low = ranges.total("likely_low", without=group, unknown=False)
    others_high = ranges.total("likely_high", without=group, unknown=False)
    least, most = drawn
    lows = (
        mine.likely_low / _positive(mine.likely_low + others_high),
        (mine.likely_low + least) / _positive(mine.likely_low + others_high + unknown),
    )
    highs = (
        mine.likely_high / _positive(mine.likely_high + others_low),
        (mine.likely_high + most) / _positive(mine.likely_high + others_low + unknown),
    )
    return [min(lows), min(1.0, max(highs))]


def drawn_by(ranges: Ranges, groups: Sequence[str]) -> dict[str, Drawn]:
    """Return how little and how much of the unreviewed part each group gets at the level."""
    attributed = (
        ranges.total("likely_low", unknown=False) + ranges.total("likely_high", unknown=False)
    ) / 2
    known = sum(n for g, n in ranges.accounts.items() if g != UNKNOWN)
    chances = []
    for group in groups:
        mine = ranges.groups[group]
        middle = (mine.likely_low + mine.likely_high) / 2
        by_counts = min(1.0, middle / _positive(attributed))
        held = ranges.accounts.get(group, 0)
        # few accounts say little of the mix: one more or less might be the group's
        by_number = (held / (known + 2), (held + 1) / (known + 2)) if known else ()
        either = (by_counts, *by_number)
        chances.append((min(either), max(either)))
    low, high = np.array(chances, dtype=float).reshape(-1, 2).T
    least, most = _ends(ranges, low, TAIL)[0], _ends(ranges, high, 1 - TAIL)[1]
    return dict(zip(groups, zip(least.tolist(), most.tolist(), strict=True), strict=True))


def _ends(ranges: Ranges, chances: Floats, part: float) -> tuple[Floats, Floats]:
    """Return the amount that accounts drawn at a chance stay below in a part of all draws.

    The largest are drawn in every way there is, the sum of the others is taken to be normal.

    Returns:
        Two amounts beside each chance, the one just not enough and the one just enough.
    """
    whole = ranges.unreviewed.likely_high
    held = np.array(ranges.largest, dtype=float)
    every = list(product((0.0, 1.0), repeat=len(held)))
    ways = np.array(every).reshape(len(every), len(held))
    number, chance = ways.sum(axis=1), chances[:, np.newaxis]
    weights = chance**number * (1 - chance) ** (len(held) - number)
    rest = max(0.0, whole - float(held.sum()))
    squares = max(0.0, ranges.squares - float((held**2).sum()))
    # never quite nothing, so that a sum of sure amounts has a distribution, too
    spread = np.maximum(np.sqrt(chance * (1 - chance) * squares), max(whole * 1e-12, 1e-290))
    middles = ways @ held + chance * rest
    low, high = np.zeros(len(chances)), np.full(len(chances), whole)
    for _ in range(_HALVINGS if whole > 0 else 0):
        middle = (low + high) / 2
        reached = (weights * ndtr((middle[:, np.newaxis] - middles) / spread)).sum(axis=1)
        is_enough = reached >= part
        low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
    return low, high


_HALVINGS = 40


def rounded_outwards(ends: list[float]) -> list[float]:
    """Return ends of which every engine gives the same digits: sums of floats have no order.

    They are rounded outwards, so that nothing falls out of an interval by it.
    """
    low, high = ends
    return [math.floor(low * _PARTS) / _PARTS, math.ceil(high * _PARTS) / _PARTS]


_PARTS = 10**6


def _positive(value: float) -> float:
    return value if value > 0 else math.inf
