"""How a release stands: its frames with their dates and freshness, and what is odd in the data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from modelcensus.releases.status import freshness
from modelcensus.web.site import Site


@dataclass(frozen=True)
class FrameStanding:
    """One frame of a release.

    Attributes:
        state: dated for imports; fresh, amber or red for what was collected.
        age_days: of the last snapshot of a collected frame; None where it does not age.
    """

    frame: str
    hub: str
    snapshots: int
    first: str
    last: str
    rows: int
    rejects: int
    is_complete_frame: bool
    is_simulated: bool
    state: str
    age_days: float | None


def standing_of(site: Site, *, is_pinned: bool = False) -> list[dict[str, Any]]:
    """Return the frames of a release; a pinned page shows dates and never an age."""
    now = site.clock.now()
    collected = {} if is_pinned else site.collected
    frames: dict[str, list[dict[str, Any]]] = {}
    for snapshot in site.release.manifest["snapshots"]:
        frames.setdefault(snapshot["frame"], []).append(snapshot)
    found = []
    for frame, snapshots in sorted(frames.items()):
        last = snapshots[-1]
        state, age = "dated", None
        if (last["hub"], frame) in collected:
            instant, status = collected[last["hub"], frame]
            days = max(0.0, (now - instant).total_seconds() / 86_400)
            state = freshness(status, days, site.settings)
            age = None if state == "dated" else round(days, 2)
        found.append(
            FrameStanding(
                frame=frame,
                hub=last["hub"],
                snapshots=len(snapshots),
                first=snapshots[0]["label"],
                last=last["label"],
                rows=last["input_rows"],
                rejects=sum(sum(s["rejects"].values()) for s in snapshots),
                is_complete_frame=last["is_complete_frame"],
                is_simulated=last["is_simulated"],
                state=state,
                age_days=age,
            )
        )
    return [asdict(one) for one in found]


def incidents_of(site: Site) -> list[dict[str, Any]]:
    """Return what is odd in the data: blocking ones first, then by kind and date."""
    rows = site.table("incidents")
    rows.sort(key=lambda r: (r["severity"] != "block", r["kind"], r["label_after"] or "",
                             r["incident_id"]))  # fmt: skip
    return rows
