"""How many developers there are by country or type, what they hold, who entered and who left."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import coverage_of, sums_by_snapshot
from modelcensus.measures.frame_figure import hub_wide, make_figure
from modelcensus.measures.makers import (
    Makers,
    holdings,
    made_models,
    presence,
    read_makers,
    sizes_of_makers,
    unknown_accounts,
)
from modelcensus.measures.quantiles import Weighted
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.wording import frame_phrase, group_names
from modelcensus.releases.release import Release

GROUPINGS = ("country", "developer_type", "developer_sub_type", "total")

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("developers_at_start", "developers", "with a model at the first snapshot of the period"),
    ("developers", "developers", "with a model at the last snapshot"),
    ("entered", "developers", "whose first model in the frame came after the first snapshot"),
    ("left", "developers", "that had a model and have none any more; null where nobody can say"),
    ("not_observed", "developers", "shown in the period and not at its end, in a panel or sample"),
    ("unknown_accounts", "", "accounts of natural persons and of makers that nobody knows"),
    ("models", "models", "models of the developers at the last snapshot"),
    ("value", "as the metric", "sum over them; null where no count is known"),
    ("median_value", "as the metric", "the median developer's sum"),
    ("largest_developer", "", "the developer with the largest sum"),
    ("largest_value", "as the metric", "its sum"),
    ("median_size", "parameters", "median size of their models, where known"),
    ("largest_size", "parameters", "largest believed size of their models"),
    ("founded_known", "developers", "whose founding year is sourced"),
    ("founded_median", "year", "their median founding year"),
)
_TEXTS = ("group", "name", "largest_developer")
_PARTS = ("median_value", "founded_median")
_SCHEMA = pa.schema(
    [
        (
            c.name,
            pa.string() if c.name in _TEXTS else pa.float64() if c.name in _PARTS else pa.int64(),
        )
        for c in COLUMNS
    ]
)


def developers_by_group(release: Release, contract: Contract) -> Figure:
    """How many developers each group has, what they hold, and who entered and left.

    Returns:
        Figure with one row per group by falling number of developers, `unknown` last. Natural
        persons and unknown makers are accounts, and are listed nowhere. `entries` and `exits`
        beside the rows name the developers.

    Raises:
        ContractError: another grouping, bases, or a population of young models.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#developers
    """
    _refuse(contract)
    selection = select(release, contract)
    found = _look(selection)
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, selection.contract)
    selection = with_subjects(selection, {*sums.values, *found.seen}, names)
    subjects = selection.contract.subjects
    listed = list(subjects) or found.ordered()
    rows = [_row(found, group, names) for group in listed]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=_SCHEMA),
        finding=_finding(selection, found, rows),
        coverage=coverage_of(selection, sums, selection.last.key)
        | {
            "snapshots": len(selection.snapshots),
            "developers": len(found.known(found.now)),
            "unknown_accounts": sum(found.accounts.values()),
            "founding_years_known": sum(
                developer in found.makers.founded for developer in found.known(found.now)
            ),
        },
        bounds=_bounds(selection, found, listed),
        sensitivity=_contested(selection, found),
        caveats=_caveats(selection, found),
        details={"entries": found.entries(), "exits": found.exits()},
    )


def _refuse(contract: Contract) -> None:
    if contract.by not in GROUPINGS:
        raise ContractError(
            "developers are counted by what they are, not by facts of their models",
            where=f"--by {contract.by}",
            next_step=f"--by {', '.join(GROUPINGS)}",
        )
    if contract.lens == "base":
        raise ContractError(
            "developers are counted by their own models, not by those built on them",
            where="--lens base",
            next_step="`census derivatives --by developer` counts what is built on whom",
        )
    if contract.population.startswith("young:"):
        raise ContractError(
            "a developer whose models grow older would seem to leave",
            where=f"--population {contract.population}",
            next_step="leave --population out, or name a list",
        )


Shown = dict[str, set[str]]
"""Developers with a model, by group."""


@dataclass(frozen=True)
class _Look:
    """What is known of the developers of a selection.

    Attributes:
        selection: what was asked.
        makers: what the register says of developers.
        start: developers with a model at the first snapshot of the period, by group.
        now: the same at the last one.
        within: the same at any snapshot of the period.
        first: the label of the first snapshot in the frame that shows a developer in a group.
        last: the label of the last snapshot of the period that does.
        before: developers that the frame had shown up to the period's first snapshot.
        held: (group, developer) -> models, counted and value at the last snapshot.
        accounts: accounts of unknown makers and natural persons, by group.
        sizes: sizes of developers' models with how many have each, by group.
    """

    selection: Selection
    makers: Makers
    start: Shown
    now: Shown
    within: Shown
    first: dict[tuple[str, str], str]
    last: dict[tuple[str, str], str]
    before: set[str]
    held: dict[tuple[str, str], dict[str, Any]]
    accounts: dict[str, int]
    sizes: dict[str, list[tuple[int, int]]]

    @property
    def seen(self) -> list[str]:
        """Return every group with a developer or an account."""
        return sorted({*self.within, *self.accounts})

    @property
    def is_change(self) -> bool:
        """Return whether the period has two ends."""
        return len(self.selection.snapshots) > 1

    @property
    def tells_exits(self) -> bool:
        """Return whether absence from the frame means that nothing is there any more."""
        return self.is_change and self.selection.last.is_complete_frame

    def known(self, shown: Shown) -> set[str]:
        """Return the developers of all groups."""
        return set().union(*shown.values())

    def ordered(self) -> list[str]:
        """Return the groups by falling number of developers, ties by name, `unknown` last."""
        return sorted(self.seen, key=lambda g: (g == UNKNOWN, -len(self.now.get(g, ())), g))

    def entered(self, group: str) -> set[str]:
        """Return the developers of a group that the frame did not show up to the first snapshot."""
        return self.within.get(group, set()) - self.before if self.is_change else set()

    def absent(self, group: str) -> set[str]:
        """Return the developers of a group shown in the period, and in no group at its end."""
        return self.within.get(group, set()) - self.known(self.now) if self.is_change else set()

    def entries(self) -> list[dict[str, Any]]:
        """Return the developers that entered, by label."""
        found = [
            {
                "developer": developer,
                "name": self.makers.names[developer],
                "group": group,
                "label": self.first[group, developer],
            }
            for group in self.seen
            for developer in self.entered(group)
        ]
        return sorted(found, key=lambda e: (e["label"], e["developer"], e["group"]))

    def exits(self) -> list[dict[str, Any]]:
        """Return the developers that left, by the last label that shows them; none in a panel."""
        found = [
            {
                "developer": developer,
                "name": self.makers.names[developer],
                "group": group,
                "last_label": self.last[group, developer],
            }
            for group in (self.seen if self.tells_exits else ())
            for developer in self.absent(group)
        ]
        return sorted(found, key=lambda e: (e["last_label"], e["developer"], e["group"]))


def _look(selection: Selection) -> _Look:
    release, contract = selection.release, selection.contract
    makers = read_makers(release)
    frame = release.frame_snapshots(contract.frame)
    history = tuple(s for s in frame if s.key <= selection.last.key)
    labels = {s.key: s.label for s in history}
    ends = selection.snapshots[0].key, selection.last.key
    start: Shown = defaultdict(set)
    now: Shown = defaultdict(set)
    within: Shown = defaultdict(set)
    first: dict[tuple[str, str], str] = {}
    last: dict[tuple[str, str], str] = {}
    before: set[str] = set()
    counted = contract.with_values(metric="models")
    for row in presence(release, made_models(release, counted, history)):
        developer, group, key = row["developer"], row["group"], row["snapshot_key"]
        if developer not in makers.names or developer in makers.persons:
            continue
        first.setdefault((group, developer), labels[key])
        last[group, developer] = labels[key]
        if key <= ends[0]:
            before.add(developer)
        for shown, is_there in (
            (start, key == ends[0]), (now, key == ends[1]), (within, key >= ends[0]),
        ):  # fmt: skip
            if is_there:
                shown[group].add(developer)
    mine = made_models(release, contract, (selection.last,))
    held = {(r["group"], r["developer"]): r for r in holdings(selection, mine)}
    accounts = unknown_accounts(selection, mine, makers)
    sizes = sizes_of_makers(selection, mine, makers)
    return _Look(selection, makers, start, now, within, first, last, before, held, accounts, sizes)


def _row(found: _Look, group: str, names: dict[str, str]) -> dict[str, object]:
    developers = sorted(found.now.get(group, ()))
    held = [found.held[group, d] | {"developer": d} for d in developers]
    counted = [h for h in held if h["counted"]]
    largest = max(counted, key=lambda h: (h["value"], h["developer"]), default=None)
    founded = [found.makers.founded[d] for d in developers if d in found.makers.founded]
    weighted = Weighted.of(found.sizes.get(group, []))
    return {
        "group": group,
        "name": names.get(group, group),
        "developers_at_start": len(found.start.get(group, ())) if found.is_change else None,
        "developers": len(developers),
        "entered": len(found.entered(group)) if found.is_change else None,
        "left": len(found.absent(group)) if found.tells_exits else None,
        "not_observed": (
            len(found.absent(group)) if found.is_change and not found.tells_exits else None
        ),
        "unknown_accounts": found.accounts.get(group, 0),
        "models": sum(h["models"] for h in held),
        "value": sum(h["value"] for h in counted) if counted else None,
        # counts above 2^53 have no exact float; a median may be the mean of two
        "median_value": float(median(h["value"] for h in counted)) if counted else None,
        "largest_developer": largest["developer"] if largest else None,
        "largest_value": largest["value"] if largest else None,
        "median_size": weighted.quantile(50),
        "largest_size": weighted.pairs[-1][0] if weighted.pairs else None,
        "founded_known": len(founded),
        "founded_median": median(founded) if founded else None,
    }


def _bounds(selection: Selection, found: _Look, listed: list[str]) -> dict[str, Any]:
    """Return how many developers each group could have, if every unknown account were one."""
    why = "developers whose models the frame does not hold are not counted"
    accounts = sum(found.accounts.values())
    spans = {g: len(found.now.get(g, ())) for g in listed if g != UNKNOWN}
    return {
        "hub_wide": hub_wide(selection.last, why),
        "developers_within_frame": {g: [n, n + accounts] for g, n in spans.items()},
    }


def _contested(selection: Selection, found: _Look) -> dict[str, Any]:
    """Return the developers counted here about whose base careful coders could differ."""
    table = selection.release.table("contested")
    rows = selection.fetch(table.order_by(["row_id", "alternative"])).to_pylist()
    known = found.known(found.now)
    return {
        "contested_developers": [
            {name: row[name] for name in ("row_id", "subject", "alternative", "because")}
            for row in rows
            if row["row_id"].startswith("developers:") and row["subject"] in known
        ]
    }


def _caveats(selection: Selection, found: _Look) -> list[str]:
    texts = [
        "developers are those in the register: natural persons and makers that nobody knows are "
        f"{sum(found.accounts.values()):,} account(s), and are not listed",
        "a developer stands in the group it had when a model was released: one that moved its "
        "base counts in two countries",
    ]
    if found.is_change and not found.tells_exits:
        texts.insert(
            0,
            "no exit is read from a panel or a sample: what it does not show is not gone; and "
            "who enters it is its makers' choice, so its growth is no trend",
        )
    return texts


def _finding(selection: Selection, found: _Look, rows: list[dict[str, Any]]) -> str:
    contract = selection.contract
    total = len(found.known(found.now))
    said = "; ".join(
        f"{row['name']} {row['developers']:,}" for row in rows[:3] if row["developers"]
    )
    by_group = f" ({said})" if said and contract.by != "total" else ""
    text = (
        f"On {selection.last.label}, {frame_phrase(selection.release, contract)} showed models of "
        f"{total:,} known developers{by_group} and of {sum(found.accounts.values()):,} account(s) "
        "of natural persons or unknown makers"
    )
    if not found.is_change:
        return f"{text}."
    entered = len({e["developer"] for e in found.entries()})
    gone = len(set().union(*(found.absent(g) for g in found.seen)))
    ends = "left" if found.tells_exits else "were not observed at the end (which is no exit)"
    return (
        f"{text}; since {selection.snapshots[0].label}, {entered:,} developers entered it and "
        f"{gone:,} {ends}."
    )
