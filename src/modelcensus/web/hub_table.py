"""Families or developers on several hubs: a row for each, a column for each thing a hub counts."""

from __future__ import annotations

from modelcensus.contracts.figure import Column, Figure
from modelcensus.publish.foreign_text import visible
from modelcensus.web.cards import Cell, Rows
from modelcensus.web.linking import Reader
from modelcensus.web.questions import Page

GROUPS = 25
"""Groups that are shown; the figure's own page has all."""


def hub_table(reader: Reader, figure: Figure) -> Rows:
    """Return places and sums beside each other; nothing is added up over columns."""
    views = list(dict.fromkeys(_view(row) for row in figure.records()))
    found: dict[str, dict[tuple[str, ...], Cell]] = {}
    names: dict[str, str] = {}
    best: dict[str, int] = {}
    for row in figure.records():
        group = row["group"]
        names[group] = row["name"]
        if row["rank"] is not None:
            best[group] = min(best.get(group, row["rank"]), row["rank"])
        text = "no count" if row["value"] is None else f"{row['rank']}. {row['value']:,}"
        found.setdefault(group, {})[_view(row)] = Cell(text, True)
    last = 1 + max(best.values(), default=0)
    order = sorted(found, key=lambda g: (best.get(g, last), names[g]))[:GROUPS]
    by = figure.contract.by
    headers = [
        Column(by, "", "group"),
        *(Column(_said(view), "sum", "place. sum") for view in views),
    ]
    rows = [
        [
            Cell(visible(names[group]), False, reader.group(by, group)),
            *(found[group].get(view, Cell("not there", True)) for view in views),
        ]
        for group in order
    ]
    return Rows(tuple(headers), tuple(map(tuple, rows)), Page(1, GROUPS, len(found)))


def _view(row: dict[str, str]) -> tuple[str, ...]:
    return (row["hub"], row["metric"], row["kind"], row["as_of"][:10])


def _said(view: tuple[str, ...]) -> str:
    hub, metric, kind, as_of = view
    return f"{hub}: {metric} ({kind}, {as_of})"
