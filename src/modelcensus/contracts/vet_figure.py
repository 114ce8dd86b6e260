"""A figure about security tests: like any other figure, with a definition of its own kind."""

from __future__ import annotations

from dataclasses import dataclass

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vet_contract import VetContract


@dataclass(frozen=True)
class VetFigure(Figure):
    """Rows about security tests with everything a reader needs before printing one of them."""

    contract: VetContract  # type: ignore[assignment]
