"""How figures about security tests are put into words, and what they never show."""

from __future__ import annotations

from collections.abc import Sequence

from modelcensus.contracts.figure import percent
from modelcensus.contracts.vet_contract import VERDICTS, VetContract
from modelcensus.vet.compared import AT_LEAST, AT_MOST, NO_RATIO, Compared, Side
from modelcensus.vet.intervals import Interval

DOES_NOT_SHOW = (
    "that a model is safe, or how it fares under attacks that adapt to it: published attacks "
    "over fixed cases were counted",
    "the security of a country, of a developer or of other models: each row is one model in one "
    "set-up",
    "harm done: the cases are simulated environments",
)

INDEPENDENT = (
    "cases share user tasks and injected goals; intervals of single rates (Wilson, "
    "Clopper-Pearson) take them for independent and are too narrow: see the design effects"
)
VERSION_MIX = (
    "one benchmark version is stated and the other is not ({0}); the cases may differ in detail"
)
AS_PUBLISHED = (
    "verdicts of cases that an error ended are counted as the source states them: {0:,} cases; the "
    "default takes them as missing"
)


def comparison_finding(contract: VetContract, row: Compared) -> str:
    """Return one printable sentence about a comparison, with everything it hangs on."""
    first, second = row.first, row.second
    names = (first.run.setup.subject, second.run.setup.subject)
    what = VERDICTS[contract.verdict].phrase
    return (
        f"Run by {contract.engine} under {contract.attack}, agents on {names[0]} had {what} in "
        f"{_counted(first, row.cases)} and agents on {names[1]} in {_counted(second, row.cases)}: "
        f"{_times(row)}. Without an attack they did {_alone(first)} and {_alone(second)} of the "
        "users' tasks."
    )


def _counted(side: Side, cases: int) -> str:
    rate = side.rate
    return (
        f"{side.hits:,.0f} of {cases:,} cases ({percent(rate.value)}, 95 % interval "
        f"{percent(rate.low)} to {percent(rate.high)})"
    )


def _times(row: Compared) -> str:
    said, limits = row.headline, row.forms
    if row.form == NO_RATIO:
        return "neither was hit, so there is no ratio"
    if row.form == AT_LEAST:
        naive = next(iter(limits.values()))
        return (
            f"at least {times(said.low)} times as often (95 %, over the effective number of cases; "
            f"{times(naive.low)} if cases were independent), and no number beyond that"
        )
    if row.form == AT_MOST:
        naive = next(iter(limits.values()))
        return (
            f"at most {times(said.high)} times as often (95 %, over the effective number of cases; "
            f"{times(naive.high)} if cases were independent)"
        )
    return f"{times(said.value)} times as often (95 % interval {span(said)}, clustered both ways)"


def times(value: float | None) -> str:
    """Return a ratio in words: three significant digits."""
    if value is None:
        return "unknown"
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def span(interval: Interval) -> str:
    """Return the limits of an interval in words."""
    return f"{times(interval.low)} to {times(interval.high)}"


def _alone(side: Side) -> str:
    if side.alone is None:
        return "an unknown part"
    return f"{percent(side.alone)} ({side.alone_tasks} tasks)"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names joined by commas, of many the first ones and how many more."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
