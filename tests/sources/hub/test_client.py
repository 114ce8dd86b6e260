from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.crawls import record

from modelcensus.errors import (
    CursorExpired,
    HubUnavailable,
    LimitExceeded,
    RateLimited,
    SourceError,
)
from modelcensus.settings import Settings
from modelcensus.sources.hub.client import HubClient
from modelcensus.sources.hub.endpoint import Endpoint
from modelcensus.sources.hub.quota import Policy, Quota
from modelcensus.sources.hub.token import Secret
from modelcensus.testing import FakeHub, FixedClock

HUB = Endpoint("https", "huggingface.co", 443)
PLACE = "/api/models?limit=2"
LATER = "/api/models?limit=2&cursor=x"
Respond = Callable[[httpx.Request], httpx.Response]


def client(respond: Respond, token: Secret | None = None, **given: float) -> HubClient:
    made = HubClient(HUB, token, Settings(**given), FixedClock())  # type: ignore[arg-type]
    made._http.close()
    made._http = httpx.Client(transport=httpx.MockTransport(respond))
    return made


def status(code: int, **headers: str) -> Respond:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(code, headers=named)


def test_an_answer_holds_what_the_hub_said() -> None:
    with FakeHub([record(n) for n in range(5)], quota=500, compress=True) as hub:
        port = int(hub.url.rpartition(":")[2])
        endpoint = Endpoint("http", "127.0.0.1", port)
        with HubClient(endpoint, None, Settings(), FixedClock()) as real:
            answer = real.fetch("/api/models?limit=2&sort=createdAt&direction=1")
        assert answer.next.startswith("/api/models?limit=2")
        assert answer.body.startswith(b"[{")
        assert answer.wire_bytes < len(answer.body)
        assert answer.policy == Policy(500, 300)
        assert answer.quota == Quota(499, 300)
        assert answer.is_simulated
        (request,) = hub.requests
        assert "authorization" not in dict(request.headers)


def test_the_token_goes_with_the_request() -> None:
    seen: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, content=b"[]")

    client(respond, Secret("hf_x")).fetch(PLACE)
    assert seen == ["Bearer hf_x"]


@pytest.mark.parametrize("code", [408, 425, 500, 502, 503, 504, 520, 301, 302, 307])
def test_what_may_pass(code: int) -> None:
    with pytest.raises(HubUnavailable) as raised:
        client(status(code, retry_after="7", location="https://evil.example")).fetch(LATER)
    assert raised.value.status == code
    if code >= 400:
        assert raised.value.wait_s == 7


def test_how_long_to_wait() -> None:
    with pytest.raises(RateLimited) as raised:
        client(status(429, retry_after="7", ratelimit='"api";r=0;t=9')).fetch(PLACE)
    assert raised.value.reset_s == 7
    with pytest.raises(RateLimited) as raised:
        client(status(429, ratelimit='"api";r=0;t=9')).fetch(PLACE)
    assert raised.value.reset_s == 9
    with pytest.raises(RateLimited) as raised:
        client(status(429)).fetch(PLACE)
    assert raised.value.reset_s == 60


@pytest.mark.parametrize("code", [400, 404, 410, 422])
def test_a_cursor_may_be_unknown(code: int) -> None:
    with pytest.raises(CursorExpired):
        client(status(code)).fetch(LATER)
    with pytest.raises(SourceError, match="refuses the listing"):
        client(status(code)).fetch(PLACE)


@pytest.mark.parametrize("code", [401, 403])
def test_a_token_may_be_refused(code: int) -> None:
    with pytest.raises(SourceError, match="token"):
        client(status(code)).fetch(LATER)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("x"), "cannot be reached"),
        (httpx.ConnectTimeout("x"), "cannot be reached"),
        (httpx.ReadTimeout("x"), "silent"),
        (httpx.RemoteProtocolError("hf_secret"), "RemoteProtocolError"),
        (httpx.DecodingError("x"), "unpacked"),
    ],
)
def test_the_transports_errors_are_told_again(error: Exception, words: str) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(HubUnavailable, match=words) as raised:
        client(respond, Secret("hf_secret")).fetch(PLACE)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_a_page_has_a_largest_size_and_a_longest_time() -> None:
    big = client(lambda request: httpx.Response(200, content=b"x" * 2000), hub_page_bytes=1000)
    with pytest.raises(LimitExceeded, match="1,000 bytes"):
        big.fetch(PLACE)
    slow = client(lambda request: httpx.Response(200, content=[b"[", b"]"]), hub_page_seconds=5)
    clock: Any = slow._timer
    ticks = iter([0.0, 1.0, 6.0])
    clock.monotonic = lambda: next(ticks)
    with pytest.raises(HubUnavailable, match="more than 5 s"):
        slow.fetch(PLACE)


def test_a_token_that_comes_back_is_not_kept() -> None:
    token = Secret("hf_secret")
    echo = client(lambda request: httpx.Response(200, content=b'["hf_secret"]'), token)
    assert echo.fetch(PLACE).body == b'["***"]'
    link = {"Link": '</api/models?cursor=hf_secret>; rel="next"'}
    echo = client(lambda request: httpx.Response(200, content=b"[]", headers=link), token)
    with pytest.raises(HubUnavailable, match="repeats the token"):
        echo.fetch(PLACE)
