"""The best open models on a benchmark over time, by group; lags between groups, open and closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.benchmark_cells import Cell, choose_cell
from modelcensus.measures.frontier import (
    Lag,
    Result,
    lag_between,
    makers_near,
    records_of,
    running_best,
    without_model,
)
from modelcensus.measures.subjects import find_group
from modelcensus.measures.wording import group_names
from modelcensus.releases.release import Release

GROUPINGS = ("country", "developer", "developer_type", "total")

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("since", "", "day from which the model was the best open one of its group"),
    ("value", "as the metric", "its result"),
    ("model", "", "the model"),
    ("developer", "", "who made it; `unknown` where the registers do not say"),
    ("is_best_of_all", "", "whether no open model of any group had reached that before"),
    ("days_behind", "days", "since any open model first reached that; 0: it was the first"),
)
_SCHEMA = pa.schema(
    [
        ("group", pa.string()),
        ("name", pa.string()),
        ("since", pa.string()),
        ("value", pa.float64()),
        ("model", pa.string()),
        ("developer", pa.string()),
        ("is_best_of_all", pa.bool_()),
        ("days_behind", pa.int64()),
    ]
)
NOT_SHOWN = (
    "capability as such: one benchmark by one metric, which models may have been trained for",
    "models that nobody measured on it: a group without a result is not shown, not worst",
    "what makes a group catch up: a lag is described, not explained",
    "a country's ability: a country stands for the developer's primary base at release",
)


def best_over_time(release: Release, contract: Contract) -> Figure:
    """Records of the best open models of each group on one benchmark.

    Returns:
        Figure with a row per record (a result better than all before it in its group), in order
        of the groups' best results and of time, `unknown` last. `details` hold lags between
        groups and of open behind closed weights, and the makers near the best.

    Raises:
        ContractError: no frontier can be drawn from the results that are here; the text says why
            and what would be needed.
        UnknownName: a subject is no group of the results.

    Method: docs/methods.md#capability
    """
    if contract.by not in GROUPINGS:
        raise ContractError(
            f"results on benchmarks are not grouped by {contract.by}",
            where=f"--by {contract.by}",
            next_step=f"--by {', '.join(GROUPINGS)}",
        )
    cell = choose_cell(release, contract)
    contract = contract.with_values(benchmark=f"{cell.dataset}|{cell.metric}")
    results = [r for r in cell.results(contract.by) if _is_inside(r, contract)]
    opened = [r for r in results if r.is_open]
    if not opened:
        raise ContractError(
            f"no open model with a result is of {contract.period}",
            where=f"census capability --period {contract.period}",
            next_step="choose another period, or --period all",
        )
    names = group_names(release, contract)
    groups = _ordered(opened)
    subjects = [find_group(s, groups, names, contract.by) for s in contract.subjects]
    contract = contract.with_values(subjects=tuple(subjects))
    listed = subjects or groups
    by_model = {row["model"]: row for row in cell.rows}
    rows = [row for g in listed for row in _rows(opened, g, names, by_model, cell.sign)]
    simulated = any(row["is_simulated"] for row in cell.rows)
    ids = {row["evidence_id"] for row in cell.rows}
    sources = [e["source"] for e in release.manifest["evidence"] if e["id"] in ids]
    near = float(release.settings.frontier_within)
    return Figure(
        contract=contract,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=("SIMULATED: " if simulated else "") + _finding(cell, opened, rows, names),
        does_not_show=NOT_SHOWN,
        coverage=_coverage(cell, results),
        bounds=_bounds(opened, listed, cell.sign),
        sensitivity=_sensitivity(opened, listed, cell.sign),
        caveats=_caveats(contract, cell, opened),
        release=release.name,
        registers=release.registers,
        sources=tuple(s["attribution"] for s in sources),
        licences=tuple(s["licence"] for s in sources),
        is_simulated=simulated,
        details={
            "lags": lags_of(opened, listed),
            "open_behind_closed": open_behind_closed(results),
            "makers_near_the_best": makers_near(opened, near),
        },
    )


def _is_inside(result: Result, contract: Contract) -> bool:
    period = contract.period_value
    at = datetime.combine(result.on, time(), UTC)
    if period.end is not None and at >= period.end:
        return False
    return period.is_instant or period.start is None or at >= period.start


def _ordered(results: Sequence[Result]) -> list[str]:
    best: dict[str, float] = {}
    for result in results:
        best[result.group] = max(result.value, best.get(result.group, result.value))
    known = sorted((g for g in best if g != UNKNOWN), key=lambda g: (-best[g], g))
    return known + [UNKNOWN] * (UNKNOWN in best)


def _rows(
    results: Sequence[Result],
    group: str,
    names: dict[str, str],
    by_model: dict[str, dict[str, Any]],
    sign: int,
) -> list[dict[str, Any]]:
    return [
        {
            "group": group,
            "name": names.get(group, group),
            "since": record.result.on.isoformat(),
            "value": sign * record.result.value,
            "model": record.result.model,
            "developer": by_model[record.result.model]["developer"],
            "is_best_of_all": record.behind == 0,
            "days_behind": record.behind,
        }
        for record in records_of(results, group)
    ]


def lags_of(results: Sequence[Result], groups: Sequence[str]) -> list[dict[str, Any]]:
    """Return how long each group took to reach the records of each other one."""
    until = max(r.on for r in results)
    sides = {g: [r for r in results if r.group == g] for g in groups}
    return [
        {"ahead": one, "behind": other} | _lag(lag_between(sides[one], sides[other], until))
        for one in groups
        for other in groups
        if one != other
    ]


def open_behind_closed(results: Sequence[Result]) -> dict[str, Any] | None:
    """Return how long open models took to reach the records of closed ones; None without any."""
    closed = [r for r in results if not r.is_open]
    if not closed:
        return None
    until = max(r.on for r in results)
    found = lag_between(closed, [r for r in results if r.is_open], until)
    return {"closed_models": len(closed)} | _lag(found)


def _lag(lag: Lag) -> dict[str, Any]:
    return {
        "records": len(lag.days) + len(lag.open_days),
        "reached": len(lag.days),
        "median_days": lag.median,
        "median_days_at_least": lag.at_least,
        "days": list(lag.days),
        "not_reached_for_days": list(lag.open_days),
    }


def _coverage(cell: Cell, results: Sequence[Result]) -> dict[str, Any]:
    known = sum(r.group != UNKNOWN for r in results)
    return {
        "text": f"{len(results)} models with a dated result on {cell.dataset} by {cell.metric}, "
        f"{sum(r.is_open for r in results)} of them open; the group of {known} is known",
        "models": len(results),
        "open_models": sum(r.is_open for r in results),
        "makers": len({r.maker for r in results}),
        "results_without_a_day": cell.undated,
        "further_results_of_the_same_model": cell.repeated,
        "results_reported_otherwise": cell.beside,
        "models_of_unknown_weights": len(cell.rows) - len(cell.results("total")),
    }


def _bounds(results: Sequence[Result], groups: Sequence[str], sign: int) -> dict[str, Any]:
    """Return how good each group's best could be if models of unknown groups were its own."""
    unknown = max((r.value for r in results if r.group == UNKNOWN), default=None)
    found = {}
    for group in groups:
        best = max(r.value for r in results if r.group == group)
        most = best if unknown is None else max(best, unknown)
        found[group] = sorted([sign * best, sign * most])
    return {"best_within_list": found}


def _sensitivity(results: Sequence[Result], groups: Sequence[str], sign: int) -> dict[str, Any]:
    """Return each group's best, and what it is without its best model."""
    found = {}
    for group in groups:
        mine = [r for r in results if r.group == group]
        top = running_best(mine)[-1]
        left = running_best(list(without_model(mine, top.model)))
        found[group] = {
            "best": sign * top.value,
            "model": top.model,
            "without_it": sign * left[-1].value if left else None,
        }
    return {"without_the_best_model": found}


def _caveats(contract: Contract, cell: Cell, results: Sequence[Result]) -> tuple[str, ...]:
    texts = [
        "a model counts from its release where the list says so, else from the creation of its "
        "repository, which may be later",
    ]
    if contract.reported != "independent":
        texts.insert(0, "results that makers report of their own models are their claims")
    if cell.repeated:
        texts.append(f"{cell.repeated} further results of models with several: the lowest counts")
    unknown = Counter(r.group for r in results)[UNKNOWN]
    if unknown:
        texts.append(f"{unknown} open models have no known group: a record may be another group's")
    return tuple(texts)


def _finding(
    cell: Cell, results: Sequence[Result], rows: Sequence[dict[str, Any]], names: dict[str, str]
) -> str:
    last = {row["group"]: row for row in rows}
    said = [f"{names.get(g, g)} {row['value']:g} since {row['since']}" for g, row in last.items()]
    first, until = min(r.on for r in results), max(r.on for r in results)
    return (
        f"Best open models on {cell.dataset} by {cell.metric}, {first} to {until}: "
        f"{'; '.join(said[:6])}."
    )
