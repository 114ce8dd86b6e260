"""`census vet grids`: which cases were tested, by engine, version and attack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.figure import columns
from modelcensus.contracts.vet_contract import VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import ContractError
from modelcensus.releases.release import Release
from modelcensus.vet.clusters import Cell
from modelcensus.vet.figures import make_figure, typed
from modelcensus.vet.grids import GRIDS
from modelcensus.vet.runs import Run, read_runs

COLUMNS = columns(
    ("engine", "", "what ran the cases"),
    ("benchmark_version", "", "version of the cases, or unstated"),
    ("attack", "", "name of the attack, with its setting"),
    ("user_tasks", "tasks", "different user tasks; 0 where cases have none"),
    ("goals", "goals", "different injected goals"),
    ("cases", "cases", "different cases that any model was planned for"),
    ("models", "models", "tested models, revisions and defences apart"),
    ("grids", "", "published grids that at least one of them covers whole"),
)


def grids_of_runs(release: Release, contract: VetContract) -> VetFigure:
    """Return which cases were tested under each attack of each engine.

    Raises:
        ContractError: the release holds no outcomes.
        VetError: two logs disagree about one case.

    Method: docs/security.md#grids
    """
    runs = read_runs(release, contract)
    if not runs:
        raise ContractError(
            "this release holds no outcomes of security tests",
            where=f"release {release.name}",
            next_step="census import agentdojo PATH (or jailbreakbench, inspect, garak, outcomes), "
            "then census build",
        )
    rows = list(_rows(runs))
    published = [
        f"{g.name}: {g.user_tasks} user tasks x {g.goals} goals, within their suites "
        f"{g.cases:,} cases"
        for g in GRIDS.values()
    ]
    return make_figure(
        release,
        contract,
        runs,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=typed(COLUMNS)),
        finding=f"{len(runs):,} runs by {len({r['engine'] for r in rows}):,} engines cover "
        f"{len(rows):,} grids. Published grids: {'; '.join(published)}.",
        coverage={"text": f"{sum(len(run.cases) for run in runs):,} planned cases of all runs"},
        bounds={},
        sensitivity={"why_none": "it lists the cases that were run: nothing is estimated"},
    )


def _rows(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    grouped: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for run in runs:
        grouped[run.setup.engine, run.setup.benchmark_version, run.setup.unit].append(run)
    for (engine, version, attack), own in sorted(grouped.items()):
        cells = {cell for run in own for cell in run.cases}
        yield {
            "engine": engine,
            "benchmark_version": version,
            "attack": attack,
            "user_tasks": len({cell[:2] for cell in cells if cell[1]}),
            "goals": len({(suite, goal) for suite, _, goal in cells}),
            "cases": len(cells),
            "models": len(own),
            "grids": ", ".join(_whole(engine, own)),
        }


def _whole(engine: str, runs: Sequence[Run]) -> Iterator[str]:
    for grid in GRIDS.values():
        if grid.engine == engine and any(_covers(grid.name, run.cases) for run in runs):
            yield grid.name


def _covers(name: str, cells: dict[Cell, float | None]) -> bool:
    return sum(map(GRIDS[name].holds, cells)) == GRIDS[name].cases
