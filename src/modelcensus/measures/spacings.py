"""What a sum of rolling readings gives when other readings are kept: stated beside the figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelcensus.errors import ContractError
from modelcensus.measures.frames import held_snapshots
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.summing import is_summed, other_spacings, spacing_reading


def by_other_spacings(
    selection: Selection, compute: Callable[[Selection], Any]
) -> dict[str, list[dict[str, Any]]]:
    """Return what a sum gives under each other choice of readings; nothing for other metrics.

    Args:
        selection: with frame and subjects resolved.
        compute: what is stated of each choice.

    Returns:
        `other_spacings`: spacing, reading (its words), snapshots_kept and result; where a choice
        cannot answer, `why` instead of a result.
    """
    release, contract = selection.release, selection.contract
    if not is_summed(contract):
        return {}
    found: list[dict[str, Any]] = []
    for text, kept in other_spacings(held_snapshots(release, contract), contract):
        row: dict[str, Any] = {
            "spacing": text,
            "reading": spacing_reading(text, kept),
            "snapshots_kept": [s.label for s in kept],
        }
        try:
            other = select(release, contract.with_values(spacing=text))
            found.append(row | {"result": compute(other)})
        except ContractError as error:
            found.append(row | {"why": error.what})
    return {"other_spacings": found}


def spacing_caveats(
    spacings: dict[str, list[dict[str, Any]]], words: Callable[[Any], str]
) -> tuple[str, ...]:
    """Return each other choice of readings with what it gives, in words."""
    return tuple(
        f"{row['reading']}: {words(row['result']) if 'result' in row else row['why']}"
        for row in spacings.get("other_spacings", ())
    )
