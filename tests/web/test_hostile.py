"""Hostile texts are inert (T11), and whatever is asked gets 4xx and never 5xx (T10)."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.small_store import put, state
from tests.web.conftest import NOW

from modelcensus.contracts.measure import PARAMETERS
from modelcensus.contracts.registry import MEASURES
from modelcensus.releases.build import build_release
from modelcensus.releases.directory import SORTS
from modelcensus.releases.directory_tables import FACETS
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.testing import FixedClock
from modelcensus.web.app import create_app
from modelcensus.web.sites import Sites

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}",
    "' OR 1=1 --",
    "'; DROP TABLE listed; --",
    "%' OR '1'='1",
    "../../etc/passwd",
    "\u202egnp.exe",
    "=HYPERLINK(1)",
    "a\u0000b",
    "\U0001d562wen",
)

FOUND = {200, 303, 308, 400, 404, 413, 414, 422}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory):
    """A site over a release whose models, licences and tasks are named by an attacker."""
    store = Store(Path(tmp_path_factory.mktemp("hostile")))
    rows = [
        {
            "id": f"evil/{place}-{payload}".replace("\u0000", ""),
            "downloads_30d": 1000 - place,
            "licence_tag": payload.replace("\u0000", ""),
            "pipeline_tag": payload.replace("\u0000", ""),
            "library": payload.replace("\u0000", ""),
        }
        for place, payload in enumerate(PAYLOADS)
    ]
    put(store, state("2031-01-05", rows))
    build_release(store, Settings())
    sites = Sites(store, "", Settings(chart_workers=1, chart_seconds=120), FixedClock(NOW))
    yield TestClient(create_app(sites, warm=False)), [row["id"] for row in rows]
    sites.close()


class _Tags(HTMLParser):
    """Collects what a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        src = values.get("src") or ""
        if tag == "script" and not src.startswith("/static/"):
            self.found.append(f"script {attributes}")
        if tag in ("iframe", "object", "embed", "base", "meta") and "http-equiv" in values:
            self.found.append(f"{tag} {attributes}")
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action", "srcset") and not _is_own(value or ""):
                self.found.append(f"{tag} {name}={value}")


def _is_own(address: str) -> bool:
    return address.startswith(("/", "#", "?")) and not address.startswith("//")


def _run_by(text: str) -> list[str]:
    parser = _Tags()
    parser.feed(text)
    return parser.found


def test_planted_script_would_be_found() -> None:
    for planted in (
        '<p onclick="x">',
        "<script>1</script>",
        '<a href="javascript:x">',
        '<img src="//host/x">',
    ):
        assert _run_by(planted)


def test_hostile_names_are_inert(hostile) -> None:
    client, names = hostile
    paths = ["/", "/models", "/search?q=evil", "/figures/share?by=pipeline_tag", "/status"]
    paths += ["/figures/rank?by=namespace", "/figures/share?by=library&tab=table"]
    paths += [f"/models/{quote(name, safe='/')}" for name in names]
    paths += [f"/models?pipeline_tag={quote(p)}" for p in PAYLOADS if "\u0000" not in p]
    pages = 0
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in FOUND, path
        assert _run_by(answer.text) == [], path
        assert "\u202e" not in answer.text, path
        pages += answer.status_code == 200
    assert pages > 10


def test_spreadsheets_stay_inert_and_data_lossless(hostile) -> None:
    client, _ = hostile
    query = "by=library&frame=panel%3Aprobe"
    plain = client.get(f"/figures/share.csv?{query}").text
    safe = client.get(f"/figures/share.csv-spreadsheet?{query}").text
    assert "\n=HYPERLINK(1)" in plain
    assert "=HYPERLINK(1)" in safe
    assert "\n=HYPERLINK(1)" not in safe


texts = st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=40))
names = st.one_of(
    st.sampled_from([*PARAMETERS, *FACETS, "subjects", "q", "page", "limit", "sort", "order"]),
    st.sampled_from(["frame", "chart", "width", "theme", "tab", "titled", "down", "hub", "format"]),
    st.text(max_size=12),
)
known = st.sampled_from(["panel:osir", "CN", "US", "qwen", "country", "latest", "2", *SORTS])
queries = st.lists(st.tuples(names, st.one_of(texts, known)), max_size=4)
rooms = st.sampled_from(
    [
        *("/", "/models", "/search", "/claims", "/countries", "/developers", "/lineage", "/status"),
        *("/api/v1/models", "/api/v1/search", "/api/v1/claims", "/data/files/models.parquet"),
        *(f"/figures/{name}" for name in MEASURES),
        *(f"/api/v1/figures/{name}" for name in MEASURES),
        *("/figures/share.csv", "/figures/share.svg", "/embed/figures/rank"),
    ]
)
paths = st.one_of(
    rooms,
    st.builds(
        lambda room, text: room + quote(text, safe=""),
        st.sampled_from(
            ["/models/", "/developers/", "/countries/", "/claims/", "/compare/", "/figures/",
             "/static/", "/data/files/", "/r/", "/lineage/", "/api/v1/models/", "/"]
        ),
        texts,
    ),
)  # fmt: skip


def _ask(client: TestClient, path: str, query: list[tuple[str, str]]) -> None:
    pairs = [(k, v.encode("utf-8", "surrogatepass").decode("utf-8", "replace")) for k, v in query]
    answer = client.get(path, params=pairs, follow_redirects=False)
    assert answer.status_code in FOUND, (path, pairs, answer.status_code)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=paths, query=queries)
@example(path="/models", query=[("sort", "value; DROP TABLE listed")])
@example(path="/models", query=[("country", "' OR 1=1 --")])
def test_whatever_is_asked_gets_no_5xx(
    client: TestClient, path: str, query: list[tuple[str, str]]
) -> None:
    _ask(client, path, query)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=paths, query=queries)
def test_ten_thousand_requests_get_no_5xx(
    client: TestClient, path: str, query: list[tuple[str, str]]
) -> None:
    _ask(client, path, query)
