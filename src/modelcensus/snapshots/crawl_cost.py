"""What a crawl will cost, told from one page and the last crawl."""

from __future__ import annotations

from dataclasses import dataclass

from modelcensus.clock import Timer
from modelcensus.contracts.frame_names import plain_frame
from modelcensus.settings import Settings
from modelcensus.snapshots.crawl_journals import CollectRequest, page_rows
from modelcensus.snapshots.manifest import SnapshotManifest
from modelcensus.snapshots.manifest_fields import COLLECTED
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.client import HubClient
from modelcensus.sources.hub.endpoint import first_place
from modelcensus.sources.hub.frame import HUB, WHOLE
from modelcensus.sources.hub.journal import packed_page
from modelcensus.sources.hub.pages import decode_page
from modelcensus.sources.hub.quota import ANONYMOUS, Policy, Quota
from modelcensus.sources.hub.retry import Retry


@dataclass(frozen=True)
class DryRun:
    """What a crawl would cost.

    Attributes:
        rows: models expected.
        requests: pages that need asking for.
        minutes: at the quota that the hub states, or at its present pace.
        wire_mb: megabytes over the network.
        disk_mb: megabytes of journal while it lasts.
        policy: the quota that was assumed.
        quota: what is left of it now.
    """

    rows: int
    requests: int
    minutes: float
    wire_mb: float
    disk_mb: float
    policy: Policy
    quota: Quota | None


def dry_run(store: Store, request: CollectRequest, settings: Settings, timer: Timer) -> DryRun:
    """Ask for one page and return what a whole crawl would cost; nothing is written.

    Raises:
        SourceError: the hub cannot be asked.
    """
    rows = request.rows_wanted or expected_rows(store, settings)
    place_ = first_place(page_rows(request, settings), settings)
    retry = Retry(settings, timer, lambda seconds, why: None)
    began = timer.monotonic()
    with HubClient(request.endpoint, request.token, settings, timer) as client:
        answer = retry.call(lambda: client.fetch(place_))
    seconds = timer.monotonic() - began
    found = max(1, len(decode_page(answer.body)))
    if not answer.next:
        rows = min(rows, found)
    requests = -(-rows // found) + (0 if request.rows_wanted else 1)
    policy = answer.policy or ANONYMOUS
    paced = max(0, requests - (answer.quota.left if answer.quota else policy.requests) - 1)
    waits = -(-paced // policy.requests) * policy.window_s
    packed = len(packed_page(answer.body))
    return DryRun(
        rows=rows,
        requests=requests,
        minutes=max(requests * seconds, waits) / 60,
        wire_mb=answer.wire_bytes * requests / 1e6,
        disk_mb=packed * requests / 1e6,
        policy=policy,
        quota=answer.quota,
    )


def expected_rows(store: Store, settings: Settings) -> int:
    """Return how many models the hub may list: as many as last time, else as the setting says."""
    last = last_whole(store)
    return last.rows if last else int(settings.hub_expected_models)


def last_whole(store: Store, before: SnapshotManifest | None = None) -> SnapshotManifest | None:
    """Return the newest whole crawl of the hub, of the same kind (simulated or real)."""
    found = [
        m
        for m in store.snapshots()
        if (m.hub, plain_frame(m.frame)) == (HUB, WHOLE)
        and m.status == COLLECTED
        and (before is None or (m.is_simulated == before.is_simulated and m.label < before.label))
    ]
    return found[-1] if found else None
