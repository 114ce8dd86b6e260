"""The report as files: every link leads to a file, nothing needs a server or another host."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from modelcensus.errors import SettingsError, StoreError
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.web import briefing
from modelcensus.web.report import ELSEWHERE, file_of, write_report


def test_names_of_files_are_safe_and_never_shared() -> None:
    addresses = [
        "/",
        "/countries/CN",
        "/figures/share.svg?a=1",
        "/figures/share.svg?a=2",
        "/models/a/b",
        "/models/a-b",
        "/models/a%2Fb",
        "/models/..%2F..%2Fx",
        "/models/con.svg",
    ]
    names = [file_of(address) for address in addresses]
    assert len(set(names)) == len(names)
    assert names[:2] == ["index.html", "countries/CN.html"]
    assert not [n for n in names if ".." in n or n.startswith("/") or "?" in n]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, sample_store: Store) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="no report"):
        write_report(sample_store, "", Settings(), tmp_path, models=0)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_without_chromium_the_pdf_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(briefing.shutil, "which", lambda _: None)
    with pytest.raises(SettingsError, match="Chromium") as refusal:
        briefing.find_chromium()
    assert "chromium" in refusal.value.next_step


@pytest.mark.long
def test_every_link_leads_to_a_file(tmp_path: Path, sample_store: Store) -> None:
    out = tmp_path / "report"
    written = write_report(sample_store, "", Settings(chart_seconds=120), out, models=3)
    pages = [*out.rglob("*.html")]
    assert len(pages) == written.pages + 1
    assert (out / ELSEWHERE).exists()
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<form" not in text
        # sources are linked where they stand; nothing is fetched from there
        inner = re.sub(r'<a href="https://[^"]*"', "<a", text)
        for address in re.findall(r'\b(?:href|src|srcset)="([^"#]*)', inner):
            assert not address.startswith(("/", "http")), (page, address)
            way = unquote(unescape(address))
            assert not way or (page.parent / way).exists(), (page, address)
    assert (out / "countries" / "CN.html").exists()
    assert [*(out / "figures").glob("series-*.svg")]
