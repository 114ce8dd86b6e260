"""Which countries belonged to a bloc on the days of some snapshots."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.releases.release import Release, SnapshotEntry


def members(release: Release, snapshots: Sequence[SnapshotEntry]) -> ir.Table:
    """Return snapshot_key, country and bloc: the members on the day of each snapshot."""
    register = release.register("blocs")
    kept = register.filter(register.seen != "unread")
    rows = release.fetch(kept.order_by("row_id")).to_pylist()
    found = [
        (snapshot.key, row["country"], row["bloc"])
        for snapshot in snapshots
        for row in rows
        if row["valid_from"] <= snapshot.label[:10] < (row["valid_to"] or "9999")
    ]
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    return release.engine.local(
        pa.table(
            {
                "snapshot_key": pa.array(columns[0], pa.int32()),
                "country": pa.array(columns[1], pa.string()),
                "bloc": pa.array(columns[2], pa.string()),
            }
        )
    )


def in_blocs(
    release: Release, snapshots: Sequence[SnapshotEntry], rows: ir.Table, *, column: str = "group"
) -> ir.Table:
    """Return rows with a country's code replaced by that of its bloc, if it is in one.

    Args:
        release: holds the register `blocs`.
        snapshots: those that the rows are of.
        rows: with a column of countries; with several snapshots also snapshot_key.
        column: the column of countries.
    """
    known = members(release, snapshots)
    if len(snapshots) == 1:
        joined = rows.left_join(known.drop("snapshot_key"), rows[column] == known.country)
    else:
        both = [rows.snapshot_key == known.snapshot_key, rows[column] == known.country]
        joined = rows.left_join(known, both)
    values = {name: joined[name] for name in rows.columns}
    return joined.select(**values | {column: ibis.coalesce(joined.bloc, joined[column])})
