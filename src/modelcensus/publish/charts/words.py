"""Titles, subtitles and text alternatives: neutral, unless the data carry a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, percent
from modelcensus.contracts.frame_names import is_whole
from modelcensus.contracts.registry import MEASURES
from modelcensus.contracts.vocabulary import DENOMINATORS, GROUPS, LENSES, RELATIONS, UNKNOWN
from modelcensus.measures.wording import whose
from modelcensus.publish.charts.axes import day_of
from modelcensus.publish.charts.trajectories import Trajectories, Trajectory, time_column
from modelcensus.publish.foreign_text import visible

SIMULATED = "SIMULATED"


def sentence_of(figure: Figure, found: Trajectories) -> str:
    """Return the sentence that trajectories carry, or nothing.

    One group passed another when it is first at the last snapshot, was behind it at the first,
    and what is unknown could not turn that at either end. One group leads throughout when it is
    first at every snapshot by more than what is unknown.
    """
    if not found.is_share or len(found.labels) < 2:
        return ""
    known = [t for t in found.groups if t.is_known and t.last is not None]
    if len(known) < 2:
        return ""
    leader, second = sorted(known, key=lambda t: (-(t.last or 0), t.group))[:2]
    unknown = next((t for t in found.groups if t.group == UNKNOWN), None)
    if not _is_ahead(leader, second, unknown, -1):
        return ""
    begun = max((t for t in known if t is not leader), key=lambda t: (t.values[0] or 0, t.group))
    if _is_ahead(begun, leader, unknown, 0) and _is_ahead(leader, begun, unknown, -1):
        passed, by = models_of(figure, leader), models_of(figure, begun)
        return f"{passed} passed {_uncapitalised(by)}"
    if not is_firm(figure, leader.group):
        return ""
    if all(_leads(leader, known, unknown, index) for index in range(len(found.labels))):
        return f"{models_of(figure, leader)} lead at every snapshot"
    return ""


def is_firm(figure: Figure, group: str) -> bool:
    """Return whether a group leads in every reading, and without its largest model."""
    leaders = {
        row.get("leader")
        for name in ("readings", "leave_one_model_out", "contested_rows")
        for row in figure.sensitivity.get(name) or ()
    }
    ranks = {r.get("rank_without_it", 1) for r in figure.records() if r.get("group") == group}
    return leaders <= {group, None} and ranks <= {1}


def _leads(
    leader: Trajectory, known: Sequence[Trajectory], unknown: Trajectory | None, index: int
) -> bool:
    others = [t for t in known if t is not leader and t.values[index] is not None]
    return all(_is_ahead(leader, other, unknown, index) for other in others)


def _is_ahead(one: Trajectory, two: Trajectory, unknown: Trajectory | None, index: int) -> bool:
    """Return whether one is ahead of another even if all that is unknown were the other's."""
    ahead, behind = one.values[index], two.values[index]
    if ahead is None or behind is None:
        return False
    doubt = (unknown.values[index] or 0.0) if unknown else 0.0
    return ahead - behind > doubt


def models_of(figure: Figure, group: Trajectory) -> str:
    """Return the models of a group as the subject of a title: `Models by developers based in X`."""
    words = whose(figure.contract, group.group, {group.group: group.name})
    words = words.replace("models made by", "models by")
    if words.startswith("the "):
        words = f"models of {words}"
    return words[:1].upper() + words[1:]


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]


def neutral_title(figure: Figure) -> str:
    """Return a title that only says what is shown."""
    contract = figure.contract
    metric, group = contract.metric_term.phrase, GROUPS[contract.by].phrase
    titles = {
        "share": f"Share of {metric} by {group}",
        "series": f"Share of {metric} by {group}",
        "rank": f"{_capital(metric)} by {group}",
        "totals": f"{_capital(metric)} in the frame at each snapshot",
        "crossover": f"{_capital(metric)} of two groups by {group}",
        "derivatives": f"New {_relation(contract)} by {group} of their bases",
        "matrix": f"Who builds on whose models: new {_relation(contract)}",
        "licences": f"Licence classes of models by {group}",
        "duties": "What models declare beside the terms of their bases",
        "concentration": f"Concentration of {metric} by {group}",
        "sizes": f"Sizes of models by {group}",
        "size_history": f"Median size of models by {group}",
    }
    if contract.by == "total":
        titles |= {"series": _capital(metric), "licences": "Licence classes of models"}
    measure = MEASURES.get(contract.measure)
    return titles.get(contract.measure, measure.summary if measure else contract.measure)


def _relation(contract: Contract) -> str:
    return "derivatives" if contract.relation == "any" else RELATIONS[contract.relation].phrase


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def subtitle_of(figure: Figure, what: str, *, shown: int = 0) -> str:
    """Return metric, population, denominator, frame and dates in one line.

    Args:
        figure: the figure.
        what: what the values of the chart are, e.g. "Share of 30-day downloads".
        shown: how many groups are drawn; said where the figure holds more.
    """
    contract, coverage = figure.contract, figure.coverage
    parts = [what]
    if contract.population != "all":
        parts.append(contract.population_value.phrase)
    if contract.lens_value != "developer" and contract.by not in ("namespace", "total"):
        parts.append(f"lens: {LENSES[contract.lens_value].phrase}")
    if contract.outliers != "none":
        parts.append(f"outliers: {contract.outliers}")
    if contract.coding != "census":
        parts.append(f"coding: {contract.coding}")
    parts.append(frame_words(figure))
    parts.append(period_words(figure))
    held = set(figure.rows["group"].to_pylist()) if "group" in figure.rows.column_names else ()
    if 0 < shown < len(held):
        parts.append(f"the {shown} largest of {len(held)} groups, what is unknown included")
    text = "; ".join(part for part in parts if part)
    unknown = coverage.get("unknown_share")
    if contract.denominator != "all" and unknown is not None:
        text += f"; besides, {percent(unknown)} of all is unknown"
    return text


def value_words(figure: Figure, *, is_share: bool) -> str:
    """Return what the values of a chart are: a share of what, or the metric itself."""
    contract = figure.contract
    phrase = contract.metric_term.phrase
    if contract.measure == "size_history":
        what = "models" if contract.metric == "models" else phrase
        told = percent(figure.coverage["sized_share"], 0)
        return f"Median parameters over the {told} of {what} whose models' size is told"
    if contract.measure == "derivatives":
        phrase = f"new {_relation(contract)}"
    if is_share:
        return f"Share of {phrase} {denominator_words(figure)}"
    median = " (median of a group's models)" if contract.outliers == "median" else ""
    return f"{phrase[:1].upper()}{phrase[1:]}{median}"


def denominator_words(figure: Figure) -> str:
    """Return what a share is a share of."""
    return {
        "all": "of all, unknown included",
        "attributed": f"of {DENOMINATORS['attributed'].phrase}",
        "selected": f"of {DENOMINATORS['selected'].phrase}",
    }[figure.contract.denominator]


def frame_words(figure: Figure) -> str:
    """Return the frame as a caption names it."""
    coverage, frame = figure.coverage, figure.contract.frame
    hub = coverage.get("hub", "")
    if coverage.get("is_complete_frame") and is_whole(frame):
        return f"the whole hub {hub}"
    return f"frame {frame} on {hub}" if hub else f"frame {frame}"


def period_words(figure: Figure) -> str:
    """Return the snapshots that answered, as dates."""
    time = time_column(figure)
    found = figure.rows[time].to_pylist() if time else []
    labels = sorted({str(v) for v in found} | {str(r["label"]) for r in _series(figure)})
    if len(labels) > 1:
        unit = "months" if time == "month" else _MOMENTS[figure.contract.along]
        return f"{between(labels[0], labels[-1], 'to')}, {len(labels)} {unit}"
    last = labels[0] if labels else figure.coverage.get("label", "")
    return day_of(str(last)) if last else ""


_MOMENTS = {
    "snapshots": "snapshots",
    "created_year": "years of creation",
    "created_month": "months of creation",
}
"""What the moments of a figure are, by what its time runs along."""


def _series(figure: Figure) -> list[dict[str, Any]]:
    series: list[dict[str, Any]] = figure.details.get("series", [])
    return series


def between(first: str, last: str, link: str) -> str:
    """Return two dates with a word between them; a year they share is written once."""
    start, end = day_of(first), day_of(last)
    if start.split()[-1] == end.split()[-1] and start != end:
        start = start.rpartition(" ")[0]
    return f"{start} {link} {end}"


def listing(pairs: Sequence[tuple[str, str]]) -> str:
    """Return names with values as one part of a sentence."""
    return ", ".join(f"{name} {value}" for name, value in pairs)


def alternative(figure: Figure, kind: str, facts: Sequence[str]) -> str:
    """Return the text alternative of a chart: its kind, what it shows, and the finding."""
    label = f"{SIMULATED} data. " if figure.is_simulated else ""
    told = " ".join(f"{fact.rstrip('.')}." for fact in facts if fact)
    return visible(f"{label}{kind}. {told} {figure.finding}").strip()
