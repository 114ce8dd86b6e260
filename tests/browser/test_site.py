"""Every page in a real browser: nothing foreign, no errors, accessible, no sideways scroll."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from modelcensus.web.report import PAGES

WIDTHS = (390, 768, 1280)
THEMES = ("light", "dark")
MORE = (
    *("/countries/CN", "/developers/alibaba", "/models/Qwen/Qwen2.5-7B-Instruct", "/api"),
    *("/lineage/Qwen/Qwen3-8B", "/claims/caisi-2025-hijack", "/search?q=qwen"),
    *("/figures/share?by=country&frame=panel:osir", "/figures/crossover"),
    *("/figures/share?by=country&frame=panel:osir&tab=table",),
    *("/figures/share?by=country&frame=panel:osir&tab=sources",),
    *(
        "/models?country=CN&sort=model_id&order=rising&page=2",
        "/embed/figures/rank?frame=panel:osir",
    ),
)
FEW = ("/", "/figures/share?by=country&frame=panel:osir", "/models")
"""Pages that every run looks at; the long run looks at all."""

_LOADED = """async () => {
  for (const image of document.images) image.loading = 'eager';
  await Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
}"""


@dataclass
class Seen:
    """What a page did while it was open."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def _open(browser, address: str, width: int, theme: str, *, scripts: bool = True):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=scripts
    )
    page, seen = context.new_page(), Seen()
    page.set_default_timeout(300_000)
    page.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: seen.errors.append(str(e)))
    page.on(
        "request",
        lambda r: None if r.url.startswith((address, "data:")) else seen.foreign.append(r.url),
    )
    return page, seen


def _look(browser, address: str, paths: tuple[str, ...]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for width in WIDTHS:
        for theme in THEMES:
            page, seen = _open(browser, address, width, theme)
            for path in paths:
                answer = page.goto(address + path)
                assert answer.status == 200, path
                page.evaluate(_LOADED)
                too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert too_wide <= 0, (path, width)
                found = Axe().run(page).response
                assert len(found["passes"]) > 5
                violations = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
                assert violations == [], (path, width, theme)
                assert (seen.errors, seen.foreign) == ([], []), (path, width, theme)
            page.context.close()


def test_few_pages_hold(browser, address: str) -> None:
    _look(browser, address, FEW)


@pytest.mark.long
def test_every_page_holds(browser, address: str) -> None:
    _look(browser, address, (*PAGES, *MORE))


def test_axe_finds_what_is_planted(browser, address: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, _ = _open(browser, address, 1280, "light")
    page.goto(address + "/figures")
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert "image-alt" in [v["id"] for v in Axe().run(page).response["violations"]]
    page.context.close()


def test_without_scripts_the_same_words(browser, address: str) -> None:
    path = "/figures/series?by=country&frame=panel:osir"
    texts = []
    for scripts in (True, False):
        page, _ = _open(browser, address, 1280, "light", scripts=scripts)
        page.goto(address + path)
        texts.append(page.inner_text("main"))
        page.context.close()
    assert texts[0] == texts[1]


def test_form_leads_to_an_address_that_gives_the_same_picture(browser, address: str) -> None:
    page, _ = _open(browser, address, 1280, "light")
    page.goto(address + "/figures/share?by=country&frame=panel:osir")
    page.click("summary:has-text('Change the question')")
    page.check("input[name=subjects][value=CN]")
    page.check("input[name=subjects][value=US]")
    page.select_option("select[name=denominator]", "attributed")
    page.fill("input[name=outliers]", "cap:1000000")
    with page.expect_navigation():
        page.click("form button:has-text('Ask')")
    where = page.url
    # what was left as it was does not stand in the address
    query = where.partition("?")[2].split("&")
    assert sorted(query) == [
        "denominator=attributed",
        "frame=panel%3Aosir",
        "outliers=cap%3A1000000",
        "subjects=CN",
        "subjects=US",
    ]
    picture = page.get_attribute("a.picture img", "src")
    first = page.request.get(address + picture).body()
    page.goto(address + "/countries")
    page.go_back()
    assert page.url == where
    assert page.is_checked("input[name=subjects][value=CN]")
    page.context.close()
    again, _ = _open(browser, address, 1280, "light")
    again.goto(where)
    assert again.get_attribute("a.picture img", "src") == picture
    assert again.request.get(address + picture).body() == first
    again.context.close()


def test_pointed_at_a_chart_comes_alive_under_the_policy(browser, address: str) -> None:
    page, seen = _open(browser, address, 1280, "light")
    page.goto(address + "/figures/share?by=country&frame=panel:osir")
    page.evaluate(_LOADED)
    page.hover("a.picture")
    page.wait_for_selector(".picture.live svg")
    assert "United States" in page.inner_text(".picture.live")
    assert (seen.errors, seen.foreign) == ([], [])
    page.context.close()


def test_keyboard_alone_reaches_content_and_shows_where_it_is(browser, address: str) -> None:
    page, _ = _open(browser, address, 1280, "light")
    page.goto(address + "/countries")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.context.close()


def test_printed_page_shows_its_tables(browser, address: str) -> None:
    page, _ = _open(browser, address, 1280, "dark")
    page.goto(address + "/figures/share?by=country&frame=panel:osir")
    page.emulate_media(media="print")
    assert page.is_visible("main table")
    assert not page.is_visible(".downloads")
    page.context.close()
