"""When repositories were created, as far as it was told by a snapshot and not only later."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from modelcensus.releases.release import Release, SnapshotEntry


def created_models(release: Release, last: SnapshotEntry) -> ir.Table:
    """Return model_key and created_at of every model, as far as told up to a snapshot.

    The snapshots of all frames tell it; what only those after `last` tell is null here.
    """
    models = release.table("models")
    label = ibis.literal(last.label_at.replace(tzinfo=None)).cast("timestamp('UTC', 6)")
    is_told = models.created_told_at <= label
    created = ibis.ifelse(is_told, models.created_at, None)
    return models.select("model_key", created_at=created)
