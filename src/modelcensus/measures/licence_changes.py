"""Models whose declared licence or access changed between two snapshots of a frame."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.errors import ContractError
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.terms import CAVEAT, licence_frame
from modelcensus.measures.wording import frame_phrase
from modelcensus.releases.release import Release

WHAT = {
    "licence_tag": "changed the licence tag",
    "licence_name": "changed the name beside it",
    "licence": "are read otherwise by the register",
    "gated": "changed their gating",
}

COLUMNS = columns(
    ("model", "", "the model, by its present name"),
    ("label_before", "", "last snapshot that shows it as it was"),
    ("label_after", "", "first snapshot that shows it changed"),
    ("what", "", "licence_tag, licence_name, licence (of the register) or gated"),
    ("before", "", "what it was; null: none declared, or a licence the register does not know"),
    ("after", "", "what it became; null in the same way"),
)
SCHEMA = pa.schema([(column.name, pa.string()) for column in COLUMNS])


def changes_of_terms(release: Release, contract: Contract) -> Figure:
    """Changes of declared licences and of gating between the snapshots of a period.

    Returns:
        Figure with one row per model, snapshot and changed fact, in order of snapshots and
        models. A model counts from the second snapshot that shows it. A name beside the tag, or
        gating, that only one of the two snapshots tells is no change.

    Raises:
        ContractError: the frame tells of no licences, or shows one snapshot in the period.

    Method: docs/methods.md#licence_changes
    """
    selection = select(release, contract.with_values(frame=licence_frame(release, contract)))
    if len(selection.snapshots) < 2:
        raise ContractError(
            "a change lies between two snapshots, and the period holds one",
            where=f"{selection.contract.frame} {selection.contract.period}",
            next_step="--period all, or a range that holds two snapshots",
        )
    rows = [row for found in _changed(selection) for row in _rows(selection, found)]
    counts = Counter(str(row["what"]) for row in rows)
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(selection, counts),
        coverage=_coverage(selection, rows, counts),
        bounds={"hub_wide": {"status": "not a share", "groups": {}}},
        sensitivity={
            "why_none": "it lists what models declare, word by word: only the column `licence` is "
            "read through a register, and a change of it is listed beside the tag's own"
        },
        caveats=(CAVEAT,),
    )


def _changed(selection: Selection) -> list[dict[str, Any]]:
    """Return the facts of a model that differ from those before, and when it was last seen."""
    release, contract = selection.release, selection.contract
    facts = release.table("facts")
    mine = facts.filter((facts.frame == contract.frame) & facts.licence_class.notnull())
    window = ibis.window(group_by="model_key", order_by="snapshot_key")
    named = {f"{name}_before": mine[name].lag().over(window) for name in WHAT}
    # which row is the first cannot be seen from its values: all of them may be null
    beside = mine.mutate(before_key=mine.snapshot_key.lag().over(window), **named)
    differs = ibis.or_(*(~beside[name].identical_to(beside[f"{name}_before"]) for name in WHAT))
    keys = [s.key for s in selection.snapshots[1:]]
    kept = beside.filter(beside.before_key.notnull() & beside.snapshot_key.isin(keys) & differs)
    kept = kept.select("model_key", "snapshot_key", *WHAT, *named)
    seen = _last_seen(selection, kept)
    models = release.table("models").select("model_key", "model_id")
    joined = kept.join(seen, ["model_key", "snapshot_key"]).join(models, "model_key")
    rows: list[dict[str, Any]] = selection.fetch(
        joined.order_by(["snapshot_key", "model_id", "model_key"])
    ).to_pylist()
    return rows


def _last_seen(selection: Selection, changed: ir.Table) -> ir.Table:
    """Return model_key, snapshot_key and seen_key: the last snapshot of the period before it.

    Models outside the population, and those that the period did not show before, are left out.
    """
    shown = selection.values.select("model_key", seen_key="snapshot_key")
    pairs = changed.select("model_key", "snapshot_key").join(shown, "model_key")
    before = pairs.filter(pairs.seen_key < pairs.snapshot_key)
    return before.group_by(["model_key", "snapshot_key"]).agg(seen_key=before.seen_key.max())


def _rows(selection: Selection, found: dict[str, Any]) -> list[dict[str, str | None]]:
    labels = {s.key: s.label for s in selection.snapshots}
    return [
        {
            "model": found["model_id"],
            "label_before": labels[found["seen_key"]],
            "label_after": labels[found["snapshot_key"]],
            "what": name,
            "before": found[f"{name}_before"],
            "after": found[name],
        }
        for name in _what_changed(found)
    ]


def _what_changed(found: dict[str, Any]) -> list[str]:
    """Return what a model surely declares otherwise than before.

    Sources differ, even from snapshot to snapshot, in whether they tell the name beside a tag
    and the gating; so one that appears or disappears is no change. A licence of the register
    changes only with a tag or a name that did.
    """
    changed = [name for name in WHAT if found[name] != found[f"{name}_before"]]
    both = [n for n in changed if None not in (found[n], found[f"{n}_before"])]
    sure = {n for n in changed if n == "licence_tag"} | {n for n in both if n != "licence"}
    if "licence" in changed and sure & {"licence_tag", "licence_name"}:
        sure.add("licence")
    return [name for name in WHAT if name in sure]


def _coverage(
    selection: Selection, rows: list[dict[str, str | None]], counts: Counter[str]
) -> dict[str, Any]:
    values = selection.values
    shown = values.group_by("model_key").agg(snapshots=values.snapshot_key.nunique())
    counted = shown.agg(models=shown.count(), watched=(shown.snapshots > 1).cast("int64").sum())
    found = selection.fetch(counted).to_pylist()[0]
    return {
        "frame": selection.contract.frame,
        "hub": selection.last.hub,
        "is_complete_frame": selection.last.is_complete_frame,
        "label": selection.last.label,
        "first_label": selection.snapshots[0].label,
        "snapshots": len(selection.snapshots),
        "models": found["models"],
        "models_in_two_snapshots": found["watched"] or 0,
        "models_changed": len({row["model"] for row in rows}),
        "changes": {name: counts[name] for name in WHAT},
        "tags_after_none": sum(
            row["what"] == "licence_tag" and row["before"] is None for row in rows
        ),
        "tags_taken_away": sum(
            row["what"] == "licence_tag" and row["after"] is None for row in rows
        ),
    }


def _finding(selection: Selection, counts: Counter[str]) -> str:
    first, last = selection.snapshots[0].label, selection.last.label
    parts = ", ".join(f"{counts[name]:,} {phrase}" for name, phrase in WHAT.items())
    frame = frame_phrase(selection.release, selection.contract)
    return f"from {first} to {last}, of the models of {frame}, {parts}."
