"""The article's statements on a terminal and as plain values."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from modelcensus.claims.article import Statement


def draw_statement(statement: Statement, out: Console) -> None:
    """Print one statement: what it says, what was published, what these data give."""
    colour = "green" if statement.status == "computed" else "yellow"
    out.print(f"[bold]{statement.letter}[/] {escape(statement.text)}")
    out.print(f"  [{colour}]{escape(statement.status)}[/]")
    for claim in statement.published:
        unit = "%" if claim["unit"] == "percent" else claim["unit"]
        where = "; ".join(filter(None, (claim["scope"], claim["source"])))
        out.print(
            f"  [cyan]published[/] {escape(claim['quantity'])}: {escape(claim['value'])} "
            f"{escape(unit)} ({escape(where)})"
        )
    for answer in statement.answers:
        if answer.figure:
            out.print(f"  [magenta]computed[/]  {escape(answer.figure.finding)}")
        else:
            out.print(f"  [yellow]not here[/]  {escape(answer.why_not)}")
    if statement.status != "computed":
        out.print(f"  [yellow]needs[/]     {escape(statement.needs)}")
    if statement.drift:
        out.print(f"  [dim]drift     {escape(statement.drift)}[/]")
    out.print()


def statement_to_dict(statement: Statement) -> dict[str, Any]:
    """Return one statement as plain values, figures as their envelopes."""
    return {
        "statement": statement.letter,
        "text": statement.text,
        "status": statement.status,
        "published": [row.cells for row in statement.published],
        "answers": [
            {
                "measure": a.question.measure,
                "subjects": list(a.question.subjects),
                "frame": a.frame,
                "figure": a.figure.to_dict() if a.figure else None,
                "why_not": a.why_not,
            }
            for a in statement.answers
        ],
        "needs": statement.needs,
        "drift": statement.drift,
    }
