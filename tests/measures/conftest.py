"""The invented world `acre`, built once for the tests of measures that ask for everything in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.acre import build_acre

from modelcensus.measures.census import Census, open_census


@pytest.fixture(scope="session")
def acre_census(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """The release of `acre`, open."""
    with open_census(build_acre(tmp_path_factory.mktemp("acre")).store.path) as opened:
        yield opened
