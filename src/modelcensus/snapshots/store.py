"""The store: one folder that holds snapshots, evidence, receipts, releases and the overlay.

    snapshots/<hub>/<frame>/<label>--<id>/   manifest.json, observations.parquet, and
                                             metadata.parquet, rejects.parquet where not empty
    evidence/<name>/<as of>--<id>/           manifest.json, its tables, rejects.parquet
    imports/<id>.json                        receipts
    releases/  overlay/                      made by `build`, and what the user decided or added

Folder names are for people; only manifests are believed. Hidden names are unfinished work.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from modelcensus.errors import ChecksumMismatch, SnapshotError, StoreError
from modelcensus.files import exclusive_lock, sha256_of
from modelcensus.snapshots.identity import label_instant, slug
from modelcensus.snapshots.manifest import (
    EvidenceManifest,
    ImportReceipt,
    SnapshotManifest,
    unsealed,
)
from modelcensus.sources.record import METADATA_SCHEMA, OBSERVATION_SCHEMA, REJECT_SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST_FILE = "manifest.json"

Stored = TypeVar("Stored", SnapshotManifest, EvidenceManifest)

_SCHEMAS = {
    "observations": OBSERVATION_SCHEMA,
    "metadata": METADATA_SCHEMA,
    "rejects": REJECT_SCHEMA,
}
_VERIFIED: dict[tuple[str, int, int], str] = {}
"""SHA-256 by (path, size, modification time): what this process has summed already."""


def default_store_path(
    environment: Mapping[str, str] | None = None, platform: str = sys.platform
) -> Path:
    """Return where the store lies when none is named.

    It is `CENSUS_STORE`, else `modelcensus` in the user's data directory: `XDG_DATA_HOME` or
    `~/.local/share`, on macOS `~/Library/Application Support`, on Windows `LOCALAPPDATA`.
    """
    environment = os.environ if environment is None else environment
    if named := environment.get("CENSUS_STORE"):
        return Path(named).expanduser()
    home = Path(environment.get("HOME") or Path.home())
    if platform == "darwin":
        return home / "Library" / "Application Support" / "modelcensus"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "modelcensus"
    data = Path(environment.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else home / ".local" / "share") / "modelcensus"


class Store:
    """A folder of snapshots, evidence and releases. Making the object touches nothing."""

    def __init__(self, path: Path) -> None:
        """Name the folder; the first writer creates it."""
        self.path = Path(path).absolute()
        self.snapshots_path = self.path / "snapshots"
        self.evidence_path = self.path / "evidence"
        self.imports_path = self.path / "imports"
        self.releases_path = self.path / "releases"
        self.overlay_path = self.path / "overlay"

    def lock(self) -> AbstractContextManager[None]:
        """Return a context in which this process alone may write; readers need none.

        Raises:
            StoreError: on entering, when another process writes (its id is named) or the
                store cannot be written to. A crash releases the lock.
        """
        return exclusive_lock(self.path / ".lock")

    def snapshots(self) -> list[SnapshotManifest]:
        """Return the manifests of all snapshots, sorted by hub, frame, moment, label and id.

        Raises:
            SnapshotError: a folder has no manifest, or one that was changed.
            StoreError: the store cannot be read.
        """
        found = [
            _read_manifest(SnapshotManifest.from_json, folder, self.folder_of)
            for folder in _folders(self.snapshots_path, 3)
        ]
        found.sort(key=lambda m: (m.hub, m.frame, label_instant(m.label), m.label, m.id))
        _refuse_two(found)
        return found

    def evidence(self) -> list[EvidenceManifest]:
        """Return the manifests of all evidence, sorted by name, day and id.

        Raises:
            SnapshotError: a folder has no manifest, or one that was changed.
            StoreError: the store cannot be read.
        """
        found = [
            _read_manifest(EvidenceManifest.from_json, folder, self.folder_of)
            for folder in _folders(self.evidence_path, 2)
        ]
        found.sort(key=lambda m: (m.name, m.as_of, m.id))
        _refuse_two(found)
        return found

    def receipt(self, identity: str) -> ImportReceipt | None:
        """Return the receipt of an import; None when there is none.

        Raises:
            SnapshotError: it was changed.
        """
        path = self.receipt_path(identity)
        if not path.exists():
            return None
        receipt = ImportReceipt.from_json(unsealed(_read_json(path), str(path)), str(path))
        return receipt if receipt.id == identity else None

    def receipt_path(self, identity: str) -> Path:
        """Return where the receipt of an import lies."""
        return self.imports_path / f"{identity}.json"

    def folder_of(self, manifest: SnapshotManifest | EvidenceManifest) -> Path:
        """Return the folder of a snapshot or of evidence."""
        if isinstance(manifest, SnapshotManifest):
            parent = self.snapshots_path / slug(manifest.hub) / slug(manifest.frame)
            return parent / f"{slug(manifest.label)}--{manifest.id[:12]}"
        parent = self.evidence_path / slug(manifest.name)
        return parent / f"{slug(manifest.as_of)}--{manifest.id[:12]}"

    def table_path(self, manifest: SnapshotManifest | EvidenceManifest, name: str) -> Path:
        """Return the path of a stored table after checking that it is the manifest's.

        The sum is taken once per (path, size, modification time) and process.

        Raises:
            ChecksumMismatch: the file is another one.
            SnapshotError: the manifest names no such table, or the file is gone.
        """
        path = self.folder_of(manifest) / f"{name}.parquet"
        if name not in manifest.files:
            raise SnapshotError(
                f"{manifest.title} has no table {name!r}",
                where=str(path.parent),
                next_step=f"its tables: {', '.join(sorted(manifest.files))}",
            )
        expected = manifest.files[name].sha256
        found = verified_sum(path)
        if found != expected:
            raise ChecksumMismatch(str(path), expected, found)
        return path

    def open_table(
        self,
        manifest: SnapshotManifest | EvidenceManifest,
        name: str,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return a stored table, or some of its columns, verified as by `table_path`.

        A snapshot without metadata or rejects gives an empty table of the right columns.

        Raises:
            ChecksumMismatch: the file is not the one the manifest names.
            SnapshotError: there is no such table.
        """
        import pyarrow.parquet as pq

        if name not in manifest.files and name in ("metadata", "rejects"):
            empty = _SCHEMAS[name].empty_table()
            return empty if columns is None else empty.select(list(columns))
        with pq.ParquetFile(self.table_path(manifest, name)) as file:
            return file.read(columns=None if columns is None else list(columns))

    def is_intact(
        self, manifest: SnapshotManifest | EvidenceManifest, *, verify: bool = False
    ) -> bool:
        """Return whether all tables are there with their sizes; `verify` also sums them."""
        folder = self.folder_of(manifest)
        try:
            for name, entry in manifest.files.items():
                if verify:
                    self.table_path(manifest, name)
                elif (folder / f"{name}.parquet").stat().st_size != entry.bytes:
                    return False
        except (OSError, SnapshotError):
            return False
        return True


def verified_sum(path: Path) -> str:
    """Return a file's SHA-256, taken once per (path, size, modification time) and process.

    Raises:
        SnapshotError: the file is gone or cannot be read.
    """
    try:
        status = path.stat()
        key = (str(path), status.st_size, status.st_mtime_ns)
        if key not in _VERIFIED:
            _VERIFIED[key] = sha256_of(path)
    except OSError as error:
        raise SnapshotError(
            f"a stored file cannot be read: {(error.strerror or str(error)).lower()}",
            where=str(path),
            next_step="delete the snapshot or release and import or build it again",
        ) from error
    return _VERIFIED[key]


def _folders(root: Path, depth: int) -> Iterator[Path]:
    """Yield the folders `depth` levels under `root`, sorted; hidden names are passed over."""
    if depth == 0:
        yield root
        return
    if not root.exists():
        return
    try:
        inner = sorted(p for p in root.iterdir() if not p.name.startswith(".") and p.is_dir())
    except OSError as error:
        raise StoreError(
            f"cannot read: {(error.strerror or str(error)).lower()}",
            where=str(root),
            next_step="name the folder of a store with --store",
        ) from error
    for folder in inner:
        yield from _folders(folder, depth - 1)


def _read_manifest(
    parse: Callable[[object, str], Stored], folder: Path, place: Callable[[Stored], Path]
) -> Stored:
    path = folder / MANIFEST_FILE
    manifest = parse(unsealed(_read_json(path), str(path)), str(path))
    if place(manifest) != folder:
        raise SnapshotError(
            f"a folder does not have the name of its content ({manifest.title})",
            where=str(folder),
            next_step=f"move it to {place(manifest)}, or delete it and import again",
        )
    return manifest


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SnapshotError(
            "a manifest is missing or cannot be read",
            where=f"{path}: {str(error).splitlines()[0]}",
            next_step="delete its folder and import again",
        ) from error


def _refuse_two(sorted_manifests: Sequence[SnapshotManifest | EvidenceManifest]) -> None:
    """Refuse two stored contents for one key: which of them counts would be chance."""
    seen: dict[tuple[str, ...], str] = {}
    for manifest in sorted_manifests:
        if manifest.key in seen:
            raise SnapshotError(
                f"{manifest.title} is stored twice with different content",
                where=f"identities {seen[manifest.key][:12]} and {manifest.id[:12]}",
                next_step="delete one of the two folders",
            )
        seen[manifest.key] = manifest.id
