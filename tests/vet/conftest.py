"""A release without outcomes, built once; tests put their own into it (see world.py)."""

from __future__ import annotations

import pytest
from tests.vet.world import build

from modelcensus.snapshots.store import Store


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store whose release holds no outcomes."""
    return build(tmp_path_factory.mktemp("bare") / "store")
