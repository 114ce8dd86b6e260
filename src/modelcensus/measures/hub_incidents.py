"""What is missing or odd in the counts of a frame: gaps, missing counts, falls, repeated rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from modelcensus.measures.hub_views import View, days_between
from modelcensus.releases.release import Release

_TOLD = ("gap", "counter_fall", "conflicting_duplicate")


def frame_coverage(release: Release, views: Sequence[View]) -> list[dict[str, Any]]:
    """Return what is known of each frame behind some views, with what is odd in it.

    Returns:
        A dictionary per frame: hub, frame, snapshots, first and last label, and per counter the
        counts that are missing; rows that came twice on a day (null where rows stand for no model
        each), of these with unequal counts; gaps (labels and days without a snapshot) and falls
        of running totals.
    """
    columns: dict[str, list[str]] = {}
    for view in views:
        found = columns.setdefault(view.last.frame, [])
        if view.metric.column not in found:
            found.append(view.metric.column)
    return [_frame(release, frame, counters) for frame, counters in columns.items()]


def _frame(release: Release, frame: str, counters: Sequence[str]) -> dict[str, Any]:
    entries = release.frame_snapshots(frame)
    table = release.table("incidents")
    rows = release.fetch(
        table.filter((table.frame == frame) & table.kind.isin(_TOLD)).order_by(
            ["label_after", "kind", "subject", "incident_id"]
        )
    ).to_pylist()
    return {
        "hub": entries[0].hub,
        "frame": frame,
        "snapshots": len(entries),
        "first": entries[0].label,
        "last": entries[-1].label,
        "missing_counts": {c: _missing(release, frame, c) for c in counters},
        "repeated_rows": _repeated(release, frame),
        "gaps": [
            {
                "after": row["label_before"],
                "before": row["label_after"],
                "days_without": days_between(row["label_before"], row["label_after"]),
            }
            for row in rows
            if row["kind"] == "gap"
        ],
        "falls": [
            {
                "model_id": row["subject"],
                "metric": row["metric"],
                "from": row["value_before"],
                "to": row["value_after"],
                "after": row["label_before"],
                "by": row["label_after"],
            }
            for row in rows
            if row["kind"] == "counter_fall"
        ],
        "conflicting_rows": [
            {"model_id": row["subject"], "label": row["label_after"]}
            for row in rows
            if row["kind"] == "conflicting_duplicate"
        ],
    }


def _missing(release: Release, frame: str, counter: str) -> int:
    """Return how many rows of all snapshots give no count, though their snapshot has some."""
    keys = [s.key for s in release.frame_snapshots(frame) if counter in s.counters]
    table = release.table("rollups")
    mine = table.filter(
        (table.kind == "country") & (table.metric == counter) & table.snapshot_key.isin(keys)
    )
    counted = release.fetch(mine.agg(n=(mine.models - mine.counted).sum().cast("int64")))
    return int(counted["n"][0].as_py() or 0)


def _repeated(release: Release, frame: str) -> int | None:
    """Return how many rows of a frame's sources were merged with another of the same model."""
    table = release.table("snapshots")
    kept = release.fetch(
        table.filter(table.frame == frame).select("snapshot_key", "rows").order_by("snapshot_key")
    ).to_pylist()
    more = 0
    for row in kept:
        raw = release.manifest["snapshots"][row["snapshot_key"]]
        extra = raw["input_rows"] - sum(raw["rejects"].values()) - row["rows"]
        if extra < 0:
            return None
        more += extra
    return more


def odd_notes(frames: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield what is odd in each frame as sentences; nothing of it is mended."""
    for frame in frames:
        parts = []
        missing = {c: n for c, n in frame["missing_counts"].items() if n}
        parts += [f"{n:,} counts of {c} are missing" for c, n in missing.items()]
        parts += [
            f"no snapshot for {gap['days_without']} days ({gap['after']} to {gap['before']})"
            for gap in frame["gaps"]
        ]
        if frame["falls"]:
            most = max(frame["falls"], key=lambda f: f["from"] - f["to"])
            steps = Counter((f["after"], f["by"]) for f in frame["falls"])
            (after, by), times = steps.most_common(1)[0]
            parts.append(
                f"{len(frame['falls'])} fall(s) of a running total, read as incidents and not as "
                f"negative counts ({times} of them from {after} to {by}; the largest: "
                f"{most['model_id']} {most['from']:,} -> {most['to']:,} by {most['by']})"
            )
        if frame["repeated_rows"]:
            parts.append(
                f"{frame['repeated_rows']} row(s) came twice on a day, "
                f"{len(frame['conflicting_rows'])} of them with unequal counts: the first counts"
            )
        if parts:
            yield f"{frame['frame']}: {'; '.join(parts)}"
