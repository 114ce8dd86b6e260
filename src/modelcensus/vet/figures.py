"""What every figure about security tests has in common: types, sources, what it does not show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.figure import Column
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.releases.release import Release
from modelcensus.vet.runs import Run
from modelcensus.vet.wording import DOES_NOT_SHOW

_WHOLE = ("cases", "tasks", "goals", "models", "attempts", "files", "bytes")
_FRACTIONAL = ("model_hits", "reference_hits", "hits", "effective_cases")
"""Counts of cases that may be fractional, because repetitions are averaged."""


def typed(columns: Sequence[Column]) -> pa.Schema:
    """Return the schema that the units of columns imply."""
    return pa.schema([(column.name, _type(column)) for column in columns])


def _type(column: Column) -> pa.DataType:
    if not column.unit:
        return pa.string()
    if column.unit in _WHOLE and column.name not in _FRACTIONAL:
        return pa.int64()
    return pa.float64()


def make_figure(
    release: Release,
    contract: VetContract,
    runs: Sequence[Run],
    *,
    columns: tuple[Column, ...],
    rows: pa.Table,
    finding: str,
    coverage: dict[str, Any],
    bounds: dict[str, Any],
    sensitivity: dict[str, Any],
    caveats: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> VetFigure:
    """Return a figure with what follows from its runs filled in."""
    simulated = any(run.is_simulated for run in runs)
    lists = {name for run in runs for name in run.sources}
    entries = [e for e in release.manifest["evidence"] if e["name"] in lists]
    told = {f"{e['source']['title']} ({e['source']['attribution']})" for e in entries}
    return VetFigure(
        contract=contract,
        columns=columns,
        rows=rows,
        finding=f"{'SIMULATED: ' if simulated else ''}{finding}",
        does_not_show=DOES_NOT_SHOW,
        coverage=coverage,
        bounds=bounds,
        sensitivity=sensitivity,
        caveats=tuple(dict.fromkeys(caveats)),
        release=release.name,
        registers=release.registers,
        sources=tuple(sorted(told | set(sources))) or ("none",),
        is_simulated=simulated,
        details={"evidence": [{k: e[k] for k in ("name", "as_of")} for e in entries]},
    )
