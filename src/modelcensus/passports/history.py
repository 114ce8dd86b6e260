"""Counters over time, frame by frame. Null, absent, not observed and 0 are four things."""

from __future__ import annotations

from modelcensus.passports.passport import History, Reading, Standing
from modelcensus.releases.lookup import Lookup, Row

OBSERVED, NOT_OBSERVED, NOT_LISTED = "observed", "not observed", "not listed"


def read_history(lookup: Lookup, card: Row) -> tuple[History, ...]:
    """Return the model's counters in every frame that shows it, from its first snapshot on.

    A panel or sample that does not show the model did not observe it; only a complete listing can
    say that it is not listed.
    """
    rows = {r["snapshot_key"]: r for r in lookup.observations(card["node_key"])}
    seen = {lookup.snapshots[key]["frame"] for key in rows}
    standings = {r["frame"]: r for r in card["standings"]}
    return tuple(_history(lookup, frame, rows, standings.get(frame)) for frame in sorted(seen))


def _history(lookup: Lookup, frame: str, rows: dict[int, Row], standing: Row | None) -> History:
    snapshots = [s for s in lookup.snapshots if s["frame"] == frame]
    first = min(key for key in rows if lookup.snapshots[key]["frame"] == frame)
    last = snapshots[-1]
    return History(
        frame,
        last["title"],
        last["url"],
        last["licence"],
        last["attribution"],
        last["is_complete_frame"],
        tuple(
            _reading(s, rows.get(s["snapshot_key"]))
            for s in snapshots
            if s["snapshot_key"] >= first
        ),
        None if standing is None else _standing(lookup, standing),
    )


def _reading(snapshot: Row, row: Row | None) -> Reading:
    if row is None:
        state = NOT_LISTED if snapshot["is_complete_frame"] else NOT_OBSERVED
        return Reading(snapshot["label"], state, {}, ())
    absent = tuple(row["absent"] or ())
    counters = {c: row[c] for c in snapshot["counters"] if c not in absent}
    return Reading(snapshot["label"], OBSERVED, counters, absent)


def _standing(lookup: Lookup, row: Row) -> Standing:
    return Standing(
        row["metric"],
        row["value"],
        lookup.snapshots[row["snapshot_key"]]["label"],
        row["family"],
        row["family_rank"],
        row["family_models"],
        row["size_class"],
        row["size_rank"],
        row["size_models"],
    )
