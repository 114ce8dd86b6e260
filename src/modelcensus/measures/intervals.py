"""Interval estimates of shares: narrower than worst cases, and only as good as their assumptions.

Decision 0014 (docs/design) says why they are made this way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.ranges import Range, Ranges

LEVEL = 0.95
Z = 1.96
"""Two-sided normal quantile of the level."""

METHOD = (
    "likely ranges of counts added up; each unreviewed account is drawn, all or nothing, from the "
    "mix of the attributed ones, by their counts or by their number, whichever says less or more; "
    "normal approximation"
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
    ends = _anything if ranges.unseen else None
    shown = [g for g in groups if g != UNKNOWN and g in ranges.groups and attributed > 0]
    return {
        "level": LEVEL,
        "method": METHOD,
        "assumptions": list(ASSUMPTIONS),
        "of_unknown_accounts": _open_share(ranges),
        "groups": {g: rounded_outwards((ends or of_all)(ranges, g)) for g in shown},
        "groups_of_attributed": {
            g: rounded_outwards((ends or of_attributed)(ranges, g)) for g in shown
        },
    }


def _open_share(ranges: Ranges) -> float | None:
    whole = ranges.total("likely_low") + ranges.total("likely_high")
    held = ranges.unreviewed.likely_low + ranges.unreviewed.likely_high
    return round(held / whole, 6) if whole else None


def _anything(ranges: Ranges, group: str) -> list[float]:
    """Return what a share can be where some models are so new that nobody has a count of them."""
    least = min(of_all(ranges, group)[0], of_attributed(ranges, group)[0])
    most = max(of_all(ranges, group)[1], of_attributed(ranges, group)[1])
    return [
        0.0 if ranges.unseen - {group} else least,
        1.0 if ranges.unseen & {group, UNKNOWN} else most,
    ]


def of_all(ranges: Ranges, group: str) -> list[float]:
    """Return the interval of a group's share of everything.

    From none of the unknown part being its own to what accounts drawn from the mix would give it.
    """
    mine, unknown = ranges.groups[group], ranges.groups.get(UNKNOWN, Range(0, 0, 0, 0))
    others_low = ranges.total("likely_low", without=group, unknown=False)
    others_high = ranges.total("likely_high", without=group, unknown=False)
    gain = _drawn(ranges, group)[1]
    low = mine.likely_low / _positive(mine.likely_low + others_high + unknown.likely_high)
    # what it gains is a part of the unknown, so the whole does not grow by it
    rest = max(unknown.likely_low, gain)
    high = (mine.likely_high + gain) / _positive(mine.likely_high + others_low + rest)
    return [low, min(1.0, high)]


def of_attributed(ranges: Ranges, group: str) -> list[float]:
    """Return the interval of a group's share of what can be attributed, now or ever.

    Between the unknown part never being attributed to anybody and all of it being attributed.
    """
    mine, unknown = ranges.groups[group], ranges.unreviewed.likely_high
    others_low = ranges.total("likely_low", without=group, unknown=False)
    others_high = ranges.total("likely_high", without=group, unknown=False)
    least, most = _drawn(ranges, group)
    lows = (
        mine.likely_low / _positive(mine.likely_low + others_high),
        (mine.likely_low + least) / _positive(mine.likely_low + others_high + unknown),
    )
    highs = (
        mine.likely_high / _positive(mine.likely_high + others_low),
        (mine.likely_high + most) / _positive(mine.likely_high + others_low + unknown),
    )
    return [min(lows), min(1.0, max(highs))]


def _drawn(ranges: Ranges, group: str) -> tuple[float, float]:
    """Return how little and how much of the unreviewed part a group gets at the level."""
    mine, unknown = ranges.groups[group], ranges.unreviewed.likely_high
    middle = (mine.likely_low + mine.likely_high) / 2
    attributed = (
        ranges.total("likely_low", unknown=False) + ranges.total("likely_high", unknown=False)
    ) / 2
    by_counts = min(1.0, middle / _positive(attributed))
    known = sum(n for g, n in ranges.accounts.items() if g != UNKNOWN)
    by_number = ranges.accounts.get(group, 0) / known if known else by_counts
    low, high = sorted((by_counts, by_number))
    least = unknown * low - Z * math.sqrt(low * (1 - low) * ranges.squares)
    most = unknown * high + Z * math.sqrt(high * (1 - high) * ranges.squares)
    return max(0.0, least), min(unknown, most)


def rounded_outwards(ends: list[float]) -> list[float]:
    """Return ends of which every engine gives the same digits: sums of floats have no order.

    They are rounded outwards, so that nothing falls out of an interval by it.
    """
    low, high = ends
    return [math.floor(low * _PARTS) / _PARTS, math.ceil(high * _PARTS) / _PARTS]


_PARTS = 10**6


def _positive(value: float) -> float:
    return value if value > 0 else math.inf
