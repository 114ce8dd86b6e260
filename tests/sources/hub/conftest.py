"""A small invented Hub: five pages of ten rows, the last one short."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crawls import record


@pytest.fixture(scope="session")
def records() -> list[dict[str, Any]]:
    """Return 47 rows in order of creation."""
    return [record(number) for number in range(47)]
