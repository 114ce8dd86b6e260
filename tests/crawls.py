"""Invented Hub rows, and crawls of them without the store around them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from modelcensus.settings import Settings
from modelcensus.sources.hub.client import HubClient
from modelcensus.sources.hub.crawl import Crawl
from modelcensus.sources.hub.endpoint import first_place, read_endpoint
from modelcensus.sources.hub.journal import CrawlState, Journal
from modelcensus.sources.hub.pages import decode_page
from modelcensus.sources.hub.retry import Retry
from modelcensus.sources.hub.token import Secret
from modelcensus.testing import FakeHub, FixedClock


def record(number: int) -> dict[str, Any]:
    """Return an invented row; every third one shares its second with the one before."""
    second = number - (number % 3 == 2)
    return {
        "_id": f"{1_700_000_000 + second:08x}{number:016x}",
        "id": f"grove/tree-{number}",
        "author": "grove",
        "createdAt": f"2024-03-{1 + second // 3600:02d}T{second // 3600 % 24:02d}:"
        f"{second // 60 % 60:02d}:{second % 60:02d}.000Z",
        "lastModified": "2025-01-01T00:00:00.000Z",
        "downloads": number * 7,
        "downloadsAllTime": number * 70,
        "likes": number % 5,
        "trendingScore": 0,
        "gated": False,
        "private": False,
        "sha": f"{number:040x}",
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "tags": ["transformers", "license:mit"],
        "cardData": {"license": "mit", "language": ["en"]},
        "spaces": [],
    }


class HurriedClock(FixedClock):
    """Sleeps without waiting, but measures real time: what is slow on the wire is slow."""

    def monotonic(self) -> float:
        """Return real seconds."""
        return time.monotonic()


HURRIED = Settings(
    hub_page_rows=10, hub_read_seconds=0.2, hub_connect_seconds=2, hub_page_seconds=0.3
)


@dataclass
class Walked:
    """What a walk led to."""

    crawl: Crawl
    journal: Journal
    retry: Retry
    client: HubClient
    waits: list[tuple[float, str]] = field(default_factory=list)

    def close(self) -> None:
        """Close the connection."""
        self.client.__exit__(None, None, None)

    def keys(self) -> list[str]:
        """Return the `_id` of all rows that count, in order."""
        found = []
        for head, body in self.journal.heads_and_pages():
            rows = decode_page(body)
            found += [r.get("_id", "") for n, r in enumerate(rows) if n not in head.left_out]
        return found


def prepare(
    folder: Path,
    hub: FakeHub,
    *,
    limits: Settings = HURRIED,
    clock: Any = None,
    token: Secret | None = None,
    rows_wanted: int = 0,
) -> Walked:
    """Return a crawl that is ready to run."""
    clock = clock or HurriedClock()
    endpoint = read_endpoint(hub.url, limits)
    if (folder / "crawl.json").exists():
        journal = Journal.open(folder)
    else:
        limit = int(limits.hub_page_rows)
        limit = min(limit, rows_wanted) if rows_wanted else limit
        place = first_place(limit, limits)
        journal = Journal.create(
            folder,
            CrawlState(
                folder.name, endpoint.origin, place, rows_wanted, date(2026, 1, 1), clock.now()
            ),
        )
    waits: list[tuple[float, str]] = []
    retry = Retry(limits, clock, lambda seconds, why: waits.append((seconds, why)))
    client = HubClient(endpoint, token, limits, clock)
    crawl = Crawl(client, journal, retry, limits, lambda head, answer: None)
    return Walked(crawl, journal, retry, client, waits)
