"""Collects from a fake hub and kills itself after so many effects; started by fault tests.

python crawl_to_the_end.py STORE URL PAGE_ROWS KILL_AFTER [TOKEN]

An effect is an answer of the hub, a write, a flush or a rename of this process. KILL_AFTER 0
lets it live; the effects are then counted and printed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelcensus import files
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.store import Store
from modelcensus.sources.hub.client import HubClient
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.testing import FixedClock


def main(store: str, url: str, page_rows: str, kill_after: str) -> None:
    """Collect, or die on the way."""
    effects = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal effects
            result = function(*arguments, **named)
            effects += 1
            if effects == int(kill_after):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for module, name in (
        (HubClient, "fetch"),
        (files, "_write_all"),
        (files, "_flush"),
        (os, "replace"),
        (os, "rename"),
    ):
        setattr(module, name, counted(getattr(module, name)))
    settings = Settings(hub_page_rows=float(page_rows))
    request = CollectRequest(read_endpoint(url, settings))
    report = collect(Store(Path(store)), request, settings, FixedClock())
    print(effects, report.pages_found, report.requests)


if __name__ == "__main__":
    main(*sys.argv[1:])
