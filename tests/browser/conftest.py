"""A real browser over a real server; skipped with a reason where there is no Chromium."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import uvicorn

from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.testing import FixedClock
from modelcensus.web.app import create_app
from modelcensus.web.briefing import NAMES
from modelcensus.web.sites import Sites

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)


@pytest.fixture(scope="module")
def address(sample_store: Store) -> Iterator[str]:
    """The address of the site, served by a thread of this process."""
    sites = Sites(
        sample_store,
        "",
        Settings(chart_workers=1, chart_seconds=120, web_seconds=300),
        FixedClock(datetime(2026, 12, 1, tzinfo=UTC)),
    )
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(create_app(sites, warm=False), log_level="warning", access_log=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [found]}, daemon=True)
        thread.start()
        # verdicts are the same at every look only once they are there
        sites.newest.ledger()
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, driven by Playwright; its event loop goes with these tests."""
    path = next((p for name in NAMES if (p := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on the path: apt-get install chromium (.ci/run does)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()
