"""Collecting: a crawl of a hub becomes one snapshot, all of it or nothing.

The crawl writes its journal in this process; a child under limits (reader.py) reads the pages
as they come and stages the tables, so that fetching and parsing overlap. What is staged gets
its name only after the listing is known to have ended. A crawl that dies or is interrupted
leaves its journal, and the next call goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from modelcensus.clock import Timer
from modelcensus.contracts.canonical import sha256_text
from modelcensus.errors import CoverageError, QualityError, SnapshotError, StoreBusy
from modelcensus.files import (
    discard_folder,
    exclusive_lock,
    hidden_folder,
    stale_folders,
    write_json,
)
from modelcensus.settings import Settings
from modelcensus.snapshots.crawl_cost import expected_rows, last_whole
from modelcensus.snapshots.crawl_follower import following
from modelcensus.snapshots.crawl_journals import (
    CRAWLS,
    CollectRequest,
    open_journal,
    remove_folder,
)
from modelcensus.snapshots.crawl_progress import CrawlRun, Progress
from modelcensus.snapshots.importing import refuse_rejects
from modelcensus.snapshots.manifest import ImportReceipt, SnapshotManifest, sealed
from modelcensus.snapshots.manifest_fields import COLLECTED
from modelcensus.snapshots.placing import Item, missing_items, place, staged_items
from modelcensus.snapshots.reader import Staged
from modelcensus.snapshots.report import ImportReport
from modelcensus.snapshots.store import MANIFEST_FILE, Store
from modelcensus.sources.hub.client import HubClient
from modelcensus.sources.hub.crawl import Crawl, Fetcher
from modelcensus.sources.hub.journal import Journal
from modelcensus.sources.hub.retry import Retry
from modelcensus.version import VERSION

COLLECTOR_VERSION = 1
_LOCK_POLL = 1.0


@dataclass(frozen=True)
class CollectReport:
    """The outcome of a crawl.

    Attributes:
        stored: the snapshot, as an import reports it.
        requests: pages asked for by this run.
        pages_found: pages that were in the journal already.
        repeats: requests that had to be made again.
        restarts: how often the listing was taken up again by date.
        duplicates: rows that came more than once.
        waited_s: seconds spent waiting.
    """

    stored: ImportReport
    requests: int
    pages_found: int
    repeats: int
    restarts: int
    duplicates: int
    waited_s: float

    @property
    def snapshot(self) -> SnapshotManifest:
        """Return the manifest of the snapshot."""
        return self.stored.snapshots[0]


def collect(
    store: Store,
    request: CollectRequest,
    settings: Settings,
    timer: Timer,
    on_progress: Callable[[Progress], None] | None = None,
) -> CollectReport:
    """Crawl a hub, or go on with a crawl that was cut short, and store the snapshot.

    Raises:
        IncompleteSnapshot: the listing could not be read to its end; the journal is kept.
        SourceError: the hub refuses, or asks for something that cannot be.
        TooManyRejects: too many rows were lost; the journal is kept, nothing is stored.
        CoverageError: the listing is much shorter than the last one; the same.
        SnapshotError: this day is stored already.
        StoreError: another crawl or writer is at work, the disk is full or refuses.
    """
    crawls = store.path / CRAWLS
    with exclusive_lock(crawls / ".lock"):
        for folder in stale_folders(crawls):
            discard_folder(folder)
        journal = open_journal(store, request, settings, timer)
        expected = request.rows_wanted or expected_rows(store, settings)
        run = CrawlRun(journal, expected, timer, on_progress or (lambda progress: None))
        retry = Retry(settings, timer, run.tell_wait)
        with HubClient(request.endpoint, request.token, settings, timer) as client:
            return _collect(store, request, settings, timer, run, client, retry)


def _collect(
    store: Store,
    request: CollectRequest,
    settings: Settings,
    timer: Timer,
    run: CrawlRun,
    fetcher: Fetcher,
    retry: Retry,
) -> CollectReport:
    journal = run.journal
    for folder in stale_folders(journal.folder):
        discard_folder(folder)
    staging = hidden_folder(journal.folder)
    pages_found = journal.pages
    try:
        with following(journal, staging, settings) as follower:
            run.on_page = follower.tell
            crawl = Crawl(fetcher, journal, retry, settings, run.tell_page)
            crawl.run()
            staged = follower.finish()
        items = [_collected(item, run) for item in staged_items(staging, staged.folders, staging)]
        _refuse_doubtful(store, items, staged, settings, journal)
        with _store_lock(store, settings, timer):
            new = missing_items(store, items)
            report = _report(items, new)
            place(store, staging, new, _receipt(journal, run).listing(report.items))
    finally:
        discard_folder(staging)
    _let_go(journal, report.snapshots[0].id, keep=request.keep_pages)
    return CollectReport(
        stored=report,
        requests=crawl.requests,
        pages_found=pages_found,
        repeats=retry.repeats,
        restarts=crawl.restarts,
        duplicates=crawl.duplicates,
        waited_s=retry.waited,
    )


def _let_go(journal: Journal, snapshot: str, *, keep: bool) -> None:
    if keep:
        journal.note(snapshot=snapshot)
    else:
        remove_folder(journal.folder)


def _collected(item: Item, run: CrawlRun) -> Item:
    """Return a staged item that says that it was collected, and when the hub was looked at."""
    manifest = item.manifest
    if not isinstance(manifest, SnapshotManifest) or not (run.first_at and run.last_at):
        raise SnapshotError("a crawl led to something else than a snapshot")
    manifest = replace(manifest, status=COLLECTED, window=(run.first_at, run.last_at))
    write_json(item.folder / MANIFEST_FILE, sealed(manifest))
    return Item(item.folder, manifest)


def _receipt(journal: Journal, run: CrawlRun) -> ImportReceipt:
    receipt = ImportReceipt(
        id="",
        source="hub",
        reader_version=COLLECTOR_VERSION,
        options={"endpoint": journal.state.endpoint_name, "place": journal.state.place},
        inputs={"pages": sha256_text("\n".join(run.sums))},
        tool_version=VERSION,
    )
    return replace(receipt, id=receipt.computed_id())


def _report(items: Sequence[Item], new: Sequence[Item]) -> ImportReport:
    snapshots = tuple(i.manifest for i in items if isinstance(i.manifest, SnapshotManifest))
    return ImportReport(snapshots[0].source, snapshots, (), frozenset(i.manifest.id for i in new))


def _refuse_doubtful(
    store: Store, items: Sequence[Item], staged: Staged, settings: Settings, journal: Journal
) -> None:
    """Raise when a crawl is not good enough to store, and note it: tomorrow begins anew.

    Raises:
        TooManyRejects: too many rows were lost.
        CoverageError: the listing is much shorter than the last one.
    """
    try:
        refuse_rejects(items, staged.samples, settings, journal.folder)
        _refuse_shrinking(store, items, settings, journal)
    except QualityError:
        journal.note(is_refused=True)
        raise


def _refuse_shrinking(
    store: Store, items: Sequence[Item], settings: Settings, journal: Journal
) -> None:
    """Raise when a whole crawl is much shorter than the one before it.

    Raises:
        CoverageError: it is; the hub may have hidden a part of its listing.
    """
    manifest = items[0].manifest
    if not isinstance(manifest, SnapshotManifest) or not manifest.is_complete_frame:
        return
    before = last_whole(store, before=manifest)
    if before is None or manifest.rows >= settings.min_crawl_share * before.rows:
        return
    raise CoverageError(
        f"the listing ended after {manifest.rows:,} models; on {before.label} it held "
        f"{before.rows:,}. Nothing was stored",
        where=str(journal.folder),
        next_step="collect again later; if the hub really shrank, set min_crawl_share "
        "(CENSUS_MIN_CRAWL_SHARE) lower and collect again: the pages are kept",
    )


@contextmanager
def _store_lock(store: Store, settings: Settings, timer: Timer) -> Iterator[None]:
    """Hold the store's lock, waiting for another writer for a while.

    Raises:
        StoreBusy: it is held for longer than `store_wait_seconds`.
        StoreError: it cannot be made.
    """
    deadline = timer.monotonic() + settings.store_wait_seconds
    while True:
        lock = store.lock()
        try:
            lock.__enter__()
            break
        except StoreBusy:
            if timer.monotonic() > deadline:
                raise
            timer.sleep(_LOCK_POLL)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
