"""What a store holds: frames, dates, rejects, incidents, disk. Imported data are dated."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from modelcensus.contracts.frame_names import is_panel
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import SnapshotError, StoreError
from modelcensus.releases.decisions import read_pending
from modelcensus.releases.release import read_release_manifest, release_file, release_names
from modelcensus.settings import Settings
from modelcensus.snapshots.manifest import SnapshotManifest
from modelcensus.snapshots.manifest_fields import IMPORTED
from modelcensus.snapshots.store import Store


def store_status(store: Store, now: datetime, settings: Settings) -> dict[str, Any]:
    """Return the state of a store as plain values, for a terminal and for machines.

    Imported frames are `dated`: they describe their day and do not go stale. Collected ones are
    `fresh`, `amber` or `red` by their age.

    Returns:
        store, bytes, bytes_free, frames (hub, frame, snapshots, first, last, age_days, state,
        models_last, rejects by reason, reject_share, attributed_share or None, is_complete,
        is_simulated), evidence, releases, newest_release, incidents by kind, blocking.
    """
    names = release_names(store)
    manifest = _newest_manifest(store, names)
    attributed = _attributed_shares(store, manifest)
    frames: dict[tuple[str, str], list[SnapshotManifest]] = {}
    for snapshot in store.snapshots():
        frames.setdefault((snapshot.hub, snapshot.frame), []).append(snapshot)
    there = next(p for p in (store.path, *store.path.parents) if p.exists())
    return {
        "store": str(store.path),
        "bytes": folder_bytes(store.path),
        "bytes_free": shutil.disk_usage(there).free,
        "frames": [
            _frame_status(found, now, settings) | {"attributed_share": attributed.get(key)}
            for key, found in frames.items()
        ],
        "evidence": [{"name": m.name, "as_of": m.as_of, "rows": m.rows} for m in store.evidence()],
        "releases": names,
        "newest_release": names[-1] if names else None,
        "incidents": manifest.get("incidents", {}),
        "blocking": read_pending(store),
    }


def _frame_status(
    snapshots: Sequence[SnapshotManifest], now: datetime, settings: Settings
) -> dict[str, Any]:
    last = snapshots[-1]
    rejects: Counter[str] = Counter()
    for snapshot in snapshots:
        rejects.update(snapshot.rejects)
    rows = sum(snapshot.input_rows for snapshot in snapshots)
    # a clock that was ahead may have dated a crawl tomorrow
    age = max(0.0, (now - last.instant).total_seconds() / 86_400)
    return {
        "hub": last.hub,
        "frame": last.frame,
        "snapshots": len(snapshots),
        "first": snapshots[0].label,
        "last": last.label,
        "age_days": round(age, 2),
        "state": freshness(last.status, age, settings),
        "models_last": last.rows,
        "rejects": dict(sorted(rejects.items())),
        "reject_share": sum(rejects.values()) / rows if rows else None,
        "is_complete_frame": last.is_complete_frame,
        "is_simulated": last.is_simulated,
    }


def freshness(status: str, age_days: float, settings: Settings) -> str:
    """Return `dated` for imports; for what was collected `fresh`, `amber` or `red` by age."""
    if status == IMPORTED:
        return "dated"
    if age_days >= settings.red_days:
        return "red"
    return "amber" if age_days >= settings.amber_days else "fresh"


def _newest_manifest(store: Store, names: Sequence[str]) -> dict[str, Any]:
    if not names:
        return {}
    try:
        return read_release_manifest(store.releases_path / names[-1])
    except StoreError:
        return {}


def _attributed_shares(
    store: Store, manifest: Mapping[str, Any]
) -> dict[tuple[str, str], float | None]:
    """Return the attributed part of each frame's first counter at its newest snapshot.

    A release that is damaged says nothing: `census doctor` tells of it.
    """
    if not manifest:
        return {}
    folder = store.releases_path / manifest["name"]
    names = ("groups.parquet", "rollups.parquet")
    try:
        files = [release_file(folder, manifest, name) for name in names]
    except SnapshotError:
        return {}
    groups = pq.read_table(files[0]).to_pylist()
    unknown = {g["code"] for g in groups if (g["kind"], g["group"]) == ("country", UNKNOWN)}
    rollups = pq.read_table(files[1])
    shares: dict[tuple[str, str], float | None] = {}
    for key, snapshot in enumerate(manifest["snapshots"]):
        metric = next(iter(snapshot["counters"]), "models")
        rows = rollups.filter(
            (pc.field("snapshot_key") == key)
            & (pc.field("kind") == "country")
            & (pc.field("metric") == metric)
        ).to_pylist()
        total = sum(row["value"] or 0 for row in rows)
        known = sum(row["value"] or 0 for row in rows if row["code"] not in unknown)
        shares[snapshot["hub"], snapshot["frame"]] = known / total if total else None
    return shares


@dataclass(frozen=True)
class Known:
    """What the snapshots of a store show: (hub, namespace) pairs, (hub, id) pairs, licences."""

    namespaces: frozenset[tuple[str, str]]
    models: frozenset[tuple[str, str]]
    licence_uses: dict[str, int]


def known_to_store(store: Store) -> Known:
    """Return the names that the snapshots and lists of a store hold.

    Namespaces are those of panels and of the evidence `atom`, which registers should cover;
    licences are counted in the newest snapshot of each frame.
    """
    models: set[tuple[str, str]] = set()
    namespaces: set[tuple[str, str]] = set()
    newest: dict[tuple[str, str], SnapshotManifest] = {}
    for manifest in store.snapshots():
        ids = store.open_table(manifest, "observations", ["model_id"])["model_id"].to_pylist()
        models |= {(manifest.hub, i) for i in ids}
        if is_panel(manifest.frame):
            namespaces |= {(manifest.hub, i.partition("/")[0]) for i in ids if "/" in i}
        newest[manifest.hub, manifest.frame] = manifest
    for evidence in store.evidence():
        if "regions" in evidence.files:
            rows = store.open_table(evidence, "regions", ["namespace"])
            namespaces |= {("huggingface", n) for n in rows["namespace"].to_pylist()}
    uses: Counter[str] = Counter()
    for manifest in newest.values():
        table = store.open_table(manifest, "metadata", ["licence_tag", "licence_name"])
        for tag, name in zip(*(table[c].to_pylist() for c in table.column_names), strict=True):
            uses.update([name] if name and tag in (None, "other") else [tag] if tag else [])
    return Known(frozenset(namespaces), frozenset(models), dict(uses))


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) if folder.exists() else 0
