"""Which results a frontier can be drawn from: one benchmark, one metric, enough makers, dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.frontier import Result, sign_of
from modelcensus.releases.release import Release

NEEDED = (
    "a leaderboard with one benchmark and metric, dated models of at least {makers} makers, open "
    "and closed, measured by others than their makers: `census import benchmarks PATH --option "
    "as-of=DAY --option reported-by=independent`, then `census build`"
)


@dataclass(frozen=True)
class Cell:
    """The results on one benchmark by one metric, as asked for.

    Attributes:
        rows: of the table `benchmarks`, one per model, the lowest where it has several.
        sign: 1 where more is better, -1 where less is.
        repeated: results beside these of models that have several.
        undated: results without a day, which enter no frontier.
        beside: results of the same cell that were reported otherwise.
    """

    dataset: str
    metric: str
    rows: list[dict[str, Any]]
    sign: int
    repeated: int
    undated: int
    beside: int

    def results(self, by: str) -> list[Result]:
        """Return the results with their groups, turned so that more is better."""
        return [
            Result(
                row["model"],
                self.sign * row["value"],
                row["dated_on"],
                "all" if by == "total" else row[by],
                maker_of(row),
                row["weights"] == "open",
            )
            for row in self.rows
            if row["weights"] in ("open", "closed")
        ]


def maker_of(row: dict[str, Any]) -> str:
    """Return the developer, else the account, that a result is of."""
    return row["developer"] if row["developer"] != UNKNOWN else row["account"] or UNKNOWN


def choose_cell(release: Release, contract: Contract) -> Cell:
    """Return the results that a definition asks for.

    Raises:
        ContractError: there are none, the benchmark is not named and several could answer, or a
            frontier cannot be drawn from them; the text says what is there and what is needed.
    """
    makers = int(release.settings.frontier_makers)
    needed = NEEDED.format(makers=makers)
    table = release.table("benchmarks")
    everything = release.fetch(
        table.order_by(["dataset", "metric", "model", "value", "evidence_id"])
    ).to_pylist()
    if not everything:
        raise ContractError(
            "no result on any benchmark is in this release",
            where=f"release {release.name}",
            next_step=f"import {needed}",
        )
    asked = [r for r in everything if contract.reported in ("any", r["reported_by"])]
    cells = _cells(asked)
    key = _named(contract, cells, everything, makers, needed)
    rows, other = cells[key], _cells(everything)[key]
    dated = [r for r in rows if r["dated_on"] is not None]
    one: dict[str, dict[str, Any]] = {}
    sign = sign_of(key[1])
    for row in sorted(dated, key=lambda r: sign * r["value"]):
        one.setdefault(row["model"], row)
    cell = Cell(
        *key,
        list(one.values()),
        sign,
        len(dated) - len(one),
        len(rows) - len(dated),
        len(other) - len(rows),
    )
    _require(contract, cell, makers, needed)
    return cell


def _cells(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["dataset"] and row["metric"]:
            found.setdefault((row["dataset"], row["metric"]), []).append(row)
    return found


def _makers(rows: Sequence[dict[str, Any]]) -> int:
    return len({maker_of(r) for r in rows})


def _named(
    contract: Contract,
    cells: dict[tuple[str, str], list[dict[str, Any]]],
    everything: Sequence[dict[str, Any]],
    makers: int,
    needed: str,
) -> tuple[str, str]:
    """Return the cell that is asked for, or the only one with enough makers."""
    dataset, _, metric = contract.benchmark.partition("|")
    fit = [
        k for k in cells
        if not dataset or (k[0] == dataset and metric in ("", k[1]))
    ]  # fmt: skip
    able = [k for k in fit if _makers(cells[k]) >= makers]
    if len(able) == 1 or (dataset and len(fit) == 1):
        return (able or fit)[0]
    if able:
        raise ContractError(
            f"{len(able)} benchmarks could answer, and they measure different things",
            where="; ".join(f"{d}|{m}" for d, m in able[:8]),
            next_step=f"choose one, e.g. --benchmark '{able[0][0]}|{able[0][1]}'",
        )
    whole = _cells(everything)
    most = max((_makers(r) for r in whole.values()), default=0)
    said = f"{contract.benchmark!r}" if dataset else "any benchmark here"
    raise ContractError(
        f"no frontier can be drawn from {said}: it takes results of {makers} makers, and none "
        f"with results reported as {contract.reported!r} has them",
        where=f"{len(everything):,} results in {len(whole):,} pairs of benchmark and metric "
        f"({sum(not (r['dataset'] and r['metric']) for r in everything):,} results name no pair); "
        f"at most {most} makers in any; "
        f"{sum(r['reported_by'] == 'independent' for r in everything):,} measured by others",
        next_step=f"import {needed}",
    )


def _require(contract: Contract, cell: Cell, makers: int, needed: str) -> None:
    """Refuse a cell from which no frontier can be drawn."""
    why = ""
    days = {r["dated_on"] for r in cell.rows}
    if not cell.sign:
        why = f"the metric {cell.metric!r} does not say whether more or less of it is better"
    elif _makers(cell.rows) < makers:
        why = (
            f"dated results of {_makers(cell.rows)} makers are there "
            f"({cell.undated} results have no day), and it takes {makers}"
        )
    elif len(days) < 2:
        why = "all its models are of one day"
    elif not any(r["weights"] == "open" for r in cell.rows):
        why = "no model in it is known to have open weights"
    if why:
        raise ContractError(
            f"no frontier can be drawn from {cell.dataset!r} by {cell.metric!r}: {why}",
            where=f"census capability --benchmark '{cell.dataset}|{cell.metric}' "
            f"--reported {contract.reported}",
            next_step=f"import {needed}",
        )
