"""The same question under the neighbouring grouping, and the models that make the difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ibis
import ibis.expr.types as ir

from modelcensus.contracts.vocabulary import UNASSIGNED, UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.selection import Selection, select

NEIGHBOUR = {"namespace": "family", "family": "namespace"}
LISTED = 10
"""How many differing models are listed for each side."""


def same_by_other_group(
    selection: Selection, *, compute: Callable[[Selection], list[dict[str, Any]]]
) -> dict[str, Any] | None:
    """Return what the question gives by family instead of namespace, or the other way round.

    Each subject is matched with the group that holds most of it at the last snapshot.

    Returns:
        by, subjects, rows of the other figure, and for each subject the models that only one of
        the two groupings counts; None where there is no neighbouring grouping.
    """
    contract = selection.contract
    other_by = NEIGHBOUR.get(contract.by)
    if other_by is None:
        return None
    plain = contract.with_values(by=other_by, lens="", subjects=())
    other = select(selection.release, plain)
    matched = [_main_group(selection, other, s) for s in contract.subjects]
    found = tuple(m for m in matched if m is not None)
    if len(set(found)) < len(contract.subjects):
        return {"by": other_by, "subjects": matched, "why": "the subjects match no two groups"}
    other = replace(other, contract=plain.with_values(subjects=found))
    try:
        rows = compute(other)
    except ContractError as error:
        return {"by": other_by, "subjects": list(found), "why": error.what}
    return {
        "by": other_by,
        "subjects": list(found),
        "rows": rows,
        "difference": [
            {
                contract.by: subject,
                other_by: match,
                f"only_by_{contract.by}": _only(selection, subject, other, match),
                f"only_by_{other_by}": _only(other, match, selection, subject),
            }
            for subject, match in zip(contract.subjects, found, strict=True)
        ],
    }


def _main_group(selection: Selection, other: Selection, subject: str) -> str | None:
    """Return the group of the other selection that holds most of a subject's value."""
    mine = _last(selection).filter(lambda t: t["group"] == subject).select("model_key")
    theirs = _last(other).semi_join(mine, "model_key")
    named = theirs.filter(~theirs["group"].isin([UNKNOWN, UNASSIGNED]))
    sums = named.group_by("group").agg(value=named.value.sum())
    best = selection.fetch(sums.order_by([ibis.desc("value"), ibis.asc("group")]).limit(1))
    return best["group"][0].as_py() if len(best) else None


def _only(selection: Selection, group: str, other: Selection, other_group: str) -> dict[str, Any]:
    """Return the models of a group that the other grouping counts elsewhere."""
    mine = selection.values.filter(selection.values["group"] == group)
    theirs = other.values.filter(other.values["group"] == other_group)
    lacking = mine.anti_join(theirs, ["snapshot_key", "model_key"])
    peaks = lacking.group_by("model_key").agg(largest_value=lacking.value.max())
    families = selection.release.table("families").select("model_key", "family_row")
    elsewhere = (
        other.values.select("model_key", "group")
        .distinct()
        .group_by("model_key")
        .agg(counted_as=lambda t: t["group"].max())
    )
    elsewhere = elsewhere.join(families, "model_key").select(
        "model_key", "counted_as", register_row="family_row"
    )
    models = selection.release.table("models").select("model_key", "model_id")
    listed = peaks.join(models, "model_key").left_join(elsewhere, "model_key")
    rows = selection.fetch(
        listed.select("model_id", "largest_value", "counted_as", "register_row").order_by(
            [ibis.desc("largest_value"), ibis.asc("model_id")]
        )
    ).to_pylist()
    return {"models": len(rows), "largest": rows[:LISTED]}


def _last(selection: Selection) -> ir.Table:
    return selection.values.filter(selection.values.snapshot_key == selection.last.key)
