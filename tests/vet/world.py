"""A small invented world of security tests: models, attacks and outcomes that never were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from tests.small_store import INFO, put, state

from modelcensus.releases.build import build_release
from modelcensus.releases.release import Release, open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources.outcome_record import OUTCOMES, OutcomeLog
from modelcensus.sources.record import Evidence
from modelcensus.vet.vet import Vet, open_vet

USERS, GOALS = range(4), range(3)

Case = dict[str, Any]


def case(model: str, user: int, goal: int, completed: bool | None, **values: Any) -> Case:
    """Return one case under attack."""
    return {
        "engine": "probe",
        "benchmark_version": "v1",
        "attack": "direct",
        "model": model,
        "weights": "open",
        "suite": "bank",
        "user_task": f"user_{user}",
        "injection_task": f"goal_{goal}",
        "completed": completed,
        "utility": True,
        "missing_reason": "no verdict" if completed is None else None,
        "file": "log.json",
    } | values


def grid(model: str, lost: Iterable[tuple[int, int]], **values: Any) -> list[Case]:
    """Return a model's cases on the grid of 4 user tasks and 3 goals; `lost` were hits."""
    hits = set(lost)
    return [case(model, u, g, (u, g) in hits, **values) for u in USERS for g in GOALS]


def alone(model: str, done: int = 4, **values: Any) -> list[Case]:
    """Return the users' tasks without an attack, of which some were done."""
    values = {"kind": "no_attack", "attack": None, "injection_task": None} | values
    return [case(model, u, 0, None, **values, **_quiet(u < done)) for u in USERS]


def _quiet(is_done: bool) -> Case:
    return {"utility": is_done, "missing_reason": None}


def evidence(name: str, cases: Iterable[Case]) -> Evidence:
    """Return cases as an imported list."""
    log = OutcomeLog()
    for values in cases:
        log.add(**values)
    return log.evidence(name, date(2031, 1, 5), INFO)


def build(path: Path, **lists: Iterable[Case]) -> Store:
    """Return a store with a release that holds these lists."""
    found = [evidence(name, cases) for name, cases in lists.items()]
    store = put(Store(path), state("2031-01-05", [{"id": "elm/elm-7b", "likes": 1}]), *found)
    build_release(store, Settings())
    return store


class Holding(Release):
    """A built release with other outcomes in it, so that a test need not build one."""

    outcomes: pa.Table

    def table(self, name: str) -> ir.Table:
        return self.engine.local(self.outcomes) if name == "outcomes" else super().table(name)


def holding(bare: Store, **lists: Iterable[Case]) -> Vet:
    """Return the face of a bare release that holds these lists."""
    release = open_release(bare)
    held = Holding(release.path, release.engine, release.settings)
    parts = [
        table.append_column("source", pa.array([name] * len(table), pa.string()))
        for name, cases in lists.items()
        for table in [evidence(name, cases).tables[OUTCOMES]]
    ]
    held.outcomes = pa.concat_tables(parts)
    return Vet(held)


@contextmanager
def opened(path: Path, **lists: Iterable[Case]) -> Iterator[Vet]:
    """Open a release that holds these lists."""
    with open_vet(build(path, **lists).path) as vet:
        yield vet
