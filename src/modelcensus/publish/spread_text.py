"""A spread on a terminal: the curve in characters, and in words what the choices move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.contracts.defensible import VARIED
from modelcensus.contracts.figure import Figure, percent

HEIGHT, WIDTH = 13, 72
"""Lines and columns of the curve."""
ENDS = 8
"""Definitions shown from each end; all are in --format csv, json or parquet."""
_MARKS = "ox+*#@"
_BOTH = "%"


def draw_curve(figure: Figure, out: Console) -> None:
    """Draw the shares of the distinct definitions from left to right, a character per subject."""
    for line in curve(figure):
        out.print(escape(line), soft_wrap=True)


def curve(figure: Figure) -> Iterator[str]:
    """Yield the lines of the curve; several definitions may share a column of characters."""
    rows = [r for r in figure.records() if r["same_as"] is None]
    subjects = figure.contract.subjects
    top = _top(rows, subjects)
    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for place, row in enumerate(rows):
        column = place * WIDTH // len(rows)
        for mark, subject in zip(_MARKS, subjects, strict=False):
            share = row[f"share_{subject}"]
            if share is not None:
                line = cells[round((1 - share / top) * (HEIGHT - 1))]
                line[column] = mark if line[column] in (" ", mark) else _BOTH
    for number, line in enumerate(cells):
        level = top * (1 - number / (HEIGHT - 1))
        yield f"{100 * level:5.1f} % |{''.join(line).rstrip()}"
    legend = ", ".join(f"{m} {s}" for m, s in zip(_MARKS, subjects, strict=False))
    yield f"        +{'-' * WIDTH}"
    yield f"         {len(rows)} definitions with shares of their own; {legend}, {_BOTH} several"


def _top(rows: Sequence[dict[str, Any]], subjects: Sequence[str]) -> float:
    return max((r[f"share_{s}"] or 0.0 for r in rows for s in subjects), default=0.0) or 1.0


def spread_table(figure: Figure) -> Table:
    """Return the definitions at both ends of the curve and the one that was asked, as a table."""
    rows = [r for r in figure.records() if r["same_as"] is None]
    subjects = figure.contract.subjects
    fields = [n for n in VARIED if len({r[n] for r in rows if r[n] is not None}) > 1]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("definition")
    for subject in (*subjects, *(["gap"] if len(subjects) > 1 else [])):
        table.add_column(escape(f"{subject} (%)"), justify="right")
    table.add_column(escape(", ".join(fields)), overflow="fold")
    for place, row in enumerate(rows):
        if place == ENDS and len(rows) > 2 * ENDS:
            table.add_row("...")
        if row["is_as_asked"] or place < ENDS or place >= len(rows) - ENDS:
            table.add_row(*map(escape, _cells(row, subjects, fields)))
    return table


def _cells(row: dict[str, Any], subjects: Sequence[str], fields: Sequence[str]) -> list[str]:
    numbers = [row[f"share_{s}"] for s in subjects]
    numbers += [row["gap"]] if len(subjects) > 1 else []
    words = ", ".join(str(row[n]) for n in fields if row[n] is not None)
    return [
        row["definition"],
        *("" if n is None else f"{100 * n:.1f}" for n in numbers),
        f"{words}{' (as asked)' if row['is_as_asked'] else ''}",
    ]


def spread_notes(figure: Figure) -> Iterable[str]:
    """Yield what the choices move, what is published, and what the data cannot carry."""
    for row in figure.sensitivity["choices"]:
        between = " and ".join(map(str, row["between"]))
        yield (
            f"[magenta]moves[/]     {row['field']}: median {100 * row['median_change']:.1f} points "
            f"over {row['pairs']} pairs, at most {100 * row['largest_change']:.1f} (between "
            f"{escape(between)}); another leader in {row['flips']}"
        )
    for claim in figure.details["published"]:
        yield (
            f"[green]published[/] {escape(claim['subject'])} {percent(claim['share'])}, "
            f"{escape(claim['period'])}, {escape(claim['source'])}: {escape(claim['scope'])}"
        )
    for row in figure.details["not_carried"]:
        yield f"[dim]not here[/]  {row['definitions']:,} definitions: {escape(row['why'])}"
    for row in figure.details["not_asked"]:
        yield f"[dim]not asked[/] {row['field']} {escape(row['word'])}: {escape(row['why'])}"
