"""Serves the site: one process, limits from the settings, an orderly end."""

from __future__ import annotations

import logging
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from modelcensus.clock import SystemClock
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store
from modelcensus.web.app import create_app
from modelcensus.web.sites import Sites

HEADER_BYTES = 32 * 1024
"""Longest head of a request."""


def make_app(store: Store, release: str, settings: Settings) -> tuple[ASGIApp, str]:
    """Return the site over a release of a store, and the name of the release.

    Raises:
        StoreError: the store holds no release.
        UnknownName: it holds none of that name.
    """
    sites = Sites(store, release, settings, SystemClock())
    # the processes that draw charts load what they need while this one still starts
    sites.pool()
    return create_app(sites), sites.newest.name


def serve(
    store: Store,
    release: str,
    settings: Settings,
    *,
    host: str,
    port: int,
    say: Callable[[str], None],
) -> None:
    """Serve until told to stop; running requests may end.

    Args:
        store: the store.
        release: name of a release; empty: the newest.
        settings: limits.
        host: address to listen on.
        port: port to listen on.
        say: takes the words that a person should read.

    Raises:
        StoreError, UnknownName: there is no such release.
    """
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    app, name = make_app(store, release, settings)
    say(f"release {name} on http://{host}:{port}/ - Ctrl-C ends it")
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="on",
        limit_concurrency=int(settings.web_connections),
        timeout_keep_alive=int(settings.web_idle_seconds),
        timeout_graceful_shutdown=int(settings.web_stop_seconds),
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
