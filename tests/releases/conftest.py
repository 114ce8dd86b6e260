"""The invented world `acre`, built once and only read."""

from __future__ import annotations

import pytest
from tests.acre import Acre, build_acre


@pytest.fixture(scope="session")
def acre(tmp_path_factory: pytest.TempPathFactory) -> Acre:
    return build_acre(tmp_path_factory.mktemp("acre"))
