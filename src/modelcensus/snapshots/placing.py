"""Giving staged snapshots and evidence their final names, after all reasons not to are checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from modelcensus.errors import ChecksumMismatch, SnapshotError, SourceError, StoreError
from modelcensus.files import commit_folder, sha256_of, take_back, write_json
from modelcensus.snapshots.manifest import (
    EvidenceManifest,
    ImportReceipt,
    SnapshotManifest,
    sealed,
    unsealed,
)
from modelcensus.snapshots.store import MANIFEST_FILE, Store

_COMPARED = ("rows", "input_rows", "absent_columns", "is_complete_frame", "is_simulated")


@dataclass(frozen=True)
class Item:
    """A staged snapshot or evidence list: its hidden folder and its manifest."""

    folder: Path
    manifest: SnapshotManifest | EvidenceManifest


def staged_items(staging: Path, folders: Sequence[str], path: Path) -> list[Item]:
    """Return what the child staged, its tables verified against its manifests.

    Raises:
        SourceError: it staged nothing, or the same key twice.
        ChecksumMismatch: a table is not what its manifest says.
    """
    items = [_staged(staging / name) for name in folders]
    if not items:
        raise SourceError(
            "nothing to import was found",
            where=str(path),
            next_step="check that this is the right source and the right file or folder",
        )
    seen: set[tuple[str, ...]] = set()
    for item in items:
        if item.manifest.key in seen:
            raise SourceError(
                f"a source gave {item.manifest.title} twice",
                where=str(path),
                next_step="this is a fault of the source module: one state per label",
            )
        seen.add(item.manifest.key)
    return items


def missing_items(store: Store, items: Sequence[Item]) -> list[Item]:
    """Return the items that are not stored yet, or whose stored tables are damaged.

    Raises:
        SnapshotError: one is stored under the same key with other content.
    """
    manifests: list[SnapshotManifest | EvidenceManifest] = []
    manifests += store.snapshots()
    manifests += store.evidence()
    stored = {manifest.key: manifest for manifest in manifests}
    missing: list[Item] = []
    for item in items:
        there = stored.get(item.manifest.key)
        if there is not None and there.id != item.manifest.id:
            raise _conflict(store, there, item.manifest)
        if there is None or not store.is_intact(there, verify=True):
            missing.append(item)
    return missing


def place(store: Store, staging: Path, items: Sequence[Item], receipt: ImportReceipt) -> None:
    """Rename each item into place and write the receipt last; on failure take all back.

    A process that is killed in between leaves whole snapshots without a receipt: the next
    import of the same input keeps them and adds the others.

    Raises:
        StoreError: the store refuses.
    """
    begun: list[Path] = []
    try:
        for number, item in enumerate(items):
            final = store.folder_of(item.manifest)
            if final.exists():
                take_back(final, staging / f"damaged-{number}")
            begun.append(final)
            commit_folder(item.folder, final)
        begun.append(store.receipt_path(receipt.id))
        write_json(store.receipt_path(receipt.id), sealed(receipt))
    except BaseException:
        for number, final in enumerate(begun):
            # the last one may have failed before it was renamed, or after
            if final.exists():
                with suppress(StoreError):
                    take_back(final, staging / f"taken-back-{number}")
        raise


def _staged(folder: Path) -> Item:
    path = folder / MANIFEST_FILE
    raw = unsealed(json.loads(path.read_text(encoding="utf-8")), str(path))
    kind = SnapshotManifest if isinstance(raw, dict) and "hub" in raw else EvidenceManifest
    manifest = kind.from_json(raw, str(path))
    for name, entry in manifest.files.items():
        table = folder / f"{name}.parquet"
        if (found := sha256_of(table)) != entry.sha256:
            raise ChecksumMismatch(str(table), entry.sha256, found)
    return Item(folder, manifest)


def _conflict(
    store: Store,
    stored: SnapshotManifest | EvidenceManifest,
    given: SnapshotManifest | EvidenceManifest,
) -> SnapshotError:
    differences = [
        f"{name} {getattr(stored, name)} -> {getattr(given, name)}"
        for name in _COMPARED
        if getattr(stored, name, None) != getattr(given, name, None)
    ]
    differences += [
        f"table {name}"
        for name in sorted(stored.files.keys() | given.files.keys())
        if stored.files.get(name) != given.files.get(name)
    ]
    if stored.tool_version != given.tool_version:
        differences.append(f"written by version {stored.tool_version} -> {given.tool_version}")
    return SnapshotError(
        f"{given.title} is stored already with other content",
        where=f"{store.folder_of(stored)}; stored -> given: {', '.join(differences)}",
        next_step="delete that folder to replace it, or give these data a frame of their own "
        "(--frame) where the source has that option",
    )
