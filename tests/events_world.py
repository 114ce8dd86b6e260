"""A world of one invented family over three days in 2031, with events of that time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.small_store import developer, family, namespace, overlay, put, state

from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

DAYS = ("2031-01-10", "2031-02-10", "2031-03-10")
STANDING = {"standing": "counts", "grade": "A", "publisher": "Example", "precision": "day"}


def row(name: str, day: str, kind: str, **more: str) -> dict[str, str]:
    """Return a row of the register `events`."""
    slug = name.replace(" ", "-")
    return STANDING | {"event_id": slug, "date": day, "kind": kind, "title": name} | more


EVENTS = [
    row("before", "2031-01-09", "report"),
    row("of the family", "2031-02-01", "release", families="axe", developers="acme-works"),
    row("of another family", "2031-02-02", "release", families="bow"),
    row(
        "waits for a second text",
        "2031-02-03",
        "report",
        paraphrase="It names 72 states.",
        seen="secondary",
        grade="C",
        standing="waits",
    ),
    row("control", "2031-02-04", "export control", countries="US"),
    *(row(f"report {n:02}", f"2031-02-{n:02}", "report") for n in range(5, 28)),
]
"""Of these all but three concern a series of the family `axe`."""


@contextmanager
def census_with_events(folder: Path, *, is_simulated: bool = False) -> Iterator[Census]:
    """Open a release of this world."""
    laid = overlay(
        folder / "overlay",
        developers=[developer("acme-works", "US"), developer("bow-works", "CN")],
        namespaces=[namespace("acme-works", "acme-works"), namespace("bow-works", "bow-works")],
        families=[
            family("axe", "acme-works", "acme-works", "^axe"),
            family("bow", "bow-works", "bow-works", "^bow"),
        ],
        events=EVENTS,
    )
    store = Store(folder / "store")
    for place, day in enumerate(DAYS, start=1):
        rows = [
            {"id": "acme-works/axe-1", "downloads_30d": 100 * place},
            {"id": "bow-works/bow-1", "downloads_30d": 150},
        ]
        put(store, state(day, rows, simulated=is_simulated))
    build_release(store, Settings(), overlays=[laid])
    with open_census(store.path) as census:
        yield census
