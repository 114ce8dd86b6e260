"""The radar list, imported and built once for all tests that ask about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

RADAR = (
    Path(os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
    / "radar"
)


@pytest.fixture(scope="session")
def radar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """A census of the radar list alone."""
    store = Store(tmp_path_factory.mktemp("radar") / "store")
    import_source(store, "radar", RADAR, {}, Settings())
    build_release(store, Settings())
    with open_census(store.path) as opened:
        yield opened
