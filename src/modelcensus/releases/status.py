"""What a store holds: frames, dates, rejects, incidents, disk. Imported data are dated."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelcensus.releases.release import release_names
from modelcensus.snapshots.manifest import SnapshotManifest
from modelcensus.snapshots.store import Store


def store_status(store: Store) -> dict[str, Any]:
    """Return the state of a store as plain values, for a terminal and for machines.

    Returns:
        store, bytes, frames (hub, frame, snapshots, first, last, models, rejects, status),
        evidence, releases (name, newest), open incidents by kind of the newest release.
    """
    snapshots = store.snapshots()
    frames: dict[tuple[str, str], dict[str, Any]] = {}
    for manifest in snapshots:
        frame = frames.setdefault(
            (manifest.hub, manifest.frame),
            {
                "hub": manifest.hub,
                "frame": manifest.frame,
                "snapshots": 0,
                "first": manifest.label,
                "rejects": Counter(),
            },
        )
        frame["snapshots"] += 1
        frame["last"] = manifest.label
        frame["models_last"] = manifest.rows
        frame["status"] = "dated" if manifest.status == "imported" else manifest.status
        frame["is_simulated"] = manifest.is_simulated
        frame["rejects"].update(manifest.rejects)
    names = release_names(store)
    return {
        "store": str(store.path),
        "bytes": folder_bytes(store.path),
        "frames": [f | {"rejects": dict(sorted(f["rejects"].items()))} for f in frames.values()],
        "evidence": [{"name": m.name, "as_of": m.as_of, "rows": m.rows} for m in store.evidence()],
        "releases": names,
        "newest_release": names[-1] if names else None,
        "incidents": _incidents(store, names),
    }


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
        if manifest.frame.startswith("panel:"):
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


def _incidents(store: Store, names: list[str]) -> dict[str, int]:
    if not names:
        return {}
    path = store.releases_path / names[-1] / "manifest.json"
    found: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["incidents"]
    return found
