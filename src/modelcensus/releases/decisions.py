"""Decisions about incidents: a block is lifted only by a recorded reason.

They are rows of `overlay/decisions.csv` in the store (incident_id, decided_on, why); a build
hashes them like any other input, and the release lists them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from modelcensus.errors import QualityError, SettingsError, StoreError, UnknownName
from modelcensus.files import write_bytes, write_json
from modelcensus.snapshots.store import Store

COLUMNS = ("incident_id", "decided_on", "why")


@dataclass(frozen=True)
class Decision:
    """Somebody's decision that an incident does not stop a release, and why."""

    incident_id: str
    decided_on: str
    why: str


def read_decisions(store: Store) -> tuple[Decision, ...]:
    """Return the decisions of a store, sorted by incident.

    Raises:
        StoreError: the file is not what this module writes.
    """
    path = store.overlay_path / "decisions.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    if not rows or tuple(rows[0]) != COLUMNS or any(len(r) != len(COLUMNS) for r in rows):
        raise StoreError(
            "the file of decisions is not readable",
            where=str(path),
            next_step=f"its header is {','.join(COLUMNS)}",
        )
    return tuple(sorted((Decision(*row) for row in rows[1:]), key=lambda d: d.incident_id))


def accept_incident(store: Store, incident_id: str, why: str, today: date) -> Decision:
    """Record that a blocking incident is accepted, with the reason.

    Raises:
        SettingsError: no reason is given.
        UnknownName: no open incident has that id.
    """
    if not why.strip():
        raise SettingsError(
            "a decision needs its reason", next_step='--why "the source announced a recount"'
        )
    known = [incident["incident_id"] for incident in read_pending(store)]
    if incident_id not in known:
        near = get_close_matches(incident_id, known, cutoff=0.3) or known
        raise UnknownName("blocking incident", incident_id, near, where=str(store.path))
    decision = Decision(incident_id, today.isoformat(), " ".join(why.split()))
    with store.lock():
        kept = [d for d in read_decisions(store) if d.incident_id != incident_id]
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        ordered = sorted([*kept, decision], key=lambda d: d.incident_id)
        writer.writerows([d.incident_id, d.decided_on, d.why] for d in ordered)
        write_bytes(store.overlay_path / "decisions.csv", stream.getvalue().encode())
    return decision


def read_pending(store: Store) -> list[dict[str, Any]]:
    """Return the incidents that stopped the last build; empty when none did."""
    path = store.releases_path / "blocked.json"
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def pass_gates(
    store: Store, incidents: Sequence[dict[str, Any]], decisions: Sequence[Decision]
) -> None:
    """Let a build go on unless an incident blocks it that nobody accepted.

    Raises:
        QualityError: names the incidents and how to accept them; the last release stays.
    """
    accepted = {d.incident_id for d in decisions}
    blocking = [
        i for i in incidents if i["severity"] == "block" and i["incident_id"] not in accepted
    ]
    if blocking or read_pending(store):
        write_json(store.releases_path / "blocked.json", blocking)
    if not blocking:
        return
    first = blocking[0]
    raise QualityError(
        f"{len(blocking)} incident(s) block the release: {first['note']}",
        where=f"{first['incident_id']} {first['frame']} {first['metric']} "
        f"{first['value_before']:,} -> {first['value_after']:,} "
        f"({first['label_before']} to {first['label_after']})",
        next_step="look at the source; if it is real, "
        f'`census status accept {first["incident_id"]} --why "..."`, then build again',
    )
