"""The ledger of claims as bytes: JSON with everything, CSV and Markdown with one row per claim."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from modelcensus.claims.judging import Reading, difference
from modelcensus.claims.ledger import ClaimResult, count_verdicts, missing_files
from modelcensus.publish.claims import claim_sections
from modelcensus.publish.formats import escape_markdown

FLAT = (
    *("claim_id", "statement", "verdict", "basis", "published", "recomputed", "tolerance"),
    *("reason", "needs_field", "needs_file", "import_with", "definition", "release"),
    *("first_source", "repeats", "contradicts", "evidence_url", "seen", "seen_on"),
)
"""Columns of the flat formats."""


def claim_to_dict(result: ClaimResult) -> dict[str, Any]:
    """Return a claim with its verdict as plain values; figures as their envelopes."""
    claim, row = result.claim, result.claim.row
    figure = result.outcome.figure if result.outcome else None
    is_known = result.reading is not None
    return {
        "claim_id": claim.id,
        "verdict": result.verdict,
        "basis": result.basis or None,
        "reason": result.reason,
        "claim": dict(row.cells),
        "published": {"text": result.published, "value": claim.amount, "unit": row["unit"]},
        "recomputed": _reading(result.reading),
        "difference": difference(claim.amount, result.reading) if result.reading else None,
        "tolerance": result.tolerance if is_known else None,
        "own_parts": _reading(result.own_parts),
        "other_readings": result.other_readings,
        "figure": figure.to_dict() if figure else None,
        "why_not": result.outcome.why_not or None if result.outcome else None,
        "beside": [
            {"frame": b.frame, "reading": _reading(b.reading), "figure": b.figure.to_dict()}
            for b in result.beside
        ],
        "needs": vars(result.needs) if result.needs else None,
        "first_source": claim.first_source,
        "chain": [step["claim_id"] for step in claim.chain],
        "repeated_by": [other["claim_id"] for other in claim.repeated_by],
        "contradicts": [other["claim_id"] for other in claim.contradicts],
        "procedures": [dict(p.row.cells) for _, p in sorted(claim.procedures.items())],
    }


def _reading(reading: Reading | None) -> dict[str, float] | None:
    return vars(reading) if reading else None


def summary_to_dict(results: Sequence[ClaimResult]) -> dict[str, Any]:
    """Return counts, the ids of each verdict, and what is missing."""
    return {
        "claims": len(results),
        "verdicts": count_verdicts(results),
        "computed": {
            basis: [r.claim.id for r in results if r.basis == basis]
            for basis in sorted({r.basis for r in results if r.basis})
        },
        "missing": [
            {"file": needs.file, "import_with": needs.import_with, "claims": ids}
            for needs, ids in missing_files(results).items()
        ],
    }


def claims_to_json(results: Sequence[ClaimResult]) -> bytes:
    """Return the claims with everything that belongs to them."""
    return _json([claim_to_dict(r) for r in results])


def claim_to_json(result: ClaimResult) -> bytes:
    """Return one claim."""
    return _json(claim_to_dict(result))


def summary_to_json(results: Sequence[ClaimResult]) -> bytes:
    """Return the summary."""
    return _json(summary_to_dict(results))


def _json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=_iso)
    return (text + "\n").encode()


def _iso(value: Any) -> str:
    text: str = value.isoformat()
    return text


def flat_row(result: ClaimResult) -> dict[str, str]:
    """Return one claim as the texts of `FLAT`."""
    claim = result.claim
    figure = result.outcome.figure if result.outcome else None
    needs = result.needs
    return {
        "claim_id": claim.id,
        "statement": claim.row["statement"],
        "verdict": result.verdict,
        "basis": result.basis,
        "published": result.published,
        "recomputed": result.computed,
        "tolerance": "" if result.tolerance is None else f"{result.tolerance:g}",
        "reason": result.reason,
        "needs_field": needs.field if needs else "",
        "needs_file": needs.file if needs else "",
        "import_with": needs.import_with if needs else "",
        "definition": figure.contract.id if figure else "",
        "release": figure.release if figure else "",
        "first_source": claim.first_source,
        "repeats": claim.row["repeats"],
        "contradicts": ";".join(other["claim_id"] for other in claim.contradicts),
        **{name: claim.row[name] for name in ("evidence_url", "seen", "seen_on")},
    }


def claims_to_csv(results: Sequence[ClaimResult]) -> bytes:
    """Return one row per claim."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, FLAT, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(flat_row, results))
    return stream.getvalue().encode()


def claims_to_plain(results: Sequence[ClaimResult]) -> bytes:
    """Return one tab-separated row per claim, for pipes."""
    rows = [FLAT, *(tuple(flat_row(r).values()) for r in results)]
    text = "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)
    return (text + "\n").encode()


def claims_to_markdown(results: Sequence[ClaimResult]) -> bytes:
    """Return a table of the claims."""
    names = ("claim_id", "verdict", "basis", "published", "recomputed", "reason")
    lines = [f"| {' | '.join(names)} |", f"|{'|'.join('---' for _ in names)}|"]
    for result in results:
        row = flat_row(result)
        lines.append(f"| {' | '.join(escape_markdown(row[name]) for name in names)} |")
    return ("\n".join(lines) + "\n").encode()


def claim_to_markdown(result: ClaimResult) -> bytes:
    """Return one claim in full."""
    row = result.claim.row
    basis = f", {result.basis}" if result.basis else ""
    lines = [
        f"**{escape_markdown(row['claim_id'])}**: {escape_markdown(row['quantity'])}: "
        f"{escape_markdown(result.published)}",
        "",
        f"**{result.verdict}**{basis}. {escape_markdown(result.reason)}",
    ]
    for title, found in claim_sections(result):
        if found:
            lines += ["", f"{title[0].upper()}{title[1:]}:", ""]
            lines += [f"- {escape_markdown(line.strip())}" for line in found]
    return ("\n".join(lines) + "\n").encode()


FORMATS: dict[str, Callable[[Sequence[ClaimResult]], bytes]] = {
    "json": claims_to_json,
    "csv": claims_to_csv,
    "md": claims_to_markdown,
    "plain": claims_to_plain,
}
"""Written formats of a list; `table` is drawn by claims.py."""
