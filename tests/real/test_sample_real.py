"""The bundled sample against the data it was made from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import make_sample
from modelcensus.sample.load import import_sample, sample_folder
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

DATA = Path(
    os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not at {DATA}"),
]


def test_the_script_writes_the_bundled_bytes(tmp_path: Path) -> None:
    make_sample.main(DATA, tmp_path)
    written = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    assert written == {f.name: f.read_bytes() for f in sample_folder().iterdir()}


def test_the_panel_of_the_sample_is_the_panel_itself(tmp_path: Path) -> None:
    store = Store(tmp_path)
    import_sample(store, Settings())
    report = import_source(store, "osir", DATA / "osir", {}, Settings())
    assert not report.new_ids
