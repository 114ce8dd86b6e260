"""Every page answers, says what it is about, and leads only to pages that answer."""

from __future__ import annotations

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from modelcensus.contracts.registry import MEASURES
from modelcensus.web.report import PAGES
from modelcensus.web.site import Site

MORE = (
    *("/countries/CN", "/developers/alibaba", "/models/Qwen/Qwen2.5-7B-Instruct"),
    *("/lineage/Qwen/Qwen3-8B", "/claims/caisi-2025-hijack", "/search?q=qwen", "/api"),
    *("/models?country=CN&sort=model_id&order=rising&page=2", "/api/v1/measures"),
    *("/api/v1/models?developer=alibaba&limit=3", "/api/v1/claims?statement=l"),
    *("/api/v1/status", "/api/v1/search?q=qwen", "/api/v1/models/Qwen/Qwen3-8B", "/health"),
    *("/api/v1/openapi.json", "/robots.txt", "/static/site.css", "/static/lineage.css"),
)


@pytest.mark.parametrize("path", [*PAGES, *MORE])
def test_answers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    if answer.headers["content-type"].startswith("text/html"):
        assert len(answer.content) < 150_000
        assert answer.text.count("<h1") == 1
        assert "<script>" not in answer.text
        assert 'style="' not in answer.text


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_measure_has_a_page_with_form_chart_and_faces(client: TestClient, measure: str) -> None:
    answer = client.get(f"/figures/{measure}")
    assert answer.status_code == 200
    for name in MEASURES[measure].parameters:
        assert f'name="{name}"' in answer.text
    if "This release does not answer it" in answer.text:
        assert "What next" in answer.text
        return
    assert f"census {measure}" in unescape(answer.text)
    assert f"census.{measure}(" in unescape(answer.text)
    assert "Does not show" in answer.text


def test_links_of_the_first_pages_answer(client: TestClient) -> None:
    seen: set[str] = set()
    for path in ("/", "/countries", "/models", "/claims"):
        text = client.get(path).text
        links = {unescape(a) for a in re.findall(r'href="(/[^"#]*)', text)}
        # one of each kind: pages of one kind are made by one view
        kinds = {re.sub(r"[^/]+$", "", a.partition("?")[0]): a for a in sorted(links)}
        for link in kinds.values():
            if link not in seen and not link.startswith("/data/files"):
                seen.add(link)
                assert client.get(link).status_code == 200, link
    assert len(seen) > 8


def test_figures_are_in_the_page_as_they_are(client: TestClient, site: Site) -> None:
    figure = site.census.share("CN", "US", by="country", frame="panel:osir")
    page = client.get("/figures/share?subjects=CN&subjects=US&frame=panel%3Aosir").text
    assert figure.finding in unescape(page)
    assert figure.contract.id in page


def test_pinned_pages_lead_to_pinned_pages_and_show_no_age(client: TestClient, site: Site) -> None:
    page = client.get(f"/r/{site.name}/countries").text
    links = re.findall(r'href="(/[^"]*)"', page)
    assert links
    assert all(a.startswith((f"/r/{site.name}/", "/static/")) for a in links)
    assert "no age" in client.get(f"/r/{site.name}/status").text


def test_unknown_names_get_the_nearest(client: TestClient) -> None:
    answer = client.get("/models/Qwen/Qwen3-8b")
    assert answer.status_code == 404
    assert "/models/Qwen/Qwen3-8B" in answer.text
    assert client.get("/api/v1/models/Qwen/Qwen3-8b").json()["error"]["nearest"] == [
        "Qwen/Qwen3-8B"
    ]


def test_former_names_lead_to_the_present_one(client: TestClient) -> None:
    answer = client.get("/models/THUDM/glm-4-9b-chat", follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == "/models/zai-org/glm-4-9b-chat"


def test_natural_persons_have_no_page(client: TestClient, site: Site) -> None:
    persons = [s for s, r in site.developers.items() if r["developer_type"] == "individual"]
    for slug in persons[:3]:
        answer = client.get(f"/developers/{slug}")
        assert answer.status_code == 404
        assert "natural persons have no page" in answer.text.lower()
    page = client.get("/developers").text
    assert persons
    assert not [s for s in persons if f"/developers/{s}" in page]


def test_short_addresses_lead_to_figures(client: TestClient) -> None:
    answer = client.get("/shares?by=country&frame=panel%3Aosir", follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == "/figures/share?by=country&frame=panel%3Aosir"


def test_ambiguous_question_offers_each_frame(client: TestClient) -> None:
    answer = client.get("/figures/licences?by=country")
    assert answer.status_code == 400
    assert "frame=sample%3Adeclared-radar" in answer.text


def test_unticking_a_group_leaves_the_others_as_they_were(client: TestClient) -> None:
    def shares(subjects: tuple[str, ...]) -> dict[str, float]:
        query = [("subjects", s) for s in subjects] + [("frame", "panel:osir")]
        rows = client.get("/api/v1/figures/share", params=query).json()["rows"]
        return {row["group"]: row["share_of_all"] for row in rows}

    whole = shares(())
    for chosen in (("CN", "US", "DE"), ("CN", "US"), ("CN",)):
        some = shares(chosen)
        assert {g: whole[g] for g in some} == some
    page = client.get("/figures/share?subjects=CN&frame=panel%3Aosir").text
    assert re.search(r'value="US"\s*>', page)
    assert re.search(r'value="CN" checked', page)
