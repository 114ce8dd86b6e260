"""The snapshots of a release as tables: what each is, and what its source speaks of."""

from __future__ import annotations

import pyarrow as pa

from modelcensus.snapshots.manifest import SnapshotManifest
from modelcensus.sources.record import INSTANT


def snapshots_table(manifests: tuple[SnapshotManifest, ...]) -> pa.Table:
    """Return the table `snapshots` but for `rows`."""
    rows = [
        {
            "snapshot_key": key,
            "snapshot_id": m.id,
            "hub": m.hub,
            "frame": m.frame,
            "label": m.label,
            "label_at": m.instant,
            "window_start": m.window[0] if m.window else None,
            "window_end": m.window[1] if m.window else None,
            "source": m.source.name,
            "is_complete_frame": m.is_complete_frame,
            "is_simulated": m.is_simulated,
        }
        for key, m in enumerate(manifests)
    ]
    schema = pa.schema(
        [
            ("snapshot_key", pa.int32()),
            ("snapshot_id", pa.string()),
            ("hub", pa.string()),
            ("frame", pa.string()),
            ("label", pa.string()),
            ("label_at", INSTANT),
            ("window_start", INSTANT),
            ("window_end", INSTANT),
            ("source", pa.string()),
            ("is_complete_frame", pa.bool_()),
            ("is_simulated", pa.bool_()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def licence_origin(manifests: tuple[SnapshotManifest, ...]) -> pa.Table:
    """Return snapshot_key and has_licence: whether the source speaks of licences at all."""
    flags = ["licence_tag" not in m.absent_columns for m in manifests]
    return pa.table(
        {
            "snapshot_key": pa.array(range(len(manifests)), pa.int32()),
            "has_licence": pa.array(flags, pa.bool_()),
        }
    )
