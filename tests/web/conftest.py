"""The site over the bundled sample, asked in this process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.testing import FixedClock
from modelcensus.web.app import create_app
from modelcensus.web.site import Site
from modelcensus.web.sites import Sites

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def sites(sample_store: Store) -> Iterator[Sites]:
    opened = Sites(sample_store, "", Settings(chart_workers=1, chart_seconds=120), FixedClock(NOW))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def site(sites: Sites) -> Site:
    return sites.newest


@pytest.fixture(scope="session")
def client(sites: Sites) -> TestClient:
    """A client of the site; the sites outlive it, so its start and end are not run."""
    return TestClient(create_app(sites, warm=False), raise_server_exceptions=True)
