"""`census vet reports`: published figures of security tests, their ratios, and what is not known.

These are a report's own printed figures: no case can be looked at, so there is no interval, only
the range that rounding leaves open. The same ratios can be asked for by the id of a claim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.figure import columns
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import UnknownName
from modelcensus.registers.load import Registers
from modelcensus.releases.release import Release
from modelcensus.sources.outcome_record import OPEN
from modelcensus.vet.figures import make_figure, typed
from modelcensus.vet.rounding import (
    Printed,
    Rounded,
    mean_of_ratios,
    ratio_of_means,
    ratio_of_printed,
)

REGISTER = "security_reports"
PRINTED, MEANS, RATIOS, OPEN_V_OPEN = "printed", "ratio of means", "mean of ratios", "open v open"

Cells = Mapping[str, str]

COLUMNS = columns(
    ("series", "", "figures of a report that belong together"),
    ("kind", "", "printed; ratio of means, mean of ratios (over the tasks); or open v open"),
    ("task", "", "what was tested"),
    ("model", "", "tested model"),
    ("reference", "", "what it is compared with"),
    ("model_pct", "per cent", "as printed; of means the mean of what is printed"),
    ("reference_pct", "per cent", "the same of the reference; null when none"),
    ("ratio", "ratio", "of the printed figures; null without a reference, or over 0"),
    ("rounding_low", "ratio", "least ratio that rounds to what is printed"),
    ("rounding_high", "ratio", "largest; null where the reference may be 0"),
    ("measure", "", "what the percentages count"),
    ("scope", "", "what was done"),
    ("unknowns", "", "what the report, or what was seen of it, does not say"),
    ("published_on", "", "day of the report"),
    ("seen", "", "primary or secondary: how the figure was read"),
    ("evidence_url", "", "page that was read"),
)

CAVEAT = (
    "a rounding range is not a confidence interval: the reports print no number of cases per task, "
    "so chance cannot be told from their figures"
)

CLAIMS: dict[str, tuple[str, str, str]] = {
    "caisi-2025-hijack": ("caisi-2025-hijack", MEANS, "DeepSeek R1-0528"),
    "caisi-2025-hijack-mean-of-ratios": ("caisi-2025-hijack", RATIOS, "DeepSeek R1-0528"),
    "caisi-2025-hijack-open-v-open": ("caisi-2025-hijack", OPEN_V_OPEN, "DeepSeek R1-0528"),
    "caisi-2025-jailbreak": ("caisi-2025-jailbreak", PRINTED, "DeepSeek R1-0528"),
}
"""Claim -> series, kind of ratio and model: what the ledger of claims may name."""


def published_reports(release: Release, contract: VetContract) -> VetFigure:
    """Return the published figures, the ratios over their tasks, and the open-v-open rows.

    Method: docs/security.md#published-figures
    """
    table = release.register(REGISTER)
    cells = release.fetch(table.filter(table.seen != "unread").order_by("row_id")).to_pylist()
    rows = [row for _, row in _ratios(cells)]
    return make_figure(
        release,
        contract,
        (),
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=typed(COLUMNS)),
        finding=_finding(cells),
        coverage={"text": f"{len(cells):,} printed figures of {_reports(cells):,} reports"},
        bounds={},
        sensitivity={
            "why_none": "published figures as they were printed; the columns beside them say what "
            "their rounding allows"
        },
        caveats=(CAVEAT,),
        sources=sorted({row["report"] for row in cells}),
    )


def _finding(cells: Sequence[Cells]) -> str:
    """Return what became of the claim that this register was begun for."""
    said = recompute("caisi-2025-hijack", cells)
    beside = recompute("caisi-2025-hijack-open-v-open", cells)
    return (
        f"The published 12 times of 2025 is {said.value:.2f} as a ratio of means, and could be "
        f"{said.low:.2f} to {said.high or 0:.2f} by rounding alone; beside the open-weight model "
        f"of the same report it is {beside.value:.2f}, on the one task that was printed of both."
    )


def _reports(cells: Sequence[Cells]) -> int:
    return len({row["report"] for row in cells})


def recompute(claim: str, cells: Sequence[Cells] | Registers) -> Rounded:
    """Return the ratio that a claim stands on, recomputed from the report's own parts.

    Args:
        claim: a key of CLAIMS.
        cells: rows of the register `security_reports`, or the registers.

    Raises:
        UnknownName: there is no such claim, or the register lacks its parts.
    """
    if claim not in CLAIMS:
        raise UnknownName("claim about security tests", claim, sorted(CLAIMS))
    if isinstance(cells, Registers):
        cells = [row.cells for row in cells.usable(REGISTER)]
    series, kind, model = CLAIMS[claim]
    for found, row in _ratios(cells):
        if (row["series"], row["kind"], row["model"]) == (series, kind, model):
            return found
    raise UnknownName("series of published figures", series, sorted({c["series"] for c in cells}))


def _ratios(cells: Sequence[Cells]) -> Iterator[tuple[Rounded, dict[str, Any]]]:
    """Yield every ratio and its row: printed ones, then those over the tasks of a series."""
    grouped: dict[tuple[str, str, str], list[Cells]] = defaultdict(list)
    for row in cells:
        grouped[row["series"], row["model"], row["reference"]].append(row)
        if row["reference_pct"]:
            yield _told(PRINTED, ratio_of_printed(_pair(row)), [row])
        else:
            yield _told(PRINTED, Rounded(None, 0.0, None), [row])
    for rows in grouped.values():
        if len(rows) > 1 and all(row["reference_pct"] for row in rows):
            pairs = [_pair(row) for row in rows]
            yield _told(MEANS, ratio_of_means(pairs), rows)
            yield _told(RATIOS, mean_of_ratios(pairs), rows)
    yield from _open_v_open(cells)


def _open_v_open(cells: Sequence[Cells]) -> Iterator[tuple[Rounded, dict[str, Any]]]:
    """Yield the ratios of two open models on one task of a series."""
    for row in cells:
        for other in cells:
            is_same = (row["series"], row["task"]) == (other["series"], other["task"])
            is_open = row["model_weights"] == other["model_weights"] == OPEN
            if is_same and is_open and float(row["model_pct"]) > float(other["model_pct"]):
                found = ratio_of_printed((row["model_pct"], other["model_pct"]))
                told, record = _told(OPEN_V_OPEN, found, [row])
                record |= {
                    "reference": other["model"],
                    "reference_pct": float(other["model_pct"]),
                }
                yield told, record


def _pair(row: Cells) -> Printed:
    return (row["model_pct"], row["reference_pct"])


def _told(kind: str, found: Rounded, rows: Sequence[Cells]) -> tuple[Rounded, dict[str, Any]]:
    first = rows[0]
    has_reference = all(row["reference_pct"] for row in rows)
    return found, {
        "series": first["series"],
        "kind": kind,
        "task": "; ".join(row["task"] for row in rows),
        "model": first["model"],
        "reference": first["reference"],
        "model_pct": _mean([row["model_pct"] for row in rows]),
        "reference_pct": _mean([r["reference_pct"] for r in rows]) if has_reference else None,
        "ratio": found.value,
        "rounding_low": found.low if has_reference else None,
        "rounding_high": found.high,
        **{k: first[k] for k in ("measure", "scope", "unknowns", "published_on")},
        **{k: first[k] for k in ("seen", "evidence_url")},
    }


def _mean(printed: Sequence[str]) -> float:
    return sum(float(text) for text in printed) / len(printed)
