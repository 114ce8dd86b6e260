"""Tables of security tests and of facts about files, cut to what a page can show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelcensus.contracts.figure import Column, Figure, percent
from modelcensus.contracts.vet_contract import COMPARE, RATES, REPORTS
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.measures.file_facts import FACTS
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.forest_axis import forest_rows
from modelcensus.web.cards import Cell, Rows
from modelcensus.web.questions import Page
from modelcensus.web.templating import day

FILE_GROUPS = 12
"""Groups of a table of facts about files."""


def chief_table(figure: VetFigure) -> Rows:
    """Return the chief columns of a figure about security tests; its files have all."""
    headers, lay = _LAID_OUT.get(figure.contract.measure, ((), _all_cells))
    chief = tuple(Column(name, unit, "") for name, unit in headers)
    rows = tuple(tuple(row) for row in lay(figure))
    return Rows(chief or figure.columns, rows, Page(1, max(1, len(rows)), len(rows)))


def _text(value: Any) -> Cell:
    return Cell(visible(str(value)), False)


def _number(value: Any) -> Cell:
    return Cell(visible(str(value)), True)


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "unknown"
    return f"{percent(low)} to {percent(high)}"


def _rates(figure: VetFigure) -> list[list[Cell]]:
    return [
        [
            _text(row["model"]),
            _text(row["weights"]),
            _number(percent(row["rate"])),
            _number(_range(row["low"], row["high"])),
            _number(f"{row['hits']:,.0f} of {row['cases']:,}"),
            _number(row["missing"]),
            _number(percent(row["utility"])),
            _text(row["flags"]),
        ]
        for row in figure.records()
    ]


def _compared(figure: VetFigure) -> list[list[Cell]]:
    found = []
    for row, shown in zip(figure.records(), forest_rows(figure), strict=True):
        p = row["p_holm"] if row["p_holm"] is not None else row["p"]
        found.append(
            [
                _text(shown.model),
                _text(f"{shown.reference}{'' if shown.is_asked else ' (open v open)'}"),
                _number(shown.counts),
                _number(f"{percent(row['model_rate'])} v {percent(row['reference_rate'])}"),
                _number(shown.said),
                _number(shown.utility),
                _number("" if p is None else f"{p:.2g}"),
                _text(shown.flags),
            ]
        )
    return found


def _reports(figure: VetFigure) -> list[list[Cell]]:
    return [
        [
            _text(row["kind"]),
            _text(row["task"]),
            _text(row["model"]),
            _text(row["reference"]),
            _number(_printed(row)),
            _number("" if row["ratio"] is None else f"{row['ratio']:.2f}"),
            _number(_rounding(row)),
            Cell(visible(f"{row['series']}, {day(row['published_on'])}"), False,
                 row["evidence_url"] if row["evidence_url"].startswith("https://") else ""),
        ]
        for row in figure.records()
    ]  # fmt: skip


def _printed(row: Mapping[str, Any]) -> str:
    ours = "unknown" if row["model_pct"] is None else f"{row['model_pct']:.3g} %"
    return ours if row["reference_pct"] is None else f"{ours} v {row['reference_pct']:.3g} %"


def _rounding(row: Mapping[str, Any]) -> str:
    if row["rounding_low"] is None:
        return ""
    high = row["rounding_high"]
    return f"{row['rounding_low']:.2f} to {'no limit' if high is None else f'{high:.2f}'}"


def _all_cells(figure: VetFigure) -> list[list[Cell]]:
    return [[_text(value) for value in row.values()] for row in figure.records()]


Laid = Callable[[VetFigure], list[list[Cell]]]
Headers = tuple[tuple[str, str], ...]

_LAID_OUT: dict[str, tuple[Headers, Laid]] = {
    RATES: (
        (("model", ""), ("weights", ""), ("rate", "%"), ("95 % interval", "%"),
         ("attacker reached the goal", "cases"), ("missing", "cases"), ("utility", "%"),
         ("flags", "")),
        _rates,
    ),
    COMPARE: (
        (("model", ""), ("reference", ""), ("attacker reached the goal", "cases"),
         ("rates", "%"), ("ratio (95 %)", "ratio"), ("utility", "%"), ("McNemar p (Holm)", "p"),
         ("flags", "")),
        _compared,
    ),
    REPORTS: (
        (("figure", ""), ("task", ""), ("model", ""), ("reference", ""), ("as printed", "%"),
         ("ratio", "ratio"), ("rounding allows", "ratio"), ("report", "")),
        _reports,
    ),
}  # fmt: skip


def file_table(figure: Figure) -> Rows:
    """Return facts about files, a row for each of the largest groups and a column for each fact."""
    groups: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in figure.records():
        groups.setdefault(row["name"], {})[row["fact"]] = row
    shown = list(groups.items())[:FILE_GROUPS]
    told = [f for f in FACTS if any(facts[f]["known"] for _, facts in shown)]
    headers = [Column(figure.contract.by, "", "group"), Column("models", "models", "of the group")]
    headers += [Column(fact, "%", "share of the models of which the source tells") for fact in told]
    rows = [
        [_text(name), _number(f"{max(facts[f]['known'] for f in FACTS):,}")]
        + [_number(percent(facts[f]["share"])) for f in told]
        for name, facts in shown
    ]
    return Rows(tuple(headers), tuple(map(tuple, rows)), Page(1, FILE_GROUPS, len(groups)))
