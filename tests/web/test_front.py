"""Headers, ETags, limits, refusals, logs and freshness."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import NOW

from modelcensus.errors import Busy, CensusError, ContractError, StoreError
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.testing import FixedClock
from modelcensus.web.app import create_app
from modelcensus.web.kept import Gate, Kept
from modelcensus.web.site import Site
from modelcensus.web.sites import Sites


def test_headers_allow_nothing_foreign(client: TestClient) -> None:
    for path in ("/countries", "/nothing", "/figures/share.csv?frame=panel%3Aosir"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"


def test_only_embeds_may_be_framed(client: TestClient) -> None:
    headers = client.get("/embed/figures/share?frame=panel%3Aosir").headers
    assert "frame-ancestors *" in headers["content-security-policy"]
    assert "x-frame-options" not in headers


def test_same_address_gives_same_bytes_and_a_tag(client: TestClient) -> None:
    first, second = client.get("/countries"), client.get("/countries")
    assert first.content == second.content
    tag = first.headers["etag"]
    again = client.get("/countries", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/families").headers["etag"] != tag


def test_nothing_is_written_by_a_request(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/countries").status_code == 405
    assert client.head("/countries").content == b""


def test_limits_of_addresses(client: TestClient) -> None:
    assert client.get("/search?q=" + "a" * 5000).status_code == 414
    assert client.get("/search?q=%00").status_code == 400
    assert client.get("/models?page=999999").status_code == 400
    assert client.get("/figures/share.svg?frame=panel%3Aosir&width=99999").status_code == 400
    assert client.get("/figures/share.svg?frame=panel%3Aosir&width=10").status_code == 400


def test_errors_have_one_shape(client: TestClient) -> None:
    for path, status in (
        ("/api/v1/figures/share?by=planet", 400),
        ("/api/v1/models/nobody/nothing", 404),
        ("/api/v1/models?limit=0", 400),
        ("/api/v1/nothing", 404),
    ):
        answer = client.get(path)
        assert answer.status_code == status, path
        assert set(answer.json()["error"]) >= {"status", "kind", "what", "where", "next"}


def test_log_has_no_query_and_no_address(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="modelcensus.web"):
        client.get("/search?q=somebodys-secret")
    text = " ".join(r.getMessage() for r in caplog.records if r.name == "modelcensus.web")
    assert "/search" in text
    assert "secret" not in text
    assert "testclient" not in text


def test_gate_sends_away_and_says_when_to_come_back() -> None:
    gate = Gate(1, 1.0)
    kept: Kept[str, int] = Kept(2, gate)
    with gate.place(), pytest.raises(Busy) as refusal:
        kept.get("a", lambda: 1)
    assert refusal.value.retry_s > 0
    assert kept.get("a", lambda: 1) == 1
    with gate.place():
        assert kept.get("a", lambda: 2) == 1


@pytest.mark.parametrize("error", [Busy("not now"), StoreError("a file is gone")])
def test_what_may_pass_is_not_kept_as_the_answer(error: CensusError) -> None:
    kept: Kept[str, int] = Kept(2, Gate(4, 1.0))

    def fail() -> int:
        raise error

    with pytest.raises(type(error)):
        kept.get("a", fail)
    assert kept.get("a", lambda: 1) == 1


def test_a_refusal_of_the_question_is_kept_as_its_answer() -> None:
    kept: Kept[str, int] = Kept(2, Gate(4, 1.0))

    def refuse() -> int:
        raise ContractError("this cannot be asked")

    with pytest.raises(ContractError):
        kept.get("a", refuse)
    with pytest.raises(ContractError):
        kept.get("a", lambda: 1)


def test_busy_is_503_with_retry_after(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.gate, "most", 0)
    answer = client.get("/api/v1/figures/share?frame=panel%3Aosir&outliers=cap%3A77")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_kept_forgets_what_was_asked_longest_ago() -> None:
    kept: Kept[int, int] = Kept(2, Gate(4, 1.0))
    for key in (1, 2, 3):
        kept.get(key, lambda key=key: key)
    assert kept.peek(1) is None
    assert kept.peek(3) == 3


def test_collected_data_age_and_imported_data_do_not(
    sample_store: Store, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.freshness() == "dated"
    clock = FixedClock(NOW)
    sites = Sites(sample_store, "", Settings(), clock)
    aging = sites.newest
    monkeypatch.setattr(type(aging), "collected", {("huggingface", "hub"): (NOW, "collected")})
    served = TestClient(create_app(sites, warm=False))
    told = []
    for days in (1, 3, 10):
        clock.set(NOW + timedelta(days=days))
        told.append((served.get("/health").status_code, served.get("/health").json()["state"]))
        banner = 'class="banner' in served.get("/corrections").text
        assert banner == (days > 1)
    assert told == [(200, "fresh"), (200, "amber"), (503, "red")]
    assert 'class="banner' not in served.get(f"/r/{aging.name}/corrections").text
    sites.close()
