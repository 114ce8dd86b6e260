"""Importing: a foreign file or folder becomes snapshots and evidence, all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from modelcensus.errors import TooManyRejects
from modelcensus.files import discard_folder, hidden_folder, stale_folders
from modelcensus.settings import Settings
from modelcensus.snapshots.inputs import Inputs, sum_inputs
from modelcensus.snapshots.manifest import EvidenceManifest, ImportReceipt, SnapshotManifest
from modelcensus.snapshots.placing import Item, missing_items, place, staged_items
from modelcensus.snapshots.reader import Progress, ReadRequest, read_source
from modelcensus.snapshots.report import ImportReport
from modelcensus.snapshots.store import Store
from modelcensus.sources.record import SourceInfo
from modelcensus.sources.source import check_options, get_source
from modelcensus.version import VERSION

READER_VERSION = 2
"""Raised when reading changes so that the same input gives other snapshots."""

SAMPLE_CHARACTERS = 120


def import_source(
    store: Store,
    source_name: str,
    path: Path,
    options: Mapping[str, str],
    settings: Settings,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import what a source finds under `path` and return what was stored.

    The same import is recognised by its input's sums and answered at once. What is stored
    already with the same content is kept; a stored table that was damaged is replaced.

    Args:
        store: where to; it is created if need be.
        source_name: a key of `SOURCES`.
        path: a file or folder.
        options: the source's options; defaults are filled in.
        settings: the limits of reading, and the share of rejects that is allowed.
        on_progress: is told the rows read so far and the state being read.

    Raises:
        UnknownName: no such source.
        SettingsError: an option that the source does not have.
        SourceError: the input cannot be read, or holds nothing.
        LimitExceeded: reading needed more than the settings allow.
        TooManyRejects: more rows were lost than the settings allow; nothing is stored.
        SnapshotError: the same hub, frame and label is stored with other content.
        StoreError: another process is writing, or the store cannot be written to.
    """
    source = get_source(source_name)
    values = check_options(source, options)
    inputs = sum_inputs(path)
    receipt = _receipt(source_name, values, inputs)
    if report := _known(store, receipt.id, source.INFO):
        return report
    with store.lock():
        for folder in stale_folders(store.path):
            discard_folder(folder)
        staging = hidden_folder(store.path)
        try:
            request = ReadRequest(source_name, inputs.path, values, staging, settings)
            staged = read_source(request, on_progress)
            inputs.refuse_changes()
            items = staged_items(staging, staged.folders, inputs.path)
            refuse_rejects(items, staged.samples, settings, inputs.path)
            new = missing_items(store, items)
            report = _report(source.INFO, items, new)
            place(store, staging, new, receipt.listing(report.items))
        finally:
            discard_folder(staging)
    return report


def _receipt(source_name: str, options: Mapping[str, str], inputs: Inputs) -> ImportReceipt:
    """Return the receipt of an import that has not happened yet."""
    receipt = ImportReceipt(
        id="",
        source=source_name,
        reader_version=READER_VERSION,
        options=options,
        inputs=inputs.sums,
        tool_version=VERSION,
    )
    return replace(receipt, id=receipt.computed_id())


def _known(store: Store, identity: str, info: SourceInfo) -> ImportReport | None:
    """Return the report of an import that was done and of which all is still there."""
    receipt = store.receipt(identity)
    if receipt is None:
        return None
    snapshots = {m.id: m for m in store.snapshots() if store.is_intact(m)}
    evidence = {m.id: m for m in store.evidence() if store.is_intact(m)}
    if not (snapshots.keys() >= {*receipt.snapshots} and evidence.keys() >= {*receipt.evidence}):
        return None
    return ImportReport(
        info,
        tuple(snapshots[identity] for identity in receipt.snapshots),
        tuple(evidence[identity] for identity in receipt.evidence),
        frozenset(),
    )


def _report(info: SourceInfo, items: Sequence[Item], new: Sequence[Item]) -> ImportReport:
    manifests = [item.manifest for item in items]
    return ImportReport(
        info,
        tuple(m for m in manifests if isinstance(m, SnapshotManifest)),
        tuple(m for m in manifests if isinstance(m, EvidenceManifest)),
        frozenset(item.manifest.id for item in new),
    )


def refuse_rejects(
    items: Sequence[Item],
    samples: Sequence[tuple[str, str]],
    settings: Settings,
    path: Path,
) -> None:
    """Raise when more rows were lost than is allowed, over the whole import."""
    reasons: Counter[str] = Counter()
    for item in items:
        reasons.update(item.manifest.rejects)
    lost, rows = reasons.total(), sum(item.manifest.input_rows for item in items)
    if lost <= settings.max_reject_share * rows:
        return
    named = "; ".join(f"{reason} ({count:,})" for reason, count in sorted(reasons.items()))
    shown = " | ".join(f"{reason}: {raw[:SAMPLE_CHARACTERS]}" for reason, raw in samples)
    raise TooManyRejects(
        f"{lost:,} of {rows:,} input rows were rejected, more than "
        f"{settings.max_reject_share:.1%}: {named}; nothing was stored",
        reasons=dict(sorted(reasons.items())),
        where=f"{path}; for example {shown}",
        next_step="check that this is the right source for the file; the setting "
        "max_reject_share (CENSUS_MAX_REJECT_SHARE) allows more",
    )
