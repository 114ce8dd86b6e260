"""The truth about what was planted over time, one row per model (or site) and label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from modelcensus.testing.simulator.planted import FOR_EVER, Deed

if TYPE_CHECKING:
    from modelcensus.testing.simulator.simulation import Simulation

EVENTS = pa.schema(
    [
        pa.field("kind", pa.string()),
        pa.field("label", pa.date32()),
        pa.field("last_label", pa.date32()),
        pa.field("hub_key", pa.string()),
        pa.field("model_id", pa.string()),
        pa.field("subject", pa.string()),
        pa.field("field", pa.string()),
        pa.field("value_before", pa.int64()),
        pa.field("value_told", pa.int64()),
        pa.field("value_true", pa.int64()),
    ]
)
"""`kind`: site_dip, site_freeze, developer_zero, frozen, all_time_reset, spike, farming, lookalike,
false_claim, removal, return, reupload, rename, bare_id, namespace_rename, transfer. `label` is the
first label at which it shows and `last_label` the last one (null: it stays). `value_before` is
what was told at the label before, `value_told` what is told, `value_true` what happened. For a
rename `subject` is the new id; for a site or a developer the values are sums over all their models.
"""

_FIELDS = {"all_time_reset": "downloadsAllTime"}


def events_of(simulation: Simulation) -> list[dict[str, Any]]:
    """Return the rows of EVENTS in a fixed order."""
    rows = [
        *_of_site(simulation),
        *_of_deeds(simulation),
        *_of_absences(simulation),
        *_of_names(simulation),
        *_of_accounts(simulation),
    ]
    blank = dict.fromkeys(EVENTS.names)
    return sorted(
        (blank | row for row in rows),
        key=lambda r: (r["label"], r["kind"], r["hub_key"] or "", r["subject"] or ""),
    )


def _of_site(simulation: Simulation) -> Iterator[dict[str, Any]]:
    planted, cast = simulation.world.planted, simulation.world.population.cast
    for kind, labels in (("site_dip", planted.dips), ("site_freeze", planted.freezes)):
        for label in labels:
            yield {"kind": kind, "subject": "site", **_sums(simulation, label, None)}
    for label, developers in planted.zeros.items():
        slug = cast.developers[developers[0]].slug
        sums = _sums(simulation, label, developers)
        yield {"kind": "developer_zero", "subject": slug, **sums}


def _sums(simulation: Simulation, label: int, developers: tuple[int, ...] | None) -> dict[str, Any]:
    world = simulation.world
    before = told = true = 0
    for block in simulation.blocks(label):
        at = block.at
        if developers is not None:
            at = at[world.owned_by(at, developers, label)]
        before += int(world.counts(at, label - 1).downloads.sum())
        told += int(world.counts(at, label).downloads.sum())
        true += int(world.counts(at, label, told=False).downloads.sum())
    values = {"value_before": before, "value_told": told, "value_true": true}
    return {"field": "downloads", **_span(simulation, label, label), **values}


def _of_deeds(simulation: Simulation) -> Iterator[dict[str, Any]]:
    world = simulation.world
    for deed in world.planted.deeds:
        name = _FIELDS.get(deed.kind, "downloads")
        label = _shows(simulation, deed)
        told = world.counts(deed.at, label)
        true = world.counts(deed.at, label, told=False)
        before = world.counts(deed.at, max(0, label - 1))
        ids = world.ids(deed.at, label).to_pylist()
        keys = world.population.keys(deed.at).to_pylist()
        for row, (key, model_id) in enumerate(zip(keys, ids, strict=True)):
            values = [
                int((c.all_time if name == "downloadsAllTime" else c.downloads)[row])
                for c in (before, told, true)
            ]
            yield {
                "kind": deed.kind,
                **_span(simulation, label, deed.last),
                "hub_key": key,
                "model_id": model_id,
                "field": name,
                "value_before": values[0] if label else None,
                "value_told": values[1],
                "value_true": values[2],
            }


def _shows(simulation: Simulation, deed: Deed) -> int:
    """Return the first label at which a deed shows: a frozen count is noticed a label later."""
    return min(deed.first + (deed.kind == "frozen"), len(simulation.labels) - 1)


def _of_absences(simulation: Simulation) -> Iterator[dict[str, Any]]:
    for absence in simulation.world.planted.absences:
        yield {
            "kind": absence.kind,
            **_span(simulation, absence.first, absence.last),
            **_model(simulation, absence.at, absence.first - 1),
        }


def _of_names(simulation: Simulation) -> Iterator[dict[str, Any]]:
    planted = simulation.world.planted
    for model, names in planted.names.items():
        for since, name in names:
            if since > 0:
                yield {
                    "kind": planted.name_kinds[model],
                    **_span(simulation, since, FOR_EVER),
                    **_model(simulation, model, since - 1),
                    "subject": name,
                }


def _of_accounts(simulation: Simulation) -> Iterator[dict[str, Any]]:
    cast = simulation.world.population.cast
    for account in cast.accounts:
        if account.renamed_at is not None:
            span = _span(simulation, account.renamed_at, FOR_EVER)
            words = f"{account.name} -> {account.new_name}"
            yield {"kind": "namespace_rename", "subject": words, **span}
        if account.transferred_on is not None and account.new_owner is not None:
            slug = cast.developers[account.new_owner].slug
            words = f"{account.name} -> {slug}"
            yield {"kind": "transfer", "subject": words, "label": account.transferred_on}


def _model(simulation: Simulation, model: int, label: int) -> dict[str, Any]:
    at = np.array([model])
    (name,) = simulation.world.ids(at, label).to_pylist()
    return {"hub_key": simulation.world.population.key(model), "model_id": name}


def _span(simulation: Simulation, first: int, last: int) -> dict[str, Any]:
    labels = simulation.labels
    return {"label": labels[first], "last_label": labels[last] if last < len(labels) else None}
