"""The invented world `acre`, built once and only read."""

from __future__ import annotations

import pytest
from tests.acre import build_acre, totals

from modelcensus.snapshots.store import Store


@pytest.fixture(scope="session")
def acre(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return build_acre(tmp_path_factory.mktemp("acre"), *totals()).store
