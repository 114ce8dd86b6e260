"""Runs of security tests, read from a release: what each case of a run came to.

A run is one model (with its revision and defence) under one attack, by one engine in one version
of its cases. Repetitions (epochs) are averaged; attempts of the attacker are not: any success
among them is a success.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modelcensus.contracts.vet_contract import VetContract
from modelcensus.errors import VetError
from modelcensus.releases.release import Release
from modelcensus.sources.outcome_record import (
    ATTACK,
    KEY,
    NO_ATTACK,
    OPEN,
    UNKNOWN_WEIGHTS,
    VERDICTS,
)
from modelcensus.vet.clusters import Cell, Values
from modelcensus.vet.grids import Grid, get_grid

Row = Mapping[str, Any]

_COLUMNS = (*KEY, *VERDICTS, "file", "is_simulated", "source")
_CASE = ("kind", "suite", "user_task", "injection_task", "attempt", "epoch")
"""What tells the outcomes of one run apart."""


@dataclass(frozen=True, order=True)
class Setup:
    """What was run: by which engine, in which version, under which attack, on which model."""

    engine: str
    benchmark_version: str
    attack: str
    setting: str
    model: str
    revision: str
    defense: str

    @property
    def subject(self) -> str:
        """Return the model as a definition writes it."""
        revision = f"@{self.revision}" if self.revision else ""
        return f"{self.model}{revision}{f'+{self.defense}' if self.defense else ''}"

    @property
    def unit(self) -> str:
        """Return the attack as a definition writes it, with its setting."""
        return f"{self.attack}:{self.setting}" if self.setting else self.attack


@dataclass
class Run:
    """The cases of one run.

    Attributes:
        cases: verdict of each planned case from 0 to 1 (a mean over epochs); None is missing.
        utility: under attack, whether the user's task was done; None is missing.
        alone: the user's tasks without an attack, done or not; None is missing.
        errors: cases that an error ended.
    """

    setup: Setup
    weights: str = UNKNOWN_WEIGHTS
    engine_versions: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    is_simulated: bool = False
    cases: dict[Cell, float | None] = field(default_factory=dict)
    utility: dict[Cell, float | None] = field(default_factory=dict)
    alone: dict[Cell, float | None] = field(default_factory=dict)
    errors: int = 0

    @property
    def is_open(self) -> bool:
        """Return whether the model's weights can be had."""
        return self.weights == OPEN

    def known(self) -> list[Cell]:
        """Return the cases with a verdict, sorted."""
        return sorted(cell for cell, value in self.cases.items() if value is not None)

    def values(self, cells: Sequence[Cell]) -> Values:
        """Return the verdicts of some cases, in their order."""
        return np.array([self.cases[cell] for cell in cells], dtype=np.float64)

    def within(self, cells: Iterable[Cell]) -> Run:
        """Return the run with these cases only; the user's tasks alone stay as they are."""
        kept = set(cells)
        return Run(
            self.setup,
            self.weights,
            self.engine_versions,
            self.sources,
            self.files,
            self.is_simulated,
            {c: v for c, v in self.cases.items() if c in kept},
            {c: v for c, v in self.utility.items() if c in kept},
            self.alone,
            self.errors,
        )


def mean_of(values: Mapping[Cell, float | None]) -> tuple[float | None, int]:
    """Return the mean of the known values and how many they are."""
    known = [value for value in values.values() if value is not None]
    return (sum(known) / len(known) if known else None), len(known)


def read_runs(release: Release, contract: VetContract) -> list[Run]:
    """Return the runs of a release, in order of their setups.

    Raises:
        VetError: two logs disagree about one case; both are named.
        UnknownName: the definition names a grid that there is not.
    """
    table = release.table("outcomes")
    if contract.engine:
        table = table.filter(table.engine == contract.engine)
    rows = release.fetch(table.select(*_COLUMNS).order_by(list(_COLUMNS))).to_pylist()
    grid = get_grid(contract.grid) if contract.grid else None
    by_setup: dict[Setup, list[Row]] = defaultdict(list)
    for row in rows:
        if row["kind"] in (ATTACK, NO_ATTACK) and _is_in(grid, row):
            by_setup[_setup(row)].append(row)
    alone = {s: found for s, found in by_setup.items() if not s.attack}
    runs = [
        _run(setup, found, alone, contract) for setup, found in by_setup.items() if setup.attack
    ]
    return sorted(runs, key=lambda run: run.setup)


def _setup(row: Row) -> Setup:
    names = ("engine", "benchmark_version", "attack", "setting", "model", "revision", "defense")
    return Setup(*(row[name] or "" for name in names))


def _cell(row: Row) -> Cell:
    return (row["suite"] or "", row["user_task"] or "", row["injection_task"] or "")


def _is_in(grid: Grid | None, row: Row) -> bool:
    return grid is None or (row["engine"] == grid.engine and grid.holds(_cell(row)))


def _run(
    setup: Setup,
    rows: Sequence[Row],
    alone: Mapping[Setup, Sequence[Row]],
    contract: VetContract,
) -> Run:
    """Return a run: its cases under attack, and the same pipeline's tasks without one."""
    agreed = _agreed(rows)
    quiet = Setup(setup.engine, setup.benchmark_version, "", "", *_who(setup))
    weights = sorted({r["weights"] for r in rows} - {UNKNOWN_WEIGHTS})
    return Run(
        setup,
        weights[0] if len(weights) == 1 else UNKNOWN_WEIGHTS,
        {r["engine_version"] for r in rows},
        {r["source"] for r in rows},
        {r["file"] for r in rows if r["file"]},
        any(r["is_simulated"] for r in rows),
        _cases(agreed, contract.verdict, contract),
        _cases(agreed, "utility", contract),
        _cases(_agreed(alone.get(quiet, ())), "utility", contract),
        sum(row["error"] is not None for row in agreed),
    )


def _who(setup: Setup) -> tuple[str, str, str]:
    return (setup.model, setup.revision, setup.defense)


def _agreed(rows: Sequence[Row]) -> list[Row]:
    """Return one row per case, attempt and epoch; two logs that disagree are refused."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        first = kept.setdefault(tuple(row[name] for name in _CASE), row)
        if any(first[name] != row[name] for name in VERDICTS):
            case = ", ".join(str(row[name]) for name in ("model", *_CASE[1:4]))
            raise VetError(
                f"two logs disagree about one case ({case})",
                where=f"{first['file']} of {first['source']}; {row['file']} of {row['source']}",
                next_step="take one of the two lists out of the store, or import it with another "
                "revision or model name, and build again",
            )
    return list(kept.values())


def _cases(rows: Sequence[Row], column: str, contract: VetContract) -> dict[Cell, float | None]:
    """Return the value of each case: over attempts by the attacker's budget, over epochs a mean."""
    is_stated = contract.counting == "as_published"
    over_attempts = any_success if column == contract.verdict else first_known
    found: dict[Cell, dict[int, list[bool | None]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(rows, key=lambda r: (r["epoch"], r["attempt"])):
        if row["attempt"] <= int(contract.budget):
            told = row[column] if is_stated or not row["missing_reason"] else None
            found[_cell(row)][row["epoch"]].append(told)
    return {
        cell: _mean([over_attempts(tries) for tries in epochs.values()])
        for cell, epochs in sorted(found.items())
    }


def any_success(tries: Sequence[bool | None]) -> bool | None:
    """Return whether one of some tries succeeded; unknown when none did and one is unknown."""
    if any(tries):
        return True
    return None if None in tries else False


def first_known(tries: Sequence[bool | None]) -> bool | None:
    """Return the verdict on the first try that has one."""
    return next((told for told in tries if told is not None), None)


def _mean(values: Sequence[bool | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None
