"""The Python face: one method per measure, made from the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.presets import Asked, ask
from modelcensus.contracts.registry import MEASURES, get_measure
from modelcensus.errors import ContractError, UnknownName
from modelcensus.releases.release import Release, open_release
from modelcensus.snapshots.store import Store, default_store_path


class Census:
    """A release open for questions; use it in a `with` block or close it.

    Every measure of the registry is a method that takes the groups it is about and the fields
    of its definition: `census.share("CN", "US", by="country", period="2025-09-07")`. The field
    `preset` names a published definition, which the other fields change.
    """

    def __init__(self, release: Release) -> None:
        """Wrap an open release."""
        self.release = release

    def __getattr__(self, name: str) -> Callable[..., Figure]:
        """Return a measure as a method."""
        if name not in MEASURES:
            raise AttributeError(f"a census has no measure {name!r}; it has {sorted(MEASURES)}")

        def measure(*subjects: str, **values: Any) -> Figure:
            return self.answer(ask(name, subjects, **values))

        measure.__name__ = name
        measure.__doc__ = MEASURES[name].summary
        return measure

    def __dir__(self) -> list[str]:
        """List the measures beside the ordinary attributes."""
        return sorted({*super().__dir__(), *MEASURES})

    def figure(self, contract: Contract) -> Figure:
        """Compute the figure that a contract defines.

        Raises:
            ContractError: the release cannot carry the definition; the text says why.
        """
        measure = get_measure(contract.measure)
        measure.check(contract)
        return measure.load()(self.release, contract)

    def answer(self, asked: Asked) -> Figure:
        """Compute a definition that was asked for; beside a preset the caveats say so.

        Raises:
            ContractError: the release cannot carry the definition, or the preset; the text says
                why, and which data would.
        """
        if asked.preset is None:
            return self.figure(asked.contract)
        try:
            figure = self.figure(asked.contract)
        except (ContractError, UnknownName) as error:
            raise asked.refusal(error) from error
        return replace(figure, caveats=(*asked.notes, *figure.caveats))

    def close(self) -> None:
        """Release what the engine holds."""
        self.release.close()

    def __enter__(self) -> Census:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def open_census(path: str | Path = "", *, release: str = "", engine: str = "duckdb") -> Census:
    """Open a release of a store.

    Args:
        path: folder of the store; empty: `CENSUS_STORE`, else the user's data directory.
        release: name of the release; empty: the newest.
        engine: duckdb, spark or spark://host:7077.

    Raises:
        StoreError: the store holds no release.
        UnknownName: it holds none of that name.
    """
    store = Store(Path(path) if path else default_store_path())
    return Census(open_release(store, release, engine=engine))
