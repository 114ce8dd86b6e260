"""Events beside a figure over time: what happened in its window and may concern its groups.

An event beside a line is not its cause: nothing is computed from events, they are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.measures.selection import Selection
from modelcensus.registers.load import Row
from modelcensus.registers.world_records import Event, event_of
from modelcensus.releases.release import Release

MOST_DRAWN = 8
"""Events that a chart marks and a terminal names."""
MOST_OF_GROUPS = 5
"""Of these, events about the groups of a figure; the others are general."""
MOST_LISTED = 24
"""Events that the data of a figure hold; all are in the register."""

NO_CAUSE = "an event beside a line is not its cause"

_LIMITS = ("export control", "restriction")
_FIRST = (*_LIMITS, "licence change", "release")
"""Kinds in the order in which they are named where not all find a place."""


def events_beside(
    selection: Selection, rows: pa.Table, details: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the events beside a figure, as a part of its details.

    Returns:
        `events`: in_window (how many concern the figure), not_drawn, not_listed, note, and listed
        (date, precision, kind, title, about, url, publisher, grade, is_drawn), by date. Empty for
        a figure that is not over time, for invented data, and for a release without events.
    """
    labels = labels_over_time(rows, details or {})
    release = selection.release
    is_invented = any(s.is_simulated for s in selection.snapshots)
    if len(labels) < 2 or is_invented or "events" not in release.registers:
        return {}
    groups = _groups(selection.contract, rows)
    inside = [e for e in read_events(release) if labels[0] <= e.date <= labels[-1]]
    ranked = rank_events(inside, selection.contract.by, groups)
    if not ranked:
        return {}
    drawn = {e.event_id for e in ranked[:MOST_DRAWN]}
    listed = sorted(ranked[:MOST_LISTED], key=lambda e: (e.date, e.event_id))
    return {
        "events": {
            "in_window": len(ranked),
            "not_drawn": max(0, len(ranked) - MOST_DRAWN),
            "not_listed": max(0, len(ranked) - MOST_LISTED),
            "note": NO_CAUSE,
            "listed": [_told(event, is_drawn=event.event_id in drawn) for event in listed],
        }
    }


def labels_over_time(rows: pa.Table, details: dict[str, Any]) -> list[str]:
    """Return the days of the snapshots that a figure speaks of, sorted; empty for other figures."""
    labels: Iterable[str] = ()
    if "label" in rows.column_names:
        labels = rows["label"].to_pylist()
    elif "series" in details:
        labels = [point["label"] for point in details["series"]]
    return sorted({label[:10] for label in labels if label})


def read_events(release: Release) -> list[Event]:
    """Return the events of a release that count, by id."""
    table = release.table("registers/events")
    rows = release.fetch(table.order_by("row_id")).to_pylist()
    found = [event_of(Row(row["row_id"], "events.csv", 0, row)) for row in rows]
    return [event for event in found if event.source.counts]


def _groups(contract: Contract, rows: pa.Table) -> frozenset[str]:
    if contract.subjects:
        return frozenset(contract.subjects)
    if "group" not in rows.column_names:
        return frozenset()
    return frozenset(group for group in rows["group"].to_pylist() if group)


def rank_events(events: Sequence[Event], by: str, groups: frozenset[str]) -> list[Event]:
    """Return the events that may concern a figure, in the order in which they find a place.

    First some events about its groups, spread over the time; then some general ones (about no
    family and no developer), export controls and restrictions before the others; then the rest.
    """
    general = [e for e in events if not e.families and not e.developers]
    about = {"family": "families", "developer": "developers", "country": "countries"}
    special: list[Event] = []
    if by in about:
        held = [e for e in events if e not in general]
        special = [e for e in held if groups & set(getattr(e, about[by]))]
    chosen = spread_over_time(special, MOST_OF_GROUPS)
    limits = [e for e in general if e.kind in _LIMITS]
    wanted = MOST_DRAWN - len(chosen)
    chosen += spread_over_time(limits, wanted)
    others = [e for e in general if e.kind not in _LIMITS]
    chosen += spread_over_time(others, max(0, MOST_DRAWN - len(chosen)))
    rest = sorted((e for e in (*special, *general) if e not in chosen), key=_order)
    return [*chosen, *rest]


def spread_over_time(events: Sequence[Event], most: int) -> list[Event]:
    """Return some of the events, the first and the last among them, evenly by their order."""
    dated = sorted(events, key=lambda e: (e.date, e.event_id))
    if len(dated) <= most:
        return dated
    if most < 2:
        return dated[len(dated) - most :]
    places = [round(i * (len(dated) - 1) / (most - 1)) for i in range(most)]
    return [dated[place] for place in places]


def _order(event: Event) -> tuple[int, str, str]:
    place = _FIRST.index(event.kind) if event.kind in _FIRST else len(_FIRST)
    return place, event.date, event.event_id


def _told(event: Event, *, is_drawn: bool) -> dict[str, Any]:
    return {
        "date": event.date,
        "precision": event.precision,
        "kind": event.kind,
        "title": event.title,
        "about": [*event.families, *event.developers, *event.countries],
        "url": event.source.url,
        "publisher": event.source.publisher,
        "grade": event.source.grade,
        "row": event.source.row,
        "is_drawn": is_drawn,
    }
