"""What a figure says over time, read from its rows: one trajectory per group, gaps kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.look import OTHERS
from modelcensus.publish.charts.names import name_of


@dataclass(frozen=True)
class Trajectory:
    """One group at every snapshot.

    Attributes:
        group: id of the group.
        name: as it is printed.
        values: one per snapshot; None where it was not observed or nothing is known.
    """

    group: str
    name: str
    values: tuple[float | None, ...]

    @property
    def last(self) -> float | None:
        """Return the value at the last snapshot."""
        return self.values[-1]

    @property
    def is_known(self) -> bool:
        """Return whether it is a group that has a name: neither unknown nor put together."""
        return self.group not in (UNKNOWN, OTHERS)


@dataclass(frozen=True)
class Trajectories:
    """All groups over the same snapshots.

    Attributes:
        labels: the snapshots.
        groups: one trajectory each, in the order of the figure.
        is_share: whether the values are fractions of one whole.
    """

    labels: tuple[str, ...]
    groups: tuple[Trajectory, ...]
    is_share: bool

    def with_groups(self, groups: Iterable[Trajectory]) -> Trajectories:
        """Return the same snapshots with other groups."""
        return replace(self, groups=tuple(groups))


def read_trajectories(figure: Figure, *, shares: bool) -> Trajectories:
    """Return the rows of a figure with a snapshot (or month), group and value as trajectories.

    Shares are over the denominator that the definition names; where a figure has none
    (medians), its values are returned instead.
    """
    time = time_column(figure)
    rows = [{**row, "label": row[time]} for row in figure.records()]
    labels = tuple(sorted({row["label"] for row in rows}))
    column = share_column(figure) if shares else "value"
    if column == "selected":
        rows, column = _with_selected(rows), "selected"
    if all(row.get(column) is None for row in rows):
        column = "value"
    by_group: dict[str, dict[str, float | None]] = {}
    names: dict[str, str] = {}
    for row in rows:
        group = str(row["group"])
        by_group.setdefault(group, {})[row["label"]] = row.get(column)
        names.setdefault(group, name_of(figure, group, row.get("name")))
    groups = tuple(
        Trajectory(group, names[group], tuple(values.get(label) for label in labels))
        for group, values in by_group.items()
    )
    return Trajectories(labels, groups, column != "value")


def time_column(figure: Figure) -> str:
    """Return the column that holds the snapshots, or the months; empty where there is none."""
    names = figure.rows.column_names
    return next((name for name in ("label", "month") if name in names), "")


def share_column(figure: Figure) -> str:
    """Return the column that holds the share of the definition's denominator."""
    denominator = figure.contract.denominator
    return {"all": "share_of_all", "attributed": "share_of_attributed"}.get(denominator, "selected")


def _with_selected(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with the share among the groups that the definition names."""
    wholes: dict[Any, float] = {}
    for row in rows:
        if row["group"] != UNKNOWN:
            label = row.get("label")
            wholes[label] = wholes.get(label, 0.0) + (row["value"] or 0.0)
    return [row | {"selected": _selected(row, wholes.get(row.get("label")))} for row in rows]


def _selected(row: dict[str, Any], whole: float | None) -> float | None:
    if row["group"] == UNKNOWN or row["value"] is None or not whole:
        return None
    found: float = row["value"] / whole
    return found


def selected_shares(rows: Sequence[dict[str, Any]]) -> list[float | None]:
    """Return each row's share among the groups that are named."""
    return [row["selected"] for row in _with_selected(rows)]


def foremost(found: Trajectories, most: int) -> Trajectories:
    """Return the groups that were largest at the last snapshot; the rest are put together.

    What is unknown stays a group of its own. Shares are completed to the whole: what the
    figure does not list stands among the others, too.
    """
    known = [t for t in found.groups if t.is_known]
    ranked = sorted(known, key=lambda t: (-(t.last or -1.0), t.group))
    kept = ranked if len(ranked) <= most + 1 else ranked[:most]
    rest = [t for t in known if t not in kept]
    unknown = [t for t in found.groups if t.group == UNKNOWN]
    listed = [*kept, *unknown]
    if found.is_share:
        others = _completed(found, listed)
        name = f"{len(rest)} others" if rest else "All others"
    else:
        others = [_total([t.values[i] for t in rest]) for i in range(len(found.labels))]
        name = f"{len(rest)} others together"
    if any(value is not None and value > 5e-4 for value in others):
        listed.insert(len(kept), Trajectory(OTHERS, name, tuple(others)))
    return found.with_groups(listed)


def _completed(found: Trajectories, listed: Sequence[Trajectory]) -> list[float | None]:
    """Return what is missing to the whole at each snapshot; None where nothing is known."""
    missing: list[float | None] = []
    for index in range(len(found.labels)):
        total = _total([t.values[index] for t in listed])
        missing.append(None if total is None else max(0.0, 1.0 - total))
    return missing


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def ranks(found: Trajectories) -> Trajectories:
    """Return the rank of each known group among them at each snapshot; 1 is the largest."""
    known = [t for t in found.groups if t.is_known]

    def rank(trajectory: Trajectory, index: int) -> float | None:
        value = trajectory.values[index]
        if value is None:
            return None
        return 1 + sum((other.values[index] or 0) > value for other in known)

    places = range(len(found.labels))
    return found.with_groups(
        replace(t, values=tuple(rank(t, index) for index in places)) for t in known
    )
