"""Real records of the Hub's API, served byte for byte, are collected without a reject."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FakeHub, FixedClock

DATA = Path(
    os.environ.get("MODELCENSUS_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
RECORDS = DATA / "hub_api" / "models_full_2025-11.json"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data sets are not at {DATA}"),
]


@pytest.mark.parametrize("page_rows", [7, 1000])
def test_recorded_answers_are_collected_without_a_reject(tmp_path: Path, page_rows: int) -> None:
    truth = {row["_id"]: row for row in json.loads(RECORDS.read_text())}
    settings = Settings(hub_page_rows=page_rows)
    store = Store(tmp_path / "store")
    with FakeHub(RECORDS) as hub:
        request = CollectRequest(read_endpoint(hub.url, settings))
        manifest = collect(store, request, settings, FixedClock()).snapshot
    assert manifest.rows == manifest.input_rows == len(truth) == 100
    assert not manifest.rejects
    facts = store.open_table(manifest, "metadata").to_pylist()
    counts = store.open_table(manifest, "observations").to_pylist()
    for fact, count in zip(facts, counts, strict=True):
        row = truth[fact["hub_key"]]
        assert fact["model_id"] == count["model_id"] == row["id"]
        assert count["downloads_30d"] == row["downloads"]
        assert count["likes"] == row["likes"]
        assert fact["tags"] == row["tags"]
        # what the records do not speak of is absent, not zero
        assert count["downloads_all_time"] is None
        assert "downloads_all_time" in count["absent"]
