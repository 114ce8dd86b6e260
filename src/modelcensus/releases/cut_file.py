"""Files cut from a release for quick questions: written once, disposable, written anew when unfit.

    STORE/<folder>/<release>.duckdb

Such a file is no part of the release: everything in it is in the release, too, and it may be
deleted at any time. It is written anew when it is missing or damaged, when the release's manifest
is another one, and when another version of the engine or another layout wrote it. Writers wait for
each other; readers never wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelcensus.contracts.canonical import sha256_text
from modelcensus.engine.database_file import ENGINE_VERSION, DatabaseFile, UnfitFile
from modelcensus.errors import StoreError
from modelcensus.files import (
    commit_file,
    discard_file,
    discard_folder,
    exclusive_lock,
    hidden_folder,
    sha256_of,
    stale_folders,
)
from modelcensus.releases.release import choose_release, read_release_manifest, release_names
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

Progress = Callable[[str], None]


@dataclass(frozen=True)
class CutFile:
    """A kind of file that is cut from releases.

    Attributes:
        folder: its folder in the store.
        name: what it is called.
        layout: number of its layout.
        fill: writes the tables of a new file, given the release's folder and manifest.
    """

    folder: str
    name: str
    layout: int
    fill: Callable[[DatabaseFile, Path, dict[str, Any]], None]

    def path(self, store: Store, release: str) -> Path:
        """Return where the file of a release is or would be."""
        return store.path / self.folder / f"{release}.duckdb"

    def open(
        self, store: Store, release: str, settings: Settings, on_progress: Progress = lambda _: None
    ) -> tuple[DatabaseFile, str]:
        """Open the file of a release, the newest by default; write it first where needed.

        Returns:
            the file, and the name of the release.

        Raises:
            StoreError: the store holds no release, or the file cannot be written.
            UnknownName: it holds none of that name.
            ChecksumMismatch: a file of the release is not the one its manifest names.
        """
        name = choose_release(store, release)
        folder, path = store.releases_path / name, self.path(store, name)
        seal = self._seal(folder)
        try:
            return DatabaseFile.open(path, seal, settings), name
        except UnfitFile:
            on_progress(f"writing the {self.name} of {name}")
        with exclusive_lock(path.parent / ".lock", is_patient=True):
            try:
                return DatabaseFile.open(path, seal, settings), name
            except UnfitFile:
                self._write(store, path, folder, seal, settings)
        try:
            return DatabaseFile.open(path, seal, settings), name
        except UnfitFile as error:
            # a process that holds the former file open is given that one again
            raise StoreError(
                f"the {self.name} was written and another one is open",
                where=str(error),
                next_step="close what reads the former one in this process, or start it anew",
            ) from error

    def _seal(self, folder: Path) -> str:
        """Return what a file must carry: it depends on the manifest, the layout, the engine."""
        parts = (sha256_of(folder / "manifest.json"), str(self.layout), ENGINE_VERSION)
        return sha256_text("|".join(parts))

    def _write(self, store: Store, path: Path, folder: Path, seal: str, settings: Settings) -> None:
        """Write a file under a hidden name, then rename it. Call it under the lock.

        What killed writers left goes, and so do the files of releases that are gone.
        """
        for left in stale_folders(path.parent):
            discard_folder(left)
        hidden = hidden_folder(path.parent)
        try:
            file = DatabaseFile.create(hidden / path.name, hidden / "spill", settings)
            try:
                self.fill(file, folder, read_release_manifest(folder))
                file.seal(seal)
            finally:
                file.close()
            commit_file(hidden / path.name, path)
        finally:
            discard_folder(hidden)
        kept = set(release_names(store))
        for other in sorted(path.parent.glob("*.duckdb")):
            if other.stem not in kept:
                discard_file(other)
