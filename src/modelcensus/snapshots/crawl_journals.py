"""Which journal a crawl goes on with, and what becomes of journals afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from modelcensus.clock import Timer, today
from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.contracts.frame_names import simulated_frame
from modelcensus.errors import SnapshotError
from modelcensus.files import discard_folder, hidden_folder, take_back
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.endpoint import Endpoint, first_place
from modelcensus.sources.hub.frame import HUB, frame_of
from modelcensus.sources.hub.journal import CrawlState, Journal
from modelcensus.sources.hub.token import Secret

CRAWLS = "crawls"


@dataclass(frozen=True)
class CollectRequest:
    """What to collect, from whom, and how.

    Attributes:
        endpoint: the hub.
        token: the user's, or None.
        rows_wanted: most models; 0 for all.
        keep_pages: whether the journal stays after the snapshot is stored.
    """

    endpoint: Endpoint
    token: Secret | None = None
    rows_wanted: int = 0
    keep_pages: bool = False


def page_rows(request: CollectRequest, settings: Settings) -> int:
    """Return how many rows a page is asked to hold."""
    rows = int(settings.hub_page_rows)
    return min(rows, request.rows_wanted) if request.rows_wanted else rows


def open_journal(
    store: Store, request: CollectRequest, settings: Settings, timer: Timer
) -> Journal:
    """Return the unfinished journal of the same crawl, or a new one; old ones go."""
    crawls = store.path / CRAWLS
    start = first_place(page_rows(request, settings), settings)
    asked = (request.endpoint.name, start, request.rows_wanted)
    oldest = timer.now() - timedelta(hours=settings.crawl_resume_hours)
    for journal in _journals(crawls):
        state = journal.state
        if state.snapshot:
            continue
        is_spent = state.is_refused and state.label != today(timer)
        if state.started_at < oldest or is_spent:
            remove_folder(journal.folder)
        elif (state.endpoint_name, state.place, state.rows_wanted) == asked:
            return journal
    day = today(timer)
    frames = [frame_of(request.rows_wanted)]
    if request.endpoint.is_loopback:
        frames.append(simulated_frame(frames[0]))
    keys = [(HUB, frame, str(day)) for frame in frames]
    if stored := [m for m in store.snapshots() if m.key in keys]:
        raise SnapshotError(
            f"{stored[0].title} is stored already",
            where=str(store.folder_of(stored[0])),
            next_step="collect again tomorrow (UTC), or delete that folder to replace it",
        )
    identity = f"{day}-{sha256_text(canonical_json(asked))[:8]}"
    state = CrawlState(
        id=identity,
        endpoint=request.endpoint.origin,
        place=start,
        rows_wanted=request.rows_wanted,
        label=day,
        started_at=timer.now(),
    )
    if (crawls / identity).exists():
        remove_folder(crawls / identity)
    return Journal.create(crawls / identity, state)


def _journals(crawls: Path) -> Iterator[Journal]:
    """Yield the journals that can be read, newest first; others are left alone."""
    for folder in sorted(crawls.iterdir() if crawls.exists() else (), reverse=True):
        if folder.is_dir() and not folder.name.startswith("."):
            with suppress(SnapshotError):
                yield Journal.open(folder)


def remove_folder(folder: Path) -> None:
    """Take a journal away in one step: half of one must never be taken up again."""
    hidden = hidden_folder(folder.parent)
    take_back(folder, hidden / folder.name)
    discard_folder(hidden)
