"""A shortlist as JSON, CSV, CycloneDX and a table on a terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from modelcensus.errors import QueryError
from modelcensus.passports.bom import model_bom
from modelcensus.passports.policy import FAILS, MEETS, NOT_KNOWN, RULE_WORDS, Judgement
from modelcensus.passports.shortlist import Shortlist
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.formats import inert

COLUMNS = (
    "model_id", "hub", "answer", "developer", "country", "licence", "licence_class", "size_class",
)  # fmt: skip
"""Columns of a row before those of the rules: answer and reason of each."""

_VERBS = {MEETS: "meet the rules", NOT_KNOWN: "not known to", FAILS: "fail one"}
_MARKS = {MEETS: "[green]meets[/]", FAILS: "[red]fails[/]"}


def shortlist_rows(found: Shortlist) -> list[dict[str, Any]]:
    """Return a flat row for each model: who, terms, the answer, and each rule with its reason."""
    return [_row(one) for one in found.judgements]


def _row(one: Judgement) -> dict[str, Any]:
    passport, owner = one.passport, one.passport.owner("developer")
    terms = passport.terms
    row: dict[str, Any] = {
        "model_id": passport.model_id,
        "hub": passport.hub,
        "answer": one.answer,
        "developer": (owner.name or "unknown") if owner else "unknown",
        "country": (owner.country or "unknown") if owner else "unknown",
        "licence": (terms.declared or "none declared") if terms else "unknown",
        "licence_class": terms.licence_class if terms else "unknown",
        "size_class": passport.fact("size_class") or "unknown",
    }
    for finding in one.findings:
        row[finding.rule] = finding.answer
        row[f"{finding.rule}_why"] = finding.why
    return row


def shortlist_json(found: Shortlist) -> bytes:
    """Return everything, evidence included."""
    whole = {
        "release": found.release,
        "frame": found.frame,
        "filters": dict(found.filters),
        "policy": asdict(found.policy),
        "notice": found.notice,
        "models_left_by_filters": found.total,
        "looked_at": len(found.judgements),
        "counts": found.counts,
        "rows": [
            {name: row[name] for name in COLUMNS} | {"rules": [asdict(f) for f in one.findings]}
            for one, row in zip(found.judgements, shortlist_rows(found), strict=True)
        ],
    }
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()


def shortlist_csv(found: Shortlist) -> bytes:
    """Return the rows for a spreadsheet: no cell of it is computed."""
    rows = shortlist_rows(found)
    names = list(dict.fromkeys((*COLUMNS, *(name for row in rows for name in row))))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: inert(str(v)) for k, v in row.items()} for row in rows)
    return out.getvalue().encode()


def shortlist_bom(found: Shortlist) -> bytes:
    """Return the models that meet every rule as one bill of materials.

    Raises:
        QueryError: none does.
    """
    meeting = [one.passport for one in found.judgements if one.answer == MEETS]
    if not meeting:
        raise QueryError(
            "no model that was looked at meets every rule",
            where=counted(found),
            next_step="drop a rule, or look at the reasons: --format table",
        )
    return model_bom(meeting)


FORMATS: dict[str, Callable[[Shortlist], bytes]] = {
    "json": shortlist_json,
    "csv": shortlist_csv,
    "cyclonedx": shortlist_bom,
}
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "cyclonedx": "application/vnd.cyclonedx+json; version=1.6",
}


def _marked(answer: str) -> str:
    return _MARKS.get(answer, answer)


def counted(found: Shortlist) -> str:
    """Return in a sentence how many were looked at, and what came of it."""
    told = ", ".join(f"{found.counts[a]:,} {_VERBS[a]}" for a in (MEETS, NOT_KNOWN, FAILS))
    among = f" of {found.total:,} that the filters leave" if found.frame else ""
    return f"{len(found.judgements):,} models{among} were looked at: {told}."


def draw_shortlist(found: Shortlist, out: Console) -> None:
    """Draw the table to a terminal: a row for each model, a column for each rule."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    rules = [f.rule for f in found.judgements[0].findings] if found.judgements else []
    for name in ("answer", "model", "licence", *rules):
        table.add_column(name, overflow="fold")
    for one, row in zip(found.judgements, shortlist_rows(found), strict=True):
        cells = [
            f"{_MARKS.get(f.answer, f.answer)}: {escape(visible(f.why))}" for f in one.findings
        ]
        licence = f"{row['licence']} ({row['licence_class']})"
        table.add_row(
            _marked(one.answer),
            escape(visible(row["model_id"])),
            escape(visible(licence)),
            *cells,
        )
    out.print(table)
    for rule in rules:
        out.print(f"[dim]{rule}: {RULE_WORDS[rule]}[/]")
