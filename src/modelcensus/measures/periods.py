"""Questions about what happened in a period: which measures and periods they can have."""

from __future__ import annotations

from modelcensus.contracts.contract import Contract
from modelcensus.errors import ContractError

ANSWERING = {
    "difference": ("share", "rank"),
    "summed": ("share", "rank", "series", "crossover"),
}
"""Kind of a metric -> measures that answer about a whole period."""

_AT_MOMENTS = {"difference": "for the count at that moment", "summed": "for one reading"}


def require_period(contract: Contract) -> None:
    """Refuse what happened in a period for one moment, or in a measure of moments.

    Raises:
        ContractError: says what to ask instead.
    """
    metric = contract.metric_term
    if not metric.is_of_period:
        return
    able = ANSWERING[metric.kind]
    if contract.measure not in able:
        named = " or ".join(f"`census {name}`" for name in able[:2])
        raise ContractError(
            f"{contract.metric} is what happened in a period; {contract.measure} looks at moments",
            where=f"census {contract.measure} --metric {contract.metric}",
            next_step=f"{named} for a period, or --metric {metric.column}",
        )
    if contract.period_value.is_instant:
        raise ContractError(
            f"{contract.metric} needs a period, and {contract.period!r} is one moment",
            where=f"census {contract.measure} --period {contract.period}",
            next_step="ask over a period (--period 2024-08..2025-08), or --metric "
            f"{metric.column} {_AT_MOMENTS[metric.kind]}",
        )
