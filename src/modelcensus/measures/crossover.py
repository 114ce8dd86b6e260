"""When one group passed another: first, lasting so far, and which single models decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import Sums, coverage_of, sums_by_snapshot
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.grouping import same_by_other_group
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.spacings import by_other_spacings, spacing_caveats
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names, metric_phrase, whose
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("rule", "", "first: the first snapshot with A above B; lasting: A above B ever since"),
    ("after", "", "last snapshot before it; null when it lies before the first snapshot"),
    ("by", "", "first snapshot that shows it; null when it did not happen"),
    ("left_censored", "", "true when it may have happened before the first snapshot"),
    ("is_stable", "", "whether leaving out any one model keeps the interval; null: not computed"),
    ("explained_by", "", "the model whose absence moves the first crossing furthest"),
    ("leave_one_out", "", "models that move the interval, and where to; by null: never"),
)
_MOVE = pa.struct([("model", pa.string()), ("after", pa.string()), ("by", pa.string())])
SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("after", pa.string()),
        ("by", pa.string()),
        ("left_censored", pa.bool_()),
        ("is_stable", pa.bool_()),
        ("explained_by", pa.string()),
        ("leave_one_out", pa.list_(_MOVE)),
    ]
)


@dataclass(frozen=True)
class Crossing:
    """An interval between two snapshots, by position; `by` None means that it did not happen.

    `after` None with `by` 0 is left-censored: true from the first snapshot on.
    """

    after: int | None
    by: int | None

    @property
    def is_left_censored(self) -> bool:
        """Return whether it may have happened before the first snapshot."""
        return self.by == 0


def first_crossing(above: list[bool]) -> Crossing:
    """Return the first position at which A is above B, and the one before it."""
    by = next((i for i, up in enumerate(above) if up), None)
    return _interval(by)


def lasting_crossing(above: list[bool]) -> Crossing:
    """Return the position since which A is above B without interruption to the end."""
    if not above or not above[-1]:
        return Crossing(None, None)
    below = [i for i, up in enumerate(above) if not up]
    return _interval(below[-1] + 1 if below else 0)


RULES = {"first": first_crossing, "lasting": lasting_crossing}


@dataclass(frozen=True)
class Race:
    """Two groups over the snapshots that show both.

    Attributes:
        labels: the snapshots.
        ahead, behind: the values of A and B.
        removals: model -> position -> change of (A - B) when it is left out; only positions
            where that changes who is above.
    """

    labels: list[str]
    ahead: list[float]
    behind: list[float]
    removals: dict[str, dict[int, float]]

    @property
    def above(self) -> list[bool]:
        """Return at which positions A is above B."""
        return [a > b for a, b in zip(self.ahead, self.behind, strict=True)]

    def above_without(self, model: str) -> list[bool]:
        """Return at which positions A is above B when a model is left out."""
        changes = self.removals[model]
        return [
            a - b + changes.get(i, 0) > 0
            for i, (a, b) in enumerate(zip(self.ahead, self.behind, strict=True))
        ]


def find_crossover(release: Release, contract: Contract) -> Figure:
    """When the first subject passed the second.

    Returns:
        Figure with two rows, `first` and `lasting`. Intervals lie between two snapshots; what
        happened before the first snapshot is left-censored. It is called stable only if
        leaving out any one model keeps the interval.

    Raises:
        ContractError: fewer than two snapshots show both groups.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#crossover
    """
    selection = select(release, contract)
    sums = sums_by_snapshot(selection)
    names = group_names(release, contract)
    selection = with_subjects(selection, {g for s in sums.values() for g in s.values}, names)
    race, shown = run_race(selection, sums)
    is_summed = contract.outliers != "median"
    rows = [crossing_row(race, rule, is_summed=is_summed) for rule in RULES]
    a, b = selection.contract.subjects
    spacings = by_other_spacings(selection, _rows_of)
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(selection, rows, names),
        coverage=coverage_of(selection, sums[shown[-1]], shown[-1])
        | {"snapshots": len(shown), "snapshots_without_both": len(sums) - len(shown)},
        bounds={
            "hub_wide": {
                "status": "unknown here",
                "why": "an order on a panel can differ from the order on the whole hub",
                "groups": {},
            }
        },
        sensitivity={
            "is_stable": all(r["is_stable"] for r in rows) if is_summed else None,
            "beside": same_by_other_group(selection, compute=_rows_of),
            **spacings,
        },
        caveats=spacing_caveats(spacings, lambda rows: _short(selection, rows)),
        details={
            "series": [
                {"label": label, a: x, b: y}
                for label, x, y in zip(race.labels, race.ahead, race.behind, strict=True)
            ]
        },
    )


def run_race(selection: Selection, sums: dict[int, Sums]) -> tuple[Race, list[int]]:
    """Return the race of a selection's two subjects and the snapshots it is run over.

    Raises:
        ContractError: fewer than two snapshots show both groups.
    """
    a, b = selection.contract.subjects
    shown = [k for k in sorted(sums) if None not in (sums[k].value_of(a), sums[k].value_of(b))]
    if len(shown) < 2:
        raise ContractError(
            f"{len(shown)} snapshot(s) show both {a!r} and {b!r}; a crossing needs two",
            where=f"frame {selection.contract.frame}, period {selection.contract.period}",
            next_step="take a longer period, or import earlier snapshots",
        )
    labels = {s.key: s.label for s in selection.snapshots}
    ahead = [float(sums[k].values[a]) for k in shown]
    behind = [float(sums[k].values[b]) for k in shown]
    removals: dict[str, dict[int, float]] = {}
    if selection.contract.outliers != "median":
        removals = _removals(selection, shown, ahead, behind)
    return Race([labels[k] for k in shown], ahead, behind, removals), shown


def _removals(
    selection: Selection, shown: list[int], ahead: list[float], behind: list[float]
) -> dict[str, dict[int, float]]:
    """Return the models whose absence changes who is above at some snapshot, and how."""
    a, b = selection.contract.subjects
    gaps = pa.table(
        {
            "snapshot_key": pa.array(shown, pa.int32()),
            "gap": pa.array([x - y for x, y in zip(ahead, behind, strict=True)], pa.float64()),
        }
    )
    rows = selection.values
    # a model may hold parts of both
    is_ours, is_theirs = rows["group"] == a, rows["group"] == b
    held = rows.filter(is_ours | is_theirs).mutate(
        lead=ibis.ifelse(is_ours, rows.value, -rows.value)
    )
    leads = held.group_by(["snapshot_key", "model_key"]).agg(lead=held.lead.sum().cast("float64"))
    beside = leads.join(selection.release.engine.local(gaps), "snapshot_key")
    decisive = beside.filter(
        ((beside.gap > 0) & (beside.lead >= beside.gap))
        | ((beside.gap <= 0) & (beside.lead < beside.gap))
    )
    models = selection.release.table("models").select("model_key", "model_id")
    named = decisive.join(models, "model_key").select("model_id", "snapshot_key", "lead")
    found: dict[str, dict[int, float]] = {}
    for row in selection.fetch(named.order_by(["model_id", "snapshot_key"])).to_pylist():
        found.setdefault(row["model_id"], {})[shown.index(row["snapshot_key"])] = -row["lead"]
    return found


def crossing_row(race: Race, rule: str, *, is_summed: bool = True) -> dict[str, Any]:
    """Return one row of the figure: a crossing, what it hangs on and what explains it."""
    found = RULES[rule](race.above)
    moves = []
    for model in race.removals:
        other = RULES[rule](race.above_without(model))
        if other != found:
            moves.append({"model": model, **crossing_labels(race, other)})
    moves.sort(key=lambda m: (m["by"] is None, m["by"] or "", m["model"]))
    return {
        "rule": rule,
        **crossing_labels(race, found),
        "left_censored": found.is_left_censored,
        "is_stable": not moves if is_summed else None,
        "explained_by": explain_difference(race),
        "leave_one_out": moves,
    }


def explain_difference(race: Race) -> str | None:
    """Return the model that explains why the first and the lasting crossing differ.

    It is the model whose absence moves the first crossing furthest; among equals the one whose
    absence changes the lead at the first crossing most. Null when they do not differ, or when
    no single model moves the first one.
    """
    first, lasting = first_crossing(race.above), lasting_crossing(race.above)
    if first == lasting or first.by is None:
        return None
    never = len(race.labels)

    def moved_to(model: str) -> int:
        by = first_crossing(race.above_without(model)).by
        return never if by is None else by

    moving = [m for m in race.removals if moved_to(m) > first.by]
    return min(
        moving,
        key=lambda m: (-moved_to(m), race.removals[m].get(first.by or 0, 0.0), m),
        default=None,
    )


def _rows_of(selection: Selection) -> list[dict[str, Any]]:
    race, _ = run_race(selection, sums_by_snapshot(selection))
    is_summed = selection.contract.outliers != "median"
    return [crossing_row(race, rule, is_summed=is_summed) for rule in RULES]


def crossing_labels(race: Race, crossing: Crossing) -> dict[str, str | None]:
    """Return the labels of an interval: after and by."""
    return {
        "after": None if crossing.after is None else race.labels[crossing.after],
        "by": None if crossing.by is None else race.labels[crossing.by],
    }


def _interval(by: int | None) -> Crossing:
    if by is None:
        return Crossing(None, None)
    return Crossing(by - 1 if by else None, by)


def _finding(selection: Selection, rows: list[dict[str, Any]], names: dict[str, str]) -> str:
    contract = selection.contract
    a, b = (whose(contract, s, names) for s in contract.subjects)
    first, lasting = rows
    where = f"by {metric_phrase(contract)} in {frame_phrase(selection.release, contract)}"
    if first["by"] is None:
        when = "" if contract.period == "all" else f", {contract.period}"
        return f"{a} was never above {b} {where}{when}."
    text = f"{a} first stood above {b} {where} {_when(first)}"
    if lasting["by"] is None:
        return f"{text}; at the last snapshot it does not."
    same = lasting["by"] == first["by"]
    text += " and ever since" if same else f", and without a break since a day {_when(lasting)}"
    if lasting["is_stable"] is False:
        count = len(lasting["leave_one_out"])
        text += f"; this is not stable: leaving out one of {count} models moves it"
    return text + "."


def _short(selection: Selection, rows: list[dict[str, Any]]) -> str:
    """Return a crossing under another choice of readings, in few words."""
    a, b = selection.contract.subjects
    first, lasting = rows
    if first["by"] is None:
        return f"{a} never above {b}"
    since = "not at the last one" if lasting["by"] is None else f"lastingly {_when(lasting)}"
    return f"{a} above {b} first {_when(first)}, {since}"


def _when(row: dict[str, Any]) -> str:
    if row["left_censored"]:
        return f"at the first snapshot, {row['by']}, or before it"
    return f"between {row['after']} and {row['by']}"
