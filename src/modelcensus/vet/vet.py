"""The Python face of security tests: one method per question, each a figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelcensus.contracts.vet_contract import COMPARE, GRIDS, RATES, REPORTS, VetContract
from modelcensus.contracts.vet_figure import VetFigure
from modelcensus.errors import ContractError
from modelcensus.releases.release import Release, open_release
from modelcensus.snapshots.store import Store, default_store_path
from modelcensus.vet.comparison import compare_models
from modelcensus.vet.listing import grids_of_runs
from modelcensus.vet.rates import rates_of_runs
from modelcensus.vet.reports import published_reports

_ANSWERS: dict[str, Callable[[Release, VetContract], VetFigure]] = {
    COMPARE: compare_models,
    RATES: rates_of_runs,
    GRIDS: grids_of_runs,
    REPORTS: published_reports,
}


class Vet:
    """A release open for questions about security tests.

    `vet.compare("M", reference="R", attack="direct")` gives a figure, as do `rates`, `grids` and
    `reports`; their values are the fields of `VetContract`.
    """

    def __init__(self, release: Release) -> None:
        """Wrap an open release."""
        self.release = release

    def __enter__(self) -> Vet:
        """Return itself."""
        return self

    def __exit__(self, *stopped: object) -> None:
        """Close the release."""
        self.release.close()

    def compare(self, *models: str, reference: str, **values: Any) -> VetFigure:
        """Compare tested models with a reference over the cases that they share."""
        contract = _contract(COMPARE, models=models, reference=reference, **values)
        return self.figure(contract)

    def rates(self, *models: str, **values: Any) -> VetFigure:
        """Return the rate of each run, of some models or of all."""
        return self.figure(_contract(RATES, models=models, **values))

    def grids(self, **values: Any) -> VetFigure:
        """Return which cases were tested, by engine, version and attack."""
        return self.figure(_contract(GRIDS, **values))

    def reports(self, **values: Any) -> VetFigure:
        """Return published figures about security tests, and what their rounding allows."""
        return self.figure(_contract(REPORTS, **values))

    def figure(self, contract: VetContract) -> VetFigure:
        """Compute the figure that a definition defines.

        Raises:
            ContractError: the release cannot carry it; the text says why.
        """
        return _ANSWERS[contract.measure](self.release, contract)


def open_vet(path: str | Path = "", *, release: str = "", engine: str = "duckdb") -> Vet:
    """Open a release of a store for questions about security tests.

    Args:
        path: folder of the store; empty: `CENSUS_STORE`, else the user's data directory.
        release: name of the release; empty: the newest.
        engine: duckdb, spark or spark://host:7077.

    Raises:
        StoreError: the store holds no release.
        UnknownName: it holds none of that name.
    """
    store = Store(Path(path) if path else default_store_path())
    return Vet(open_release(store, release, engine=engine))


def _contract(measure: str, **values: Any) -> VetContract:
    given = {k: v for k, v in values.items() if v not in (None, "", ())}
    for name in ("allow_version_mix", "allow_partial"):
        if isinstance(given.get(name), bool):
            given[name] = "yes" if given[name] else "no"
    if "budget" in given:
        given["budget"] = str(given["budget"])
    try:
        return VetContract(measure=measure, **given)
    except TypeError as error:
        raise ContractError(
            f"a definition of security tests has no such field: {error}",
            next_step=f"its fields: {', '.join(VetContract.__dataclass_fields__)}",
        ) from error
