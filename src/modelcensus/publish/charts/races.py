"""Two groups that cross: their levels, and the intervals in which one passed the other."""

from __future__ import annotations

from dataclasses import dataclass

from modelcensus.contracts.figure import Figure
from modelcensus.publish.charts.axes import day_of
from modelcensus.publish.charts.names import name_of
from modelcensus.publish.charts.trajectories import Trajectories, Trajectory
from modelcensus.publish.charts.words import between


@dataclass(frozen=True)
class Crossing:
    """When one group passed another: between two snapshots.

    Attributes:
        after: the last snapshot before it; empty when it lies before the first one.
        by: the first snapshot that shows it.
        words: the rule, as it is written beside it.
        sentence: the same for the text alternative.
    """

    after: str
    by: str
    words: str
    sentence: str


_RULES = {"first": "first", "lasting": "lasting so far"}


def read_race(figure: Figure) -> Trajectories:
    """Return the two groups of a crossover at the snapshots that show both."""
    rows = figure.details["series"]
    labels = tuple(str(row["label"]) for row in rows)
    groups = tuple(
        Trajectory(group, name_of(figure, group), tuple(row[group] for row in rows))
        for group in figure.contract.subjects
    )
    return Trajectories(labels, groups, is_share=False)


def crossings_of(figure: Figure) -> list[Crossing]:
    """Return what a crossover found; empty for other measures and for what did not happen."""
    if figure.contract.measure != "crossover":
        return []
    found: dict[tuple[str, str], list[str]] = {}
    for row in figure.records():
        if row["by"] is not None:
            found.setdefault((row["after"] or "", row["by"]), []).append(row["rule"])
    return [
        Crossing(after, by, _words(after, by, rules), _sentence(after, by, rules))
        for (after, by), rules in sorted(found.items(), key=lambda item: item[0][1])
    ]


def _named(rules: list[str]) -> str:
    return " and ".join(_RULES.get(rule, rule) for rule in rules)


def _words(after: str, by: str, rules: list[str]) -> str:
    return f"{_named(rules)}{'' if after else ' (or before)'}"


def _sentence(after: str, by: str, rules: list[str]) -> str:
    if not after:
        return f"Crossing, {_named(rules)}: on {day_of(by)} or before"
    return f"Crossing, {_named(rules)}: between {between(after, by, 'and')}"


def title_of_race(figure: Figure, found: Trajectories) -> str:
    """Return who is ahead of whom since when, where that happened within the data.

    What one single model decides is said in the same sentence.
    """
    if figure.contract.measure != "crossover":
        return ""
    ahead, behind = (group.name for group in found.groups)
    lasting = next(row for row in figure.records() if row["rule"] == "lasting")
    if lasting["by"] is None:
        return f"{ahead} and {behind} by {figure.contract.metric_term.phrase}"
    if lasting["left_censored"]:
        return f"{ahead} stood above {behind} at every snapshot"
    hangs = "" if lasting["is_stable"] is not False else ", but single models decide when"
    return (
        f"{ahead} passed {behind} between {between(lasting['after'], lasting['by'], 'and')}{hangs}"
    )
