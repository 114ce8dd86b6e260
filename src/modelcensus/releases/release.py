"""A release opened for reading: immutable tables, the frames in them, and who attributed what."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelcensus.contracts.canonical import manifest_sum
from modelcensus.engine.engine import Engine, open_engine
from modelcensus.errors import ChecksumMismatch, SnapshotError, StoreError, UnknownName
from modelcensus.releases.tables import FORMAT, TABLES
from modelcensus.settings import Settings, load_settings
from modelcensus.snapshots.identity import label_instant
from modelcensus.snapshots.store import Store, verified_sum

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


@dataclass(frozen=True)
class SnapshotEntry:
    """One snapshot of a release, as its manifest lists it."""

    key: int
    hub: str
    frame: str
    label: str
    counters: tuple[str, ...]
    has_metadata: bool
    is_complete_frame: bool
    is_simulated: bool
    attribution: str
    licence: str = ""

    @property
    def label_at(self) -> datetime:
        """Return the instant at which the snapshot counts."""
        return label_instant(self.label)


KEPT = 4
"""How many expressions a release keeps the rows of; one figure asks for fewer."""


class Release:
    """One release. Its tables are Ibis tables of the engine it was opened with."""

    def __init__(self, path: Path, engine: Engine, settings: Settings) -> None:
        """Read the manifest; tables are opened when they are first asked for.

        Raises:
            StoreError: the folder is no release, or one of another format.
        """
        self.path = path
        self.engine = engine
        self.settings = settings
        self.manifest = read_release_manifest(path)
        self.name: str = self.manifest["name"]
        self.registers: dict[str, str] = self.manifest["registers"]
        self._tables: dict[str, ir.Table] = {}
        self._numbers = 0
        self._kept: dict[Hashable, ir.Table] = {}

    @cached_property
    def snapshots(self) -> tuple[SnapshotEntry, ...]:
        """Return the snapshots in order of their labels."""
        return tuple(
            SnapshotEntry(
                key,
                raw["hub"],
                raw["frame"],
                raw["label"],
                tuple(raw["counters"]),
                raw["has_metadata"],
                raw["is_complete_frame"],
                raw["is_simulated"],
                raw["source"]["attribution"],
                raw["source"]["licence"],
            )
            for key, raw in enumerate(self.manifest["snapshots"])
        )

    @property
    def frames(self) -> tuple[str, ...]:
        """Return the names of the frames, sorted."""
        return tuple(sorted({s.frame for s in self.snapshots}))

    @property
    def lineage_frames(self) -> tuple[str, ...]:
        """Return the frames whose sources tell what models are built on, sorted."""
        return tuple(self.manifest["lineage_frames"])

    def frame_snapshots(self, frame: str) -> tuple[SnapshotEntry, ...]:
        """Return the snapshots of a frame in order.

        Raises:
            UnknownName: the release has no such frame.
        """
        found = tuple(s for s in self.snapshots if s.frame == frame)
        if not found:
            near = get_close_matches(frame, self.frames, cutoff=0.3) or list(self.frames)
            raise UnknownName("frame", frame, near, where=f"release {self.name}")
        return found

    def table(self, name: str) -> ir.Table:
        """Return a table of the release (releases/tables.py lists them and their columns).

        Raises:
            ChecksumMismatch: its file is not the one the manifest names.
        """
        if name not in self._tables:
            self._tables[name] = self.engine.read([self._file(f"{name}.parquet")])
        return self._tables[name]

    def register(self, name: str) -> ir.Table:
        """Return a register as it was when the release was built."""
        return self.table(f"registers/{name}")

    def observations(self, snapshots: Sequence[SnapshotEntry]) -> ir.Table:
        """Return the counters at some snapshots; only their files are opened.

        Raises:
            ChecksumMismatch: a file is not the one the manifest names.
        """
        files = [self._file(f"observations/{s.key:06d}.parquet") for s in snapshots]
        return self.engine.read(files)

    def keep(self, key: Hashable, make: Callable[[], ir.Table]) -> ir.Table:
        """Return the rows of an expression that questions of this release ask for again and again.

        It is run when its key is first asked for; the last few are kept.

        Args:
            key: what the expression is made from; equal keys stand for equal rows.
            make: returns the expression.
        """
        if key not in self._kept:
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._numbers += 1
            name = f"kept_{self._numbers % (2 * KEPT)}"
            self._kept[key] = self.engine.keep(name, make())
        return self._kept[key]

    def fetch(self, expression: ir.Table) -> pa.Table:
        """Run an expression on the release's engine."""
        return self.engine.fetch(expression)

    def close(self) -> None:
        """Release what the engine holds."""
        self.engine.close()

    def _file(self, name: str) -> Path:
        return release_file(self.path, self.manifest, name)


def release_file(path: Path, manifest: Mapping[str, Any], name: str) -> Path:
    """Return the path of a release's file after checking that it is the manifest's.

    The sum is taken when the file is first read, once per (path, size, modification time) and
    process: opening a release costs nothing, and a changed file gives no figure.

    Raises:
        ChecksumMismatch: the file is another one.
        SnapshotError: the file is gone.
    """
    file, expected = path / name, str(manifest["files"][name]["sha256"])
    found = verified_sum(file)
    if found != expected:
        raise ChecksumMismatch(str(file), expected, found)
    return file


def read_release_manifest(path: Path) -> dict[str, Any]:
    """Return a release's manifest.

    Raises:
        StoreError: there is none, it cannot be read, or it is of another format.
    """
    file = path / "manifest.json"
    if not file.exists():
        raise StoreError(
            "there is no release here", where=str(path), next_step="`census build` makes one"
        )
    try:
        manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        is_known = manifest["format"] == FORMAT and set(manifest["rows"]) == set(TABLES)
        is_changed = manifest.get("sum") != manifest_sum(manifest)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StoreError(
            "the manifest of a release cannot be read",
            where=f"{file}: {error}",
            next_step="delete the release's folder; `census build` makes it again",
        ) from error
    if not is_known:
        raise StoreError(
            "the release was built by another version of the tool",
            where=f"{path} (version {manifest.get('tool_version')})",
            next_step="`census build` builds it again from the same snapshots",
        )
    if is_changed:
        raise StoreError(
            "the manifest of a release was changed",
            where=str(file),
            next_step="`census build` makes the release again",
        )
    return manifest


def is_whole(path: Path, *, verify: bool = False) -> bool:
    """Return whether a release is there with all its files in their sizes.

    Args:
        path: its folder.
        verify: hold the sums of all files, too.
    """
    try:
        manifest = read_release_manifest(path)
        return all(
            (path / name).stat().st_size == file["bytes"]
            for name, file in manifest["files"].items()
        ) and not (verify and damaged_files(path, manifest))
    except (OSError, StoreError):
        return False


def damaged_files(path: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return the files of a release that are gone or not the manifest's, sorted."""
    damaged = []
    for name in sorted(manifest["files"]):
        try:
            release_file(path, manifest, name)
        except SnapshotError:
            damaged.append(name)
    return damaged


def release_names(store: Store) -> list[str]:
    """Return the releases of a store, oldest label first."""
    if not store.releases_path.exists():
        return []
    folders = [f for f in store.releases_path.iterdir() if not f.name.startswith(".")]
    return sorted(
        (f.name for f in folders if (f / "manifest.json").exists()),
        key=lambda n: (n[:10], (store.releases_path / n / "manifest.json").stat().st_mtime_ns),
    )


def open_release(
    store: Store, name: str = "", *, engine: str = "duckdb", settings: Settings | None = None
) -> Release:
    """Open a release by name, or the newest one.

    Raises:
        StoreError: the store holds no release.
        UnknownName: it holds none of that name.
        SettingsError: there is no such engine.
    """
    settings = settings or load_settings()
    chosen = choose_release(store, name)
    return Release(store.releases_path / chosen, open_engine(engine, settings), settings)


def choose_release(store: Store, name: str = "") -> str:
    """Return the name of a release of the store: the one named, or the newest.

    Raises:
        StoreError: the store holds no release.
        UnknownName: it holds none of that name.
    """
    names = release_names(store)
    if not names:
        raise StoreError(
            "the store holds no release",
            where=str(store.path),
            next_step="`census build` after an import, or `census demo` for the bundled sample",
        )
    chosen = name or names[-1]
    if chosen not in names:
        near = get_close_matches(chosen, names, cutoff=0.3) or names
        raise UnknownName("release", chosen, near, where=str(store.path))
    return chosen
