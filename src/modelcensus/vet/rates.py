"""`census vet rates`: how often the attacker's goal was reached in each run, beside utility."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.figure import columns, percent
from modelcensus.contracts.vet_contract import ANY_ATTACK, VERDICTS, VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import ContractError
from modelcensus.releases.release import Release
from modelcensus.vet.clusters import Clusters, design_effect
from modelcensus.vet.comparison import LOW_CAPABILITY, UTILITY_UNKNOWN
from modelcensus.vet.figures import make_figure, typed
from modelcensus.vet.grids import get_grid
from modelcensus.vet.intervals import one_rate
from modelcensus.vet.rules import runs_of
from modelcensus.vet.runs import Run, mean_of, read_runs
from modelcensus.vet.unions import unions
from modelcensus.vet.wording import AS_PUBLISHED, INDEPENDENT

COLUMNS = columns(
    ("engine", "", "what ran the cases"),
    ("benchmark_version", "", "version of the cases, or unstated"),
    ("attack", "", "name of the attack"),
    ("setting", "", "threat model or detector; empty when none"),
    ("model", "", "tested model; @ names its revision and + its defence"),
    ("weights", "", "open, closed or unknown"),
    ("cases", "cases", "cases with a verdict"),
    ("hits", "cases", "of those, cases that the attacker won"),
    ("rate", "fraction", "hits over cases; null over none"),
    ("low", "fraction", "lower limit, 95 %, as if cases were independent"),
    ("high", "fraction", "upper limit; without a hit, the exact one"),
    ("missing", "cases", "planned cases without a verdict"),
    ("rate_if_missing_low", "fraction", "rate over the planned cases if none missing were lost"),
    ("rate_if_missing_high", "fraction", "the same if all were"),
    ("design_effect", "ratio", "variance over that of independent cases; null where none is told"),
    ("effective_cases", "cases", "cases over the design effect"),
    ("utility", "fraction", "users' tasks done without an attack; null: not tested"),
    ("utility_tasks", "tasks", "tasks with a verdict on that"),
    ("utility_attacked", "fraction", "users' tasks done under the attack"),
    ("flags", "", "what to know before reading the rate"),
)


def rates_of_runs(release: Release, contract: VetContract) -> VetFigure:
    """Return the rate of each run, in order of engine, version, attack and model.

    Rows are never ordered by rate: this is no ranking of what is easiest to attack. With the
    attack `any` each row is a model under any of the attacks that all models of the engine share.

    Raises:
        ContractError: nothing of what is asked was tested.
        UnknownName: a model was not tested.
        VetError: two logs disagree about one case.

    Method: docs/security.md#one-rate
    """
    runs = _chosen(read_runs(release, contract), contract)
    rows = [_record(release, contract, run) for run in runs]
    return make_figure(
        release,
        contract,
        runs,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=typed(COLUMNS)),
        finding=_finding(contract, rows),
        coverage=_coverage(rows),
        bounds={
            "if_missing": [
                [r["model"], r["attack"], r["rate_if_missing_low"], r["rate_if_missing_high"]]
                for r in rows
                if r["missing"]
            ]
        },
        sensitivity={
            "why_none": "each row is one run by itself; `rate_if_missing_low` and "
            "`rate_if_missing_high` say how far the cases without a verdict could "
            "move it"
        },
        caveats=tuple(_caveats(contract, runs, rows)),
    )


def _chosen(runs: Sequence[Run], contract: VetContract) -> list[Run]:
    if contract.models:
        runs = [run for model in contract.models for run in runs_of(runs, model)]
    version = contract.benchmark_version
    kept = [r for r in runs if not version or r.setup.benchmark_version == version]
    if contract.attack == ANY_ATTACK:
        kept = unions(kept)
    elif contract.attack:
        kept = [r for r in kept if contract.attack in (r.setup.attack, r.setup.unit)]
    if not kept:
        engines = sorted({run.setup.engine for run in runs})
        attacks = sorted({run.setup.attack for run in runs})
        raise ContractError(
            "no run of that kind is in this release",
            where=f"engines: {', '.join(engines) or 'none'}; "
            f"attacks: {', '.join(attacks) or 'none'}",
            next_step="choose among them, or import outcomes (agentdojo, jailbreakbench, inspect, "
            "garak, outcomes) and build",
        )
    return sorted(kept, key=lambda run: run.setup)


def _record(release: Release, contract: VetContract, run: Run) -> dict[str, Any]:
    cells = run.known()
    values = run.values(cells)
    hits = float(values.sum())
    rate = one_rate(hits, len(cells))
    planned = max(get_grid(contract.grid).cases if contract.grid else 0, len(run.cases))
    missing = planned - len(cells)
    effect = design_effect(values, Clusters.of(cells))
    alone, tasks = mean_of(run.alone)
    return {
        "engine": run.setup.engine,
        "benchmark_version": run.setup.benchmark_version,
        "attack": run.setup.attack,
        "setting": run.setup.setting,
        "model": run.setup.subject,
        "weights": run.weights,
        "cases": len(cells),
        "hits": hits,
        "rate": rate.value,
        "low": rate.low,
        "high": rate.high,
        "missing": missing,
        "rate_if_missing_low": hits / planned,
        "rate_if_missing_high": (hits + missing) / planned,
        "design_effect": effect,
        "effective_cases": len(cells) / effect if effect else None,
        "utility": alone,
        "utility_tasks": tasks,
        "utility_attacked": mean_of(run.utility)[0],
        "flags": _flag(alone, release.settings.utility_floor),
    }


def _flag(utility: float | None, floor: float) -> str:
    if utility is None:
        return UTILITY_UNKNOWN
    return LOW_CAPABILITY if utility < floor else ""


def _finding(contract: VetContract, rows: Sequence[dict[str, Any]]) -> str:
    what = VERDICTS[contract.verdict].phrase
    cases = sum(row["cases"] for row in rows)
    models = len({row["model"] for row in rows})
    text = f"{len(rows):,} runs of {models:,} tested models hold {cases:,} verdicts on {what}"
    if len(rows) == 1:
        (row,) = rows
        text = (
            f"Run by {row['engine']} under {row['attack']}, agents on {row['model']} had {what} in "
            f"{row['hits']:,.0f} of {row['cases']:,} cases ({percent(row['rate'])}, 95 % interval "
            f"{percent(row['low'])} to {percent(row['high'])})"
        )
    weak = sum(row["flags"] == LOW_CAPABILITY for row in rows)
    if weak:
        text += (
            f"; {weak:,} of the runs are of models that can hardly do the users' tasks even "
            "without an attack: a low rate says little there"
        )
    return f"{text}."


def _coverage(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    cases, missing = (sum(row[name] for row in rows) for name in ("cases", "missing"))
    text = f"{cases:,} cases with a verdict, {missing:,} planned ones without"
    return {"text": text, "cases": cases, "missing": missing, "runs": len(rows)}


def _caveats(
    contract: VetContract, runs: Sequence[Run], rows: Sequence[dict[str, Any]]
) -> Iterator[str]:
    yield INDEPENDENT
    if len({(r["engine"], r["benchmark_version"], r["attack"]) for r in rows}) > 1:
        yield "rows of different engines, versions or attacks are not comparable with each other"
    if contract.counting == "as_published":
        yield AS_PUBLISHED.format(sum(run.errors for run in runs))
