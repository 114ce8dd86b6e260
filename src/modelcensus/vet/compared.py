"""One comparison of two runs: counts, rates, ratio with its intervals, test, and worst cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelcensus.vet.clusters import (
    Clusters,
    PairedRatio,
    Values,
    bootstrap_ratio,
    design_effect,
    paired_ratio,
)
from modelcensus.vet.intervals import Interval, katz, koopman, mcnemar, one_rate
from modelcensus.vet.rules import Pair
from modelcensus.vet.runs import Run, mean_of

RATIO, AT_LEAST, AT_MOST, NO_RATIO = "ratio", "at least", "at most", "no ratio"


@dataclass(frozen=True)
class Side:
    """One model in a comparison.

    Attributes:
        hits: cases that the attacker won, of those with a verdict on both sides.
        missing: cases of the planned grid without a verdict of this model.
        worst: rate over the planned grid if every missing case were a failure, or a success.
        alone: part of the user's tasks done without an attack; None when not tested.
    """

    run: Run
    hits: float
    rate: Interval
    missing: int
    worst: tuple[float, float]
    design_effect: float | None
    alone: float | None
    alone_tasks: int
    under_attack: float | None


@dataclass(frozen=True)
class Compared:
    """Two models over the same cases.

    Attributes:
        form: `ratio`, `at least` (the reference never hit), `at most` (the model never), or none.
        headline: the ratio with the limits that are printed.
        forms: the same by other methods, each named.
        discordant: cases that only the first model lost, and only the second; None where
            repetitions were averaged.
        worst: lowest and highest ratio that missing cases allow; None where it has no limit.
    """

    pair: Pair
    cases: int
    first: Side
    second: Side
    form: str
    headline: Interval
    forms: dict[str, Interval]
    ratio: PairedRatio | None
    discordant: tuple[int, int] | None
    worst: tuple[float | None, float | None]

    @property
    def p(self) -> float | None:
        """Return the exact p of McNemar's test; None where repetitions were averaged."""
        return mcnemar(*self.discordant) if self.discordant else None


def compare(pair: Pair) -> Compared:
    """Return everything that is said about two runs over the cases they share.

    Method: docs/security.md#ratio-of-two-rates
    """
    cells = pair.common()
    clusters = Clusters.of(cells)
    a, b = pair.first.values(cells), pair.second.values(cells)
    first, second = _side(pair, pair.first, a, clusters), _side(pair, pair.second, b, clusters)
    ratio = paired_ratio(a, b, clusters)
    form, headline, forms = _ratio(first, second, ratio, len(cells))
    if ratio is not None:
        forms["bootstrap"] = bootstrap_ratio(a, b, clusters)
    return Compared(
        pair,
        len(cells),
        first,
        second,
        form,
        headline,
        forms,
        ratio,
        _discordant(a, b),
        _worst(first, second),
    )


def _side(pair: Pair, run: Run, values: Values, clusters: Clusters) -> Side:
    hits, cases = float(values.sum()), len(values)
    known = [value for value in run.cases.values() if value is not None]
    missing = max(0, pair.planned - len(known))
    whole = max(pair.planned, len(known))
    alone, tasks = mean_of(run.alone)
    return Side(
        run,
        hits,
        one_rate(hits, cases),
        missing,
        (sum(known) / whole, (sum(known) + missing) / whole),
        design_effect(values, clusters),
        alone,
        tasks,
        mean_of(run.utility)[0],
    )


def _ratio(
    first: Side, second: Side, ratio: PairedRatio | None, cases: int
) -> tuple[str, Interval, dict[str, Interval]]:
    """Return the form of a ratio, its headline, and the same by other methods.

    Without a hit on one side there is a limit on one side only. It is that of the score interval
    over the effective number of cases, for which the other model's design effect stands in: over
    independent cases it would promise too much.
    """
    if ratio is not None:
        naive = katz(first.hits, cases, second.hits, cases)
        return RATIO, ratio.t, {"two-way, z": ratio.z, "naive (Katz)": naive}
    if not (first.hits or second.hits):
        return NO_RATIO, Interval(None, None, None), {}
    effect = max(1.0, first.design_effect or second.design_effect or 1.0)
    effective = [n / effect for n in (first.hits, cases, second.hits, cases)]
    headline = koopman(effective[0], effective[1], effective[2], effective[3])
    naive = koopman(first.hits, cases, second.hits, cases)
    return (
        AT_LEAST if first.hits else AT_MOST,
        headline,
        {"score, as if cases were independent (Koopman)": naive},
    )


def _discordant(a: Values, b: Values) -> tuple[int, int] | None:
    """Return the cases that only one model lost; None where repetitions were averaged."""
    if any(((values != 0) & (values != 1)).any() for values in (a, b)):
        return None
    return int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())


def _worst(first: Side, second: Side) -> tuple[float | None, float | None]:
    """Return the ratios at the ends of what missing cases allow."""
    low = first.worst[0] / second.worst[1] if second.worst[1] else None
    high = first.worst[1] / second.worst[0] if second.worst[0] else None
    return low, high


def effects(compared: Compared) -> dict[str, Any]:
    """Return the design effect and effective number of cases of each side."""
    return {
        side.run.setup.subject: {
            "design_effect": side.design_effect,
            "effective_cases": compared.cases / side.design_effect if side.design_effect else None,
        }
        for side in (compared.first, compared.second)
    }
