"""Any of several attacks: what a model loses to whoever may try more than one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from modelcensus.vet.clusters import Cell
from modelcensus.vet.runs import Run


def unions(runs: Sequence[Run]) -> list[Run]:
    """Return, for each tested model, its cases under any of the attacks that all models share.

    Models with further attacks get a second run with all of theirs. Settings of one attack (a
    threat model, say) are taken together, and the run's setting says so where they differ.
    """
    found: list[Run] = []
    by_engine: dict[tuple[str, str], dict[tuple[str, str, str], list[Run]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for run in runs:
        s = run.setup
        by_engine[s.engine, s.benchmark_version][s.model, s.revision, s.defense].append(run)
    for models in by_engine.values():
        shared = set.intersection(*({r.setup.attack for r in own} for own in models.values()))
        for own in models.values():
            found += _unions_of(own, shared)
    return found


def _unions_of(runs: Sequence[Run], shared: set[str]) -> Iterator[Run]:
    every = {run.setup.attack for run in runs}
    if len(shared) > 1:
        yield _union([run for run in runs if run.setup.attack in shared], shared)
    if len(every) > 1 and every != shared:
        yield _union(runs, every)


def _union(runs: Sequence[Run], attacks: set[str]) -> Run:
    settings = {run.setup.setting for run in runs}
    name = f"any of {len(attacks)}: {', '.join(sorted(attacks))}"
    setting = next(iter(settings)) if len(settings) == 1 else "settings differ"
    cells = sorted({cell for run in runs for cell in run.cases})
    cases = {cell: _any(runs, cell) for cell in cells}
    setup = replace(runs[0].setup, attack=name, setting=setting)
    sources = {name for run in runs for name in run.sources}
    # the user's task is done or not under each attack apart, so there is no utility of them all
    return replace(runs[0], setup=setup, sources=sources, cases=cases, utility={})


def _any(runs: Sequence[Run], cell: Cell) -> float | None:
    told = [run.cases.get(cell) for run in runs]
    known = [value for value in told if value is not None]
    if any(value > 0 for value in known):
        return max(known)
    return None if len(known) < len(told) else 0.0
