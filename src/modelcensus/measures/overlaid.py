"""A headline before and after a reader's own coding is laid over ours, and which rows moved it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import MEASURES, get_measure
from modelcensus.measures.changes import changes_between
from modelcensus.releases.build import build_release
from modelcensus.releases.release import Release, open_release
from modelcensus.snapshots.store import Store


def influence_with_overlay(
    store: Store,
    release: Release,
    contract: Contract,
    overlays: Sequence[Path],
    *,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Figure:
    """Return the influences on a headline, with what a reader's own coding makes of it.

    The overlaid release is built in the store, as `census build --registers` does.

    Returns:
        The figure of the measure `influence` on the release as it is; its details hold `overlay`:
        the overlaid release, the headline before and after, and each step between them.

    Raises:
        RegisterError: a row of the overlay is wrong.
        SettingsError: an overlay is no folder, or holds a file that is no register.
    """
    figure = get_measure(contract.measure).load()(release, contract)
    report = build_release(store, release.settings, overlays=overlays, on_progress=on_progress)
    laid = open_release(store, report.name, settings=release.settings)
    try:
        told = _told(store, release, laid, figure, on_progress)
    finally:
        laid.close()
    return replace(figure, details=figure.details | {"overlay": {"release": report.name} | told})


def _told(
    store: Store,
    release: Release,
    laid: Release,
    figure: Figure,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    name = figure.contract.headline
    measure = MEASURES[name]
    asked = figure.contract.with_values(
        measure=name, measure_version=measure.version, headline="share"
    )
    if name == "crossover":
        after = measure.load()(laid, asked)
        return {
            "finding": after.finding,
            "before": figure.details["headline"],
            "after": after.records(),
            "steps": [],
        }
    moved = changes_between(store, (release, laid), (asked, asked), on_progress=on_progress)
    totals = moved.details["totals"]
    return {
        "finding": moved.finding,
        "before": {row["group"]: row["before"] for row in totals},
        "after": {row["group"]: row["after"] for row in totals},
        "steps": [row for row in moved.records() if row["change"]],
    }
