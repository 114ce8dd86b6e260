"""What may be compared: the rules that pick two comparable runs, and refuse what is not one.

A refusal names everything that is mixed. Where only one engine, attack or version can answer, it
is taken and named; where several can, the reader chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from modelcensus.contracts.vet_contract import VetContract
from modelcensus.errors import ContractError, UnknownName
from modelcensus.settings import Settings
from modelcensus.sources.outcome_record import UNSTATED
from modelcensus.vet.clusters import Cell
from modelcensus.vet.grids import GRIDS, get_grid
from modelcensus.vet.runs import Run


@dataclass(frozen=True)
class Pair:
    """Two runs that may be compared, cut to the cases that both planned.

    Attributes:
        first, second: the tested model's run and the reference's.
        sizes: planned cases of each before they were cut.
        planned: cases that the comparison is about: of the grid named, or those both planned.
        mixed_versions: the two versions where one is not stated; empty otherwise.
    """

    first: Run
    second: Run
    sizes: tuple[int, int]
    planned: int
    mixed_versions: tuple[str, ...]

    def common(self) -> list[Cell]:
        """Return the cases on which both have a verdict, sorted."""
        other = set(self.second.known())
        return [cell for cell in self.first.known() if cell in other]


def runs_of(runs: Sequence[Run], subject: str) -> list[Run]:
    """Return the runs of a model, with the revision and defence that its name says.

    Raises:
        UnknownName: it was not tested; the nearest tested names are given.
        ContractError: it was tested in several revisions and none is named.
    """
    found = [run for run in runs if run.setup.subject == subject]
    if found:
        return found
    head, _, defense = subject.partition("+")
    alike = [r for r in runs if (r.setup.model, r.setup.defense) == (head, defense)]
    revisions = sorted({r.setup.revision for r in alike})
    if len(revisions) > 1:
        raise ContractError(
            f"{head} was tested in {len(revisions)} revisions",
            where=", ".join(revisions),
            next_step=f"choose one, e.g. {head}@{revisions[0]}",
        )
    if alike:
        return alike
    names = sorted({run.setup.subject for run in runs})
    near = get_close_matches(subject, names, 5, 0.4) or names[:10]
    raise UnknownName("tested model", subject, near)


def choose_engine(contract: VetContract, sides: Sequence[Sequence[Run]]) -> str:
    """Return the engine that ran all sides: the one named, or the only one.

    Raises:
        ContractError: the sides were run by different engines, or several ran all of them.
    """
    return _only(
        "engine",
        "--engine",
        contract.engine,
        [_told(side, lambda run: run.setup.engine) for side in sides],
        [side[0].setup.subject for side in sides],
    )


def choose_attack(contract: VetContract, sides: Sequence[Sequence[Run]]) -> str:
    """Return the attack, with its setting, that all sides were under.

    Raises:
        ContractError: they were under different ones, or under several in common.
    """
    subjects = [side[0].setup.subject for side in sides]
    told = [_told(side, lambda run: run.setup.unit) for side in sides]
    named = contract.attack
    alike = [{u for u in units if u.partition(":")[0] == named} for units in told]
    if named and all(alike):
        return _only("attack", "--attack", "", alike, subjects)
    return _only("attack", "--attack", named, told, subjects)


def _told(runs: Sequence[Run], tell: Callable[[Run], str]) -> set[str]:
    return {tell(run) for run in runs}


def _only(
    what: str, option: str, named: str, told: Sequence[set[str]], subjects: Sequence[str]
) -> str:
    """Return the one word that all sides share, or the named one if they do."""
    shared = sorted(set.intersection(*told))
    by_side = "; ".join(
        f"{subject}: {', '.join(sorted(words)) or 'none'}"
        for subject, words in zip(subjects, told, strict=True)
    )
    if named in shared:
        return named
    if named or not shared:
        raise ContractError(
            f"not every model was tested with the {what} {named!r}"
            if named
            else f"the models were never tested with the same {what}: different ones are not mixed",
            where=by_side,
            next_step=f"choose one that all share: {', '.join(shared)}"
            if shared
            else "import outcomes of both from one of them",
        )
    if len(shared) > 1:
        raise ContractError(
            f"the models were tested with {len(shared)} {what}s, which are not mixed",
            where=by_side,
            next_step=f"choose one, e.g. {option} {shared[0]}",
        )
    return shared[0]


def choose_version(contract: VetContract, runs: Sequence[Run]) -> Run:
    """Return the run of the benchmark version named, or the only one there is.

    Raises:
        ContractError: there are several versions, which are not mixed.
    """
    named = contract.benchmark_version
    kept = [run for run in runs if run.setup.benchmark_version == named] if named else list(runs)
    if named and not kept:
        # an unstated version may be this one: `pair_of` decides whether that is allowed
        kept = [run for run in runs if run.setup.benchmark_version == UNSTATED] or list(runs)
    if len(kept) > 1:
        versions = sorted(run.setup.benchmark_version for run in kept)
        raise ContractError(
            f"{kept[0].setup.subject} was tested in several benchmark versions, which are not "
            "mixed",
            where=", ".join(versions),
            next_step=f"choose one, e.g. --benchmark-version {versions[-1]}",
        )
    return kept[0]


def pair_of(contract: VetContract, settings: Settings, first: Run, second: Run) -> Pair:
    """Return two runs as a pair, cut to the cases that both planned.

    Raises:
        ContractError: their benchmark versions may not be mixed, or they share too little of
            the larger grid, or no case with a verdict on both sides.
    """
    mixed = _mixed_versions(contract, first, second)
    shared = set(first.cases) & set(second.cases)
    sizes = (len(first.cases), len(second.cases))
    planned = len(shared)
    if contract.grid:
        planned = get_grid(contract.grid).cases
    _refuse_small_share(contract, settings, (first, second), shared)
    pair = Pair(first.within(shared), second.within(shared), sizes, planned, mixed)
    if not pair.common():
        raise ContractError(
            "there is no case with a verdict on both models",
            where=f"{first.setup.subject}: {len(first.known()):,} verdicts; "
            f"{second.setup.subject}: {len(second.known()):,}",
            next_step="import runs of both over the same cases",
        )
    return pair


def _mixed_versions(contract: VetContract, first: Run, second: Run) -> tuple[str, ...]:
    versions = tuple(run.setup.benchmark_version for run in (first, second))
    if versions[0] == versions[1]:
        return ()
    where = "; ".join(
        f"{run.setup.subject}: {run.setup.benchmark_version}" for run in (first, second)
    )
    if UNSTATED not in versions:
        raise ContractError(
            "the models were tested in different benchmark versions, which are not mixed",
            where=where,
            next_step="import runs of both in one version",
        )
    if contract.allow_version_mix != "yes":
        raise ContractError(
            "one benchmark version is stated and the other is not: they may differ",
            where=where,
            next_step="--allow-version-mix compares them all the same, and the figure says so",
        )
    return versions


def _refuse_small_share(
    contract: VetContract, settings: Settings, sides: tuple[Run, Run], shared: Collection[Cell]
) -> None:
    sizes = [len(run.cases) for run in sides]
    share = len(shared) / max(sizes) if shared else 0.0
    if share >= settings.shared_grid or (shared and contract.allow_partial == "yes"):
        return
    able = [grid for grid in GRIDS.values() if _covers(grid.name, sides)]
    raise ContractError(
        f"the models share {len(shared):,} cases, {share:.0%} of the larger grid",
        where="; ".join(
            f"{run.setup.subject}: {size:,} cases" for run, size in zip(sides, sizes, strict=True)
        ),
        next_step=f"--grid {able[-1].name} compares the published grid that both ran whole"
        if able
        else "--allow-partial compares the shared cases all the same"
        if shared
        else "import runs of both over the same cases",
    )


def _covers(name: str, sides: Sequence[Run]) -> bool:
    """Return whether every side planned all cases of a published grid."""
    grid = GRIDS[name]
    return all(
        run.setup.engine == grid.engine and sum(map(grid.holds, run.cases)) == grid.cases
        for run in sides
    )
