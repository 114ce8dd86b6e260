from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import HubUnavailable, SettingsError
from modelcensus.settings import Settings, load_settings
from modelcensus.sources.hub.endpoint import (
    FIELDS,
    Endpoint,
    first_place,
    next_link,
    read_endpoint,
)

HUB = Endpoint("https", "huggingface.co", 443)
BASE = "https://huggingface.co/api/models?limit=10"


def test_the_first_place_asks_for_creation_order_and_every_field() -> None:
    query = parse_qs(urlsplit(first_place(1000, Settings())).query)
    assert query["sort"] == ["createdAt"]
    assert query["direction"] == ["1"]
    assert query["limit"] == ["1000"]
    assert tuple(query["expand[]"]) == FIELDS
    assert "cursor" not in query
    wanted = {"spaces", "inferenceProviderMapping", "safetensors", "baseModels", "gated", "sha"}
    assert wanted <= set(FIELDS)


def test_further_fields_come_from_a_setting() -> None:
    more = Settings(hub_extra_fields="model-index, evalResults,likes")
    query = parse_qs(urlsplit(first_place(5, more)).query)
    assert query["expand[]"] == [*FIELDS, "model-index", "evalResults"]
    with pytest.raises(SettingsError, match="field of the Hub"):
        first_place(5, Settings(hub_extra_fields="a&limit=9"))


def test_the_hosts_are_a_setting() -> None:
    settings = load_settings({"CENSUS_HUB_HOSTS": "mirror.example"})
    assert settings.hub_page_rows == 1000
    assert read_endpoint("https://mirror.example", settings).host == "mirror.example"
    with pytest.raises(SettingsError):
        read_endpoint("https://huggingface.co", settings)


def test_a_place_is_path_and_query_of_the_same_origin() -> None:
    here = "https://huggingface.co/api/models?cursor=abc%3D&limit=10"
    assert HUB.place_of(here, BASE) == "/api/models?cursor=abc%3D&limit=10"
    assert HUB.place_of("/api/models?cursor=x", BASE) == "/api/models?cursor=x"
    assert HUB.place_of("?cursor=x", BASE) == "/api/models?cursor=x"
    assert HUB.place_of("https://HUGGINGFACE.co:443/api/models", BASE) == "/api/models"
    assert HUB.url("/api/models") == "https://huggingface.co/api/models"


@pytest.mark.parametrize(
    "url",
    [
        "http://huggingface.co/api/models",
        "https://huggingface.co:444/api/models",
        "https://huggingface.co.evil.example/api/models",
        "https://a:b@huggingface.co/api/models",
        "https://huggingface.co/api/whoami-v2",
        "/api/models/gpt2",
        "https://[bad/api/models",
        "/api/models?cursor=" + "x" * 20_000,
    ],
)
def test_any_other_place_is_refused(url: str) -> None:
    with pytest.raises(HubUnavailable):
        HUB.place_of(url, BASE)


@given(st.text(max_size=60))
def test_no_text_leads_to_another_origin(text: str) -> None:
    try:
        place = HUB.place_of(text, BASE)
    except HubUnavailable:
        return
    parts = urlsplit(HUB.url(place))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "huggingface.co", "/api/models")


def test_origins_are_written_as_browsers_write_them() -> None:
    assert Endpoint("http", "::1", 8080).origin == "http://[::1]:8080"
    assert Endpoint("http", "127.0.0.1", 80).origin == "http://127.0.0.1"
    assert Endpoint("http", "127.0.0.1", 8080).name == "http://127.0.0.1"
    assert not HUB.is_loopback


def test_an_endpoint_needs_a_port_that_is_one() -> None:
    with pytest.raises(SettingsError):
        read_endpoint("http://127.0.0.1:99999", Settings())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('<https://a/b?c=1>; rel="next"', "https://a/b?c=1"),
        ("<https://a/b>; rel=next", "https://a/b"),
        ('<https://a/b>; rel="prev", <https://a/c>; rel="next"', "https://a/c"),
        ('<https://a/b,c;d>; title="x, y"; rel="last next"', "https://a/b,c;d"),
        ('<https://a/b>; REL="NEXT"', "https://a/b"),
        ('<https://a/b>; rel="nextish"', ""),
        ('<https://a/b>; rel="first"', ""),
        ("<https://a/b>", ""),
        ("", ""),
        ("<<<>>>;;; rel=next", ""),
        ("<x>; rel=next" + " " * 40_000, ""),
    ],
)
def test_the_next_link_of_a_header(header: str, expected: str) -> None:
    assert next_link(header) == expected
