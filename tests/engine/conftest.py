"""The invented world `acre`, built once and only read."""

from __future__ import annotations

import pytest
from tests.acre import acre_overlay, acre_store

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store


@pytest.fixture(scope="session")
def acre(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("acre")
    store = acre_store(folder / "store")
    build_release(store, Settings(), overlays=[acre_overlay(folder / "overlay")])
    return store
