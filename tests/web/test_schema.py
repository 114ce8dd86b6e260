"""The API asked by its own schema: what schemathesis makes of it never gets a 5xx."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from modelcensus.web.app import create_app
from modelcensus.web.sites import Sites


@pytest.fixture(scope="session")
def api(sites: Sites) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(sites, warm=False))


SCHEMA = schemathesis.pytest.from_fixture("api")


@SCHEMA.parametrize()
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_5xx(case: schemathesis.Case) -> None:
    answer = case.call()
    assert answer.status_code in (200, 400, 404, 405, 413, 414), answer.text
    if answer.status_code != 200:
        assert set(answer.json()["error"]) >= {"status", "kind", "what", "where", "next"}
