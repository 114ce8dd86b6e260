"""Manifests: what a stored snapshot, an evidence list and an import consist of.

They hold no path and no clock time, and they are read strictly: an unknown key, a missing key
or an identity that does not follow from the content is a SnapshotError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from modelcensus.contracts.canonical import manifest_sum
from modelcensus.errors import SnapshotError
from modelcensus.snapshots.identity import (
    evidence_identity,
    import_identity,
    instant_text,
    label_instant,
    snapshot_identity,
)
from modelcensus.snapshots.manifest_fields import IMPORTED, FileEntry, read_strictly
from modelcensus.sources.record import SourceInfo


@dataclass(frozen=True)
class SnapshotManifest:
    """One state of one frame at one label; never edited.

    Attributes:
        id: hex SHA-256, see `identity.snapshot_identity`.
        source: where it comes from and under which terms.
        label: ISO text of a day (`2025-09-07`) or an instant (`2026-08-19T12:00:25Z`).
        window: first and last moment at which the source looked; None when unknown.
        rows: rows of `observations`.
        input_rows: rows of the input these account for, `applied_rows` included.
        applied_rows: input rows that only changed or removed the record of another row.
        rejects: lost rows by reason.
        files: stored tables by name (`observations`; `metadata` and `rejects` where not empty).
        schema_fingerprint: hex SHA-256 over the columns and types of the tables.
        absent_columns: counters and facts that the whole source does not have.
        status: `imported` or `collected`.
    """

    id: str
    source: SourceInfo
    hub: str
    frame: str
    label: str
    window: tuple[datetime, datetime] | None
    rows: int
    input_rows: int
    applied_rows: int
    rejects: Mapping[str, int]
    files: Mapping[str, FileEntry]
    schema_fingerprint: str
    absent_columns: tuple[str, ...]
    is_complete_frame: bool
    is_simulated: bool
    tool_version: str
    status: str = IMPORTED

    @property
    def instant(self) -> datetime:
        """Return the moment at which it counts: an instant itself, a day's start in UTC."""
        return label_instant(self.label)

    @property
    def key(self) -> tuple[str, ...]:
        """Return what no two stored snapshots may share: hub, frame and label."""
        return (self.hub, self.frame, self.label)

    @property
    def title(self) -> str:
        """Return hub, frame and label in one line."""
        return " ".join(self.key)

    def computed_id(self) -> str:
        """Return the identity that follows from the content."""
        return snapshot_identity(
            hub=self.hub,
            frame=self.frame,
            label=self.label,
            tables=_sums(self.files),
            absent_columns=self.absent_columns,
            is_complete_frame=self.is_complete_frame,
            is_simulated=self.is_simulated,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as plain JSON values."""
        raw = asdict(self)
        raw["window"] = None if self.window is None else [instant_text(w) for w in self.window]
        return raw

    @classmethod
    def from_json(cls, raw: object, where: str = "") -> SnapshotManifest:
        """Return the manifest that `to_json` wrote.

        Raises:
            SnapshotError: a key is missing, unknown or of another type, or the identity does
                not follow from the rest.
        """
        return _with_its_identity(read_strictly(cls, raw, where), where)


@dataclass(frozen=True)
class EvidenceManifest:
    """One register-like source as of one day; the fields mean what they mean in a snapshot."""

    id: str
    source: SourceInfo
    name: str
    as_of: str
    rows: int
    input_rows: int
    rejects: Mapping[str, int]
    files: Mapping[str, FileEntry]
    schema_fingerprint: str
    tool_version: str
    status: str = IMPORTED

    @property
    def key(self) -> tuple[str, ...]:
        """Return what no two stored lists may share: name and day."""
        return (self.name, self.as_of)

    @property
    def title(self) -> str:
        """Return name and day in one line."""
        return f"evidence {self.name} {self.as_of}"

    def computed_id(self) -> str:
        """Return the identity that follows from the content."""
        return evidence_identity(name=self.name, as_of=self.as_of, tables=_sums(self.files))

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: object, where: str = "") -> EvidenceManifest:
        """Return the manifest that `to_json` wrote.

        Raises:
            SnapshotError: as for a snapshot.
        """
        return _with_its_identity(read_strictly(cls, raw, where), where)


@dataclass(frozen=True)
class ImportReceipt:
    """What one import read and what it led to; the same import is then known at once.

    Attributes:
        id: hex SHA-256 over all fields but `snapshots` and `evidence`.
        options: the source's options, defaults filled in.
        inputs: SHA-256 of every input file by relative name.
        snapshots: identities of the snapshots, in the source's order.
        evidence: identities of the evidence lists, in the source's order.
    """

    id: str
    source: str
    reader_version: int
    options: Mapping[str, str]
    inputs: Mapping[str, str]
    tool_version: str
    snapshots: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    def computed_id(self) -> str:
        """Return the identity that follows from what was read."""
        return import_identity(
            source=self.source,
            reader_version=self.reader_version,
            options=self.options,
            inputs=self.inputs,
            tool_version=self.tool_version,
        )

    def listing(self, items: Iterable[SnapshotManifest | EvidenceManifest]) -> ImportReceipt:
        """Return the receipt with what the import led to."""
        found = list(items)
        return replace(
            self,
            snapshots=tuple(m.id for m in found if isinstance(m, SnapshotManifest)),
            evidence=tuple(m.id for m in found if isinstance(m, EvidenceManifest)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the receipt as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: object, where: str = "") -> ImportReceipt:
        """Return the receipt that `to_json` wrote.

        Raises:
            SnapshotError: as for a snapshot.
        """
        return _with_its_identity(read_strictly(cls, raw, where), where)


def sealed(manifest: SnapshotManifest | EvidenceManifest | ImportReceipt) -> dict[str, Any]:
    """Return what a manifest's file holds: the manifest, and the SHA-256 of all that it says."""
    raw = manifest.to_json()
    return raw | {"sum": manifest_sum(raw)}


def unsealed(raw: object, where: str) -> object:
    """Return the manifest that a file holds, after checking that it says what it said.

    Raises:
        SnapshotError: its sum is missing or another one.
    """
    if not isinstance(raw, dict):
        return raw
    try:
        is_same = raw.get("sum") == manifest_sum(raw)
    except ValueError:  # NaN or half a character: nothing that was written here
        is_same = False
    if not is_same:
        raise SnapshotError(
            "a manifest was changed: its sum is another one",
            where=where,
            next_step="edited by hand or written by another version: delete it and import again",
        )
    return {name: value for name, value in raw.items() if name != "sum"}


Manifest = TypeVar("Manifest", SnapshotManifest, EvidenceManifest, ImportReceipt)


def _sums(files: Mapping[str, FileEntry]) -> dict[str, str]:
    return {name: entry.sha256 for name, entry in files.items()}


def _with_its_identity(manifest: Manifest, where: str) -> Manifest:
    found = manifest.computed_id()
    if manifest.id == found:
        return manifest
    raise SnapshotError(
        "a manifest was changed: its identity does not follow from its content",
        where=f"{where} (stated {manifest.id[:12]}, computed {found[:12]})",
        next_step="delete the folder and import it again",
    )
