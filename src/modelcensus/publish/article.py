"""The article's statements on a terminal and as plain values."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from modelcensus.claims.article import COMPUTED, NOT_KNOWABLE, QUOTED, Statement
from modelcensus.claims.ledger import ClaimResult
from modelcensus.publish.foreign_text import visible

LISTED = 6
"""Claims printed below a statement; the others are in `census claims --statement LETTER`."""

RECORDS = 4
"""Sentences about records printed for a statement."""


def draw_statement(statement: Statement, out: Console) -> None:
    """Print one statement: how it ends, what was published with verdicts, what these data give."""
    colour = {COMPUTED: "green", NOT_KNOWABLE: "yellow"}.get(statement.status, "cyan")
    out.print(f"[bold]{statement.letter}[/] {escape(statement.text)}")
    _line(out, colour, statement.status, statement.why, width=len(statement.status) + 1)
    for answer in statement.answers:
        if answer.figure:
            _line(out, "magenta", "figure", answer.figure.finding)
        else:
            _line(out, "yellow", "not here", answer.why_not)
    for record in statement.records[:RECORDS]:
        _line(out, "blue", "records", record)
    if len(statement.records) > RECORDS:
        _line(out, "dim", "", f"and {len(statement.records) - RECORDS} more in --json")
    # what the article quotes, what was recomputed, the first sources before those who repeat them
    ordered = sorted(
        statement.claims,
        key=lambda r: (r.claim.id not in QUOTED, not r.is_computed, len(r.claim.chain)),
    )
    for result in ordered[:LISTED]:
        basis = f", {result.basis}" if result.basis else ""
        value = f"; recomputed {result.computed}" if result.computed else ""
        _line(
            out,
            "cyan",
            "claim",
            f"{result.claim.row['quantity']}: {result.published} - {result.verdict}{basis}{value}. "
            f"{result.claim.id}: {' <- '.join(_sources(result))}",
        )
    if len(ordered) > LISTED:
        rest = len(ordered) - LISTED
        more = f"and {rest} more: census claims --statement {statement.letter}"
        _line(out, "dim", "", more)
    if statement.drift:
        _line(out, "dim", "drift", statement.drift)
    out.print()


def _sources(result: ClaimResult) -> list[str]:
    """Return a claim's source, those that it repeats, and the first one that is known."""
    claim = result.claim
    names = [claim.row["source"], *(step["source"] for step in claim.chain), claim.first_source]
    return list(dict.fromkeys(names))


def _line(out: Console, colour: str, title: str, text: str, width: int = 9) -> None:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(min_width=width, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(f"[{colour}]{escape(title)}[/]", escape(visible(text)))
    out.print(Padding(table, (0, 0, 0, 2)))


def statement_to_dict(statement: Statement) -> dict[str, Any]:
    """Return one statement as plain values, figures as their envelopes."""
    return {
        "statement": statement.letter,
        "text": statement.text,
        "status": statement.status,
        "why": statement.why,
        "published": [r.claim.row.cells for r in statement.claims],
        "claims": [
            {
                "claim_id": r.claim.id,
                "verdict": r.verdict,
                "basis": r.basis or None,
                "published": r.published,
                "recomputed": r.computed or None,
                "reason": r.reason,
                "source_chain": _sources(r),
            }
            for r in statement.claims
        ],
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
        "records": list(statement.records),
        "needs": statement.needs,
        "drift": statement.drift,
    }
