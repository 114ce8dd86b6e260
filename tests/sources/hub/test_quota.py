from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.sources.hub.quota import (
    Policy,
    Quota,
    read_policy,
    read_quota,
    read_retry_after,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"api";r=0;t=42', Quota(0, 42.0)),
        ('"api"; r=489; t=189', Quota(489, 189.0)),
        ('"pages";r=3;t=9, "api";r=7;t=8', Quota(7, 8.0)),
        ('"pages";r=3;t=9,"resolvers";r=2;t=8', Quota(2, 8.0)),
        ("api;t=5;r=1", Quota(1, 5.0)),
        ('"api";r=1', None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_quotas_are_read(header: str, expected: Quota | None) -> None:
    assert read_quota({"ratelimit": header}) == expected


def test_policies_are_read() -> None:
    header = '"fixed window";"api";q=500;w=300'
    assert read_policy({"ratelimit-policy": header}) == Policy(500, 300.0)
    assert read_policy({"ratelimit-policy": '"api";q=0;w=300'}) is None
    assert read_policy({}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Thu, 01 Jan 2026 00:01:00", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str, expected: float | None) -> None:
    assert read_retry_after({"retry-after": text}, NOW) == expected


@given(st.text(max_size=80))
def test_no_header_breaks_the_reading(text: str) -> None:
    read_quota({"ratelimit": text})
    read_policy({"ratelimit-policy": text})
    wait = read_retry_after({"retry-after": text}, NOW)
    assert wait is None or wait >= 0
