"""Best results over time: records of each group, and how long after others it reached a level."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

HIGHER = (
    *("accuracy", "acc", "exact match", "f1", "pass@", "score", "elo", "rating", "win"),
    *("bleu", "rouge", "map", "mrr", "ndcg", "recall", "precision", "pearson", "spearman"),
)
LOWER = ("wer", "cer", "loss", "perplexity", "error", "mae", "mse", "rmse", "fid")
"""Words in the name of a metric that say whether more or less of it is better."""


@dataclass(frozen=True)
class Result:
    """One model's result on one benchmark.

    Attributes:
        value: such that more is better: what is better when lower has its sign turned.
        group: of the definition, for open weights; a maker's country, or the maker.
    """

    model: str
    value: float
    on: date
    group: str
    maker: str
    is_open: bool


@dataclass(frozen=True)
class Record:
    """A result that was better than all before it in its group, and when others were there.

    Attributes:
        behind: days since any group first reached this level; 0 where it was the first.
    """

    result: Result
    behind: int


def sign_of(metric: str) -> int:
    """Return 1 where more is better, -1 where less is, 0 where the name does not tell."""
    words = metric.casefold()
    for sign, known in ((-1, LOWER), (1, HIGHER)):
        if any(re.search(rf"(^|[^a-z]){re.escape(word)}", words) for word in known):
            return sign
    return 0


def running_best(results: Sequence[Result]) -> list[Result]:
    """Return the results that were better than all earlier ones; of a day only the best."""
    best: list[Result] = []
    for result in sorted(results, key=lambda r: (r.on, -r.value, r.model)):
        if not best or result.value > best[-1].value:
            best.append(result)
    return best


def reached_on(frontier: Sequence[Result], level: float) -> date | None:
    """Return when a frontier first was at a level or above it; None where it is not yet."""
    return next((r.on for r in frontier if r.value >= level), None)


def records_of(results: Sequence[Result], group: str) -> list[Record]:
    """Return the records of a group with how long any group had been there before."""
    overall = running_best(results)
    return [
        Record(r, (r.on - (reached_on(overall, r.value) or r.on)).days)
        for r in running_best([r for r in results if r.group == group])
    ]


@dataclass(frozen=True)
class Lag:
    """How long one side took to reach the levels that another side had reached first.

    Attributes:
        days: of each level that was reached, days after the other side; 0 where it was earlier.
        open_days: of each level that is not reached yet, days so far: the lag is longer.
    """

    days: tuple[int, ...]
    open_days: tuple[int, ...]

    @property
    def median(self) -> float | None:
        """Return the middle lag, levels not reached yet counted as longer than any; null: open.

        The middle of an even number is that of the two, and null where either is not reached.
        """
        ordered: list[float] = [*sorted(self.days), *[float("inf")] * len(self.open_days)]
        middle = median(ordered) if ordered else float("inf")
        return None if middle == float("inf") else middle

    @property
    def at_least(self) -> float | None:
        """Return the middle lag if levels not reached yet were reached today."""
        found = [*self.days, *self.open_days]
        return float(median(found)) if found else None


def lag_between(ahead: Sequence[Result], behind: Sequence[Result], until: date) -> Lag:
    """Return how long after the first side the second one reached each of its records.

    Args:
        ahead: results of the side whose records set the levels.
        behind: results of the other side.
        until: the last day of the data.
    """
    theirs = running_best(behind)
    days, pending = [], []
    for record in running_best(ahead):
        day = reached_on(theirs, record.value)
        if day is None:
            pending.append((until - record.on).days)
        else:
            days.append(max(0, (day - record.on).days))
    return Lag(tuple(days), tuple(pending))


def makers_near(results: Sequence[Result], part: float) -> list[str]:
    """Return the makers whose best result is within a part of the overall best, by name."""
    best = max((r.value for r in results), default=0.0)
    least = best - abs(best) * part
    return sorted({r.maker for r in results if r.value >= least})


def without_model(results: Sequence[Result], model: str) -> Iterator[Result]:
    """Yield the results of all other models."""
    return (r for r in results if r.model != model)
