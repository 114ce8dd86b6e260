"""An invented panel with running totals, creation dates and sizes: models of one age.

Thirteen models of the class 1B-7B, one of unknown size, one giant; all created on 2031-01-01.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.small_store import overlay, put, rename, state

from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

B = 10**9
BORN = datetime(2031, 1, 1, tzinfo=UTC)
LABELS = ("2031-01-05", "2031-01-09", "2031-01-17", "2031-02-05")
# id: running total at the labels (ages 4, 8, 16 and 35 days), parameters
COUNTS: dict[str, tuple[tuple[int | None, ...], int | None]] = {
    **{f"peer/n{n}": ((10 * n, 30 * n, 50 * n, 60 * n), 2 * B) for n in range(1, 11)},
    "ash/first": ((40, 80, 120, 240), 3 * B),
    "ash/fell": ((40, 80, 120, 100), 3 * B),
    "ash/gap": ((40, None, 120, 240), 3 * B),
    "ash/nosize": ((400, 800, 1200, 2400), None),
    "ash/giant": ((1, 1, 1, 1), 200 * B),
}


def frame(name: str, **more: Any) -> list[Any]:
    """Return the states of a frame with these counts; `more` replaces columns."""
    return [
        state(
            label,
            [
                {
                    "id": "ash/once" if (m, place) == ("ash/first", 0) else m,
                    "downloads_all_time": totals[place],
                    "created_at": BORN,
                    "parameters": size,
                }
                | more
                for m, (totals, size) in COUNTS.items()
            ],
            frame=name,
        )
        for place, label in enumerate(LABELS)
    ]


def build_ages(folder: Path) -> Census:
    """Build and open the world; one model was renamed, and two frames cannot tell of ages."""
    store = put(
        Store(folder / "store"),
        *frame("panel:ages"),
        state("2031-02-05", [{"id": "peer/n1", "downloads_30d": 5}], frame="panel:rolling"),
        state("2031-02-05", [{"id": "x/y", "downloads_all_time": 5}], frame="panel:undated"),
    )
    laid = overlay(folder / "overlay", renames=[rename("ash/once", "ash/first", "model")])
    build_release(store, Settings(), overlays=[laid])
    return Census(open_release(store))
