"""The site as files: the same pages, with links between them that work from a disk.

Pages are asked of the application itself, and every address in them is turned into the way from one
file to another. What only a server can answer leads to a page that says so.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from posixpath import dirname, relpath
from urllib.parse import quote, unquote, urlsplit

import httpx

from modelcensus.claims.published import read_claims
from modelcensus.clock import SystemClock
from modelcensus.contracts.canonical import sha256_text
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import CensusError, StoreError
from modelcensus.files import write_bytes
from modelcensus.releases.frame_order import frames_in_order
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.web.app import create_app
from modelcensus.web.asking import Missing, ask
from modelcensus.web.sites import Sites

PAGES = (
    *("/", "/article", "/briefing", "/countries", "/families", "/compare/qwen-vs-llama"),
    *("/developers", "/models", "/shortlist", "/lineage", "/licences", "/security", "/spread"),
    *("/exposure", "/adoption", "/positions", "/events", "/capability", "/hubs", "/openness"),
    *("/size", "/claims", "/corrections", "/data", "/methods", "/status", "/figures"),
)
"""Pages that every report has."""

PATIENCE = 600.0
"""Seconds for one page; the first verdicts take longest."""

ELSEWHERE = "needs-a-server.html"

_WITH_FILES = (
    *("/figures/", "/security/", "/shortlist.", "/adoption.", "/positions.", "/events."),
    "/capability.",
)
"""Beginnings of addresses whose pictures and tables a report holds as files."""

_ADDRESS = re.compile(r'\b(href|src|srcset|data-spec)="([^"]*)"')
_ENDING = re.compile(r"\.(svg|png|pdf|csv|json|md|parquet|csv-spreadsheet|css|js)$")
_SAFE = re.compile(r"[^A-Za-z0-9._/-]")


@dataclass(frozen=True)
class Written:
    """What was written."""

    pages: int
    files: int


def write_report(
    store: Store,
    release: str,
    settings: Settings,
    out: Path,
    *,
    models: int,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Written:
    """Write the pages of a release as a static site.

    Args:
        store: the store.
        release: name of a release; empty: the newest.
        settings: limits.
        out: folder to write to; it may exist if it is empty or holds an earlier report.
        models: passports of so many of the largest models.
        on_progress: takes what is being done.

    Raises:
        StoreError: the folder holds something else.
        UnknownName: there is no such release.
    """
    if out.exists() and any(out.iterdir()) and not (out / ELSEWHERE).exists():
        raise StoreError(
            "the folder holds something that is no report",
            where=str(out),
            next_step="name a new folder, or empty this one",
        )
    sites = Sites(store, release, settings, SystemClock())
    try:
        return asyncio.run(_Writer(sites, out, models, on_progress).write())
    finally:
        sites.close()


class _Writer:
    """Walks the pages and writes each with the files that it shows."""

    def __init__(
        self, sites: Sites, out: Path, models: int, on_progress: Callable[[str], None]
    ) -> None:
        self.site, self.out, self.on_progress = sites.newest, out, on_progress
        self.app = create_app(sites, is_static=True, warm=False)
        self.pages = {page: "" for page in self._named(models)}
        self.files: dict[str, str] = {}

    def _named(self, models: int) -> list[str]:
        site = self.site
        found = [*PAGES]
        codes = {row["country"] for row in site.developers.values()} & site.countries.keys()
        found += [f"/countries/{code}" for code in sorted(codes)]
        ranked = ask(site, "rank", by="developer")
        groups = [] if isinstance(ranked, Missing) else [row["group"] for row in ranked]
        found += [f"/developers/{quote(d, safe='')}" for d in groups if site.has_page(d)]
        found += [f"/claims/{claim.id}" for claim in read_claims(site.registers)]
        found += [f"/figures/{name}" for name in MEASURES]
        listed = site.directory.listing(frames_in_order(site.release)[0], {}, limit=models).rows
        return found + [f"/models/{quote(row['model_id'], safe='/')}" for row in listed]

    async def write(self) -> Written:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://report", timeout=PATIENCE, follow_redirects=True
        ) as client:
            # verdicts first: the first page shows them
            await client.get("/claims")
            for page in self.pages:
                self.pages[page] = file_of(page)
            for place, (page, name) in enumerate(self.pages.items(), 1):
                self.on_progress(f"page {place} of {len(self.pages)}: {page}")
                await self._page(client, page, name)
            for place, (address, name) in enumerate(self.files.items(), 1):
                self.on_progress(f"file {place} of {len(self.files)}")
                answer = await client.get(address)
                if answer.status_code == 200:
                    write_bytes(self.out / name, answer.content)
        write_bytes(self.out / ELSEWHERE, _elsewhere().encode())
        return Written(len(self.pages), len(self.files))

    async def _page(self, client: httpx.AsyncClient, page: str, name: str) -> None:
        answer = await client.get(page)
        if answer.status_code >= 500:
            raise CensusError("a page could not be made", where=page)

        def turned(found: re.Match[str]) -> str:
            attribute, address = found.group(1), unescape(found.group(2))
            return f'{attribute}="{escape(self._way(address, name))}"'

        text = _ADDRESS.sub(turned, answer.text)
        write_bytes(self.out / name, text.encode())

    def _way(self, address: str, of: str) -> str:
        """Return the way from a file to what an address names."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path:
            return address
        whole = f"{parts.path}?{parts.query}" if parts.query else parts.path
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if parts.path in self.pages and not parts.query:
            name = file_of(parts.path)
        elif _is_picture(parts.path):
            name = self.files.setdefault(whole, file_of(whole))
        else:
            name, fragment = ELSEWHERE, f"#{quote(whole, safe='/')}"
        return quote(relpath(name, dirname(of) or "."), safe="/.") + fragment


def _is_picture(path: str) -> bool:
    """Return whether an address is written as a file of its own: pictures, styles and tables."""
    return path.startswith("/static/") or (
        path.startswith(_WITH_FILES) and path.endswith((".svg", ".csv", ".json"))
    )


def file_of(address: str) -> str:
    """Return the name of the file that an address becomes; two addresses never share one."""
    parts = urlsplit(address)
    path = unquote(parts.path).strip("/") or "index"
    ending = _ENDING.search(path) if not path.startswith(("models/", "claims/")) else None
    stem = path[: ending.start()] if ending else path
    safe = _SAFE.sub("-", stem)
    # a name that two addresses could share, or that a disk reads in its own way, carries a sum
    if safe != stem or parts.query or ".." in safe or stem.startswith("models/"):
        is_static = parts.path.startswith("/static/")
        safe = safe.replace("..", "-") + ("" if is_static else f"-{sha256_text(address)[:10]}")
    return f"{safe}{ending.group() if ending else '.html'}"


def _elsewhere() -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<title>Open Model Census</title><link rel="stylesheet" href="static/site.css"></head>'
        '<body><main class="wide"><h1>This page needs a server</h1>'
        "<p>The report holds the main pages. Filters, searches, other definitions and the other "
        "models are answered by <code>census serve</code>.</p>"
        '<p><a href="index.html">To the first page</a></p></main></body></html>\n'
    )
