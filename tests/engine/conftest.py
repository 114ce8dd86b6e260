"""The invented world `acre`, built once and only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from tests.acre import acre_overlay, acre_store


@pytest.fixture(scope="session")
def acre(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("acre")
    store = acre_store(folder / "store")
    build_release(store, Settings(), overlays=[acre_overlay(folder / "overlay")])
    return store
