"""In which account a model stood at a snapshot: renamed accounts are followed, moves are dated."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.measures.populations import has_values, label_instants
from modelcensus.releases.release import Release, SnapshotEntry
from modelcensus.sources.record import INSTANT

NO_NAMESPACE = "(no namespace)"
"""Group of the models whose ids name no account."""


def with_accounts(release: Release, snapshots: Sequence[SnapshotEntry], rows: ir.Table) -> ir.Table:
    """Return rows with the account that each model stood in, as `group`.

    A model stands in the account of its present name. One that moved counts, until its next name
    was first seen, with the account it moved from, if that account still holds models: else the
    account as a whole was renamed, and is followed.

    Args:
        release: what was asked.
        snapshots: those that the rows are of.
        rows: snapshot_key, model_key and more.
    """
    models = release.table("models").select("model_key", "namespace")
    joined = rows.join(models, "model_key")
    present = ibis.coalesce(joined.namespace, ibis.literal(NO_NAMESPACE))
    moved = _moved(release)
    if not has_values(release, moved, "account"):
        return joined.mutate(group=present).drop("namespace")
    dated = joined.mutate(group=present).join(label_instants(release, snapshots), "snapshot_key")
    stood = moved.select("account", "first_at", "until", moved_key="model_key")
    found = dated.left_join(
        stood,
        [
            dated.model_key == stood.moved_key,
            dated.label_at >= stood.first_at,
            dated.label_at < stood.until,
        ],
    )
    there = found.mutate(group=ibis.coalesce(found.account, found["group"]))
    return there.select(*rows.columns, "group")


def _moved(release: Release) -> ir.Table:
    """Return model_key, account, first_at and until of names in an account that still stands."""
    names = release.table("names")
    several = names.group_by("model_key").agg(names=names.count()).filter(lambda t: t.names > 1)
    spelled = names.semi_join(several, "model_key").mutate(
        account=names.model_id.split("/")[0], has_account=names.model_id.contains("/")
    )
    labels = release.engine.local(_labels(release))
    dated = spelled.join(labels, spelled.first_label == labels.label)
    window = ibis.window(group_by="model_key", order_by=["label_at", "model_id"])
    ordered = dated.mutate(first_at=dated.label_at, until=dated.label_at.lead().over(window))
    old = ordered.filter(ordered.until.notnull() & ordered.has_account)
    models = release.table("models")
    present = models.select("model_key", "namespace")
    left = old.join(present, "model_key").filter(lambda t: t.account != t.namespace)
    standing = models.select("hub", account="namespace").distinct()
    return left.semi_join(standing, ["hub", "account"]).select(
        "model_key", "account", "first_at", "until"
    )


def _labels(release: Release) -> pa.Table:
    """Return each label of the release once, with its instant."""
    found = {s.label: s.label_at for s in release.snapshots}
    return pa.table(
        {
            "label": pa.array(list(found), pa.string()),
            "label_at": pa.array(list(found.values()), INSTANT),
        }
    )
