"""Crawls a hub and says what memory that took; started by fault tests.

python crawl_measured.py URL STORE

Prints JSON: how the crawl ended, its rows and rejects, and by how many MB the peak memory of
this process grew meanwhile.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from modelcensus.errors import CensusError
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FixedClock

LIMITS = Settings(hub_page_rows=10, max_reject_share=0.5)


def peak_mb() -> float:
    """Return the most memory this process has had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(url: str, store: str) -> None:
    """Crawl, and tell."""
    before = peak_mb()
    found: dict[str, object] = {"error": "", "rows": 0, "rejects": {}}
    try:
        request = CollectRequest(read_endpoint(url, LIMITS))
        stored = collect(Store(Path(store)), request, LIMITS, FixedClock()).snapshot
        found |= {"rows": stored.rows, "rejects": dict(stored.rejects)}
    except CensusError as error:
        found |= {"error": type(error).__name__, "what": error.what, "where": error.where}
    print(json.dumps(found | {"grown_mb": round(peak_mb() - before, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
