"""Imports the bundled sample like any other source."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.report import ImportReport
from modelcensus.snapshots.store import Store


def sample_folder() -> Path:
    """Return the folder of the bundled sample."""
    return Path(str(resources.files("modelcensus.sample") / "data"))


def import_sample(store: Store, settings: Settings) -> ImportReport:
    """Import the sample into a store; a second time changes nothing.

    Raises:
        StoreError: the store cannot be written to.
        SnapshotError: the store holds other content under the same frame and label.
    """
    return import_source(store, "sample", sample_folder(), {}, settings)


def sample_sources(report: ImportReport) -> list[str]:
    """Return one line for each source of the sample: title, address, licence."""
    infos = {item.source for item in report.items}
    return sorted(f"{i.title}, {i.url}, licence {i.licence}" for i in infos)
