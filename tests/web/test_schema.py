"""The API asked by its own schema: what schemathesis makes of it never gets a 5xx."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, given, settings

from modelcensus.contracts.registry import MEASURES
from modelcensus.web.app import create_app
from modelcensus.web.sites import Sites

EXAMPLES = 6
"""Requests for each address; the long run of test_hostile.py asks ten thousand of all kinds."""


def test_no_5xx(sites: Sites) -> None:
    schema = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", create_app(sites, warm=False, closes=False)
    )
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            answer = case.call()
            assert answer.status_code in (200, 400, 404, 405, 413, 414), answer.text
            if answer.status_code != 200:
                error = answer.json()["error"]
                assert set(error) >= {"status", "kind", "what", "where", "next"}

        ask()
    assert asked >= EXAMPLES * len(MEASURES)
