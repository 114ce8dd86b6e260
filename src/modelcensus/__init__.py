"""Open Model Census: a reproducible record of open-weight models.

    import modelcensus
    census = modelcensus.open("store")          # newest release of a store
    figure = census.share(by="country", period="2025-09-07")
    print(figure.finding); figure.to_polars(); figure.cite()

Everything public is named here and loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelcensus.version import VERSION as __version__

if TYPE_CHECKING:
    from pathlib import Path

    from modelcensus.claims.ledger import check_claims
    from modelcensus.contracts.contract import Contract
    from modelcensus.contracts.figure import Figure
    from modelcensus.errors import CensusError
    from modelcensus.measures.census import Census

__all__ = ["Census", "CensusError", "Contract", "Figure", "__version__", "check_claims", "open"]

_PLACES = {
    "Contract": "modelcensus.contracts.contract",
    "Figure": "modelcensus.contracts.figure",
    "Census": "modelcensus.measures.census",
    "CensusError": "modelcensus.errors",
    "check_claims": "modelcensus.claims.ledger",
}


def open(path: str | Path = "", *, release: str = "", engine: str = "duckdb") -> Census:
    """Open a release of a store for questions.

    Args:
        path: folder of the store; empty: `CENSUS_STORE`, else the user's data directory.
        release: name of the release; empty: the newest.
        engine: duckdb, spark or spark://host:7077.

    Raises:
        StoreError: the store holds no release.
    """
    from modelcensus.measures.census import open_census

    return open_census(path, release=release, engine=engine)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    import importlib

    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'modelcensus' has no attribute {name!r}")
