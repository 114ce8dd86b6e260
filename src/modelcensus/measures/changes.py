"""What moved a headline between two releases: new data, changed register rows, definitions.

The parts are differences of neighbouring states on one way from the earlier release to the later
one, so they add up to the whole difference (docs/design/0015).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.contracts.registry import get_measure
from modelcensus.errors import UnknownName
from modelcensus.measures.headline import Values, headline_values, unit_of
from modelcensus.registers.load import Registers
from modelcensus.releases.assemble import Inputs
from modelcensus.releases.register_changes import after_step, register_steps
from modelcensus.releases.release import Release
from modelcensus.releases.unwritten import inputs_of, stored_registers, unwritten_release
from modelcensus.snapshots.store import Store
from modelcensus.version import VERSION

DATA, ROW, DEFINITION = "new data", "register row", "definition"
PARTS = (DEFINITION, DATA, ROW)
"""The three kinds of change, in the order in which they are made."""

COLUMNS = columns(
    ("step", "", "place of the step on the way from the earlier release to the later one"),
    ("part", "", "new data, register row or definition"),
    ("what", "", "what changed in this step"),
    ("group", "", "group, or row of the figure, whose number it is"),
    ("before", "as the measure", "the number before the step; null where it is not known"),
    ("after", "as the measure", "the number after the step"),
    ("change", "as the measure", "after less before; null where one is not known"),
)
SCHEMA = pa.schema(
    [
        ("step", pa.int64()),
        ("part", pa.string()),
        ("what", pa.string()),
        ("group", pa.string()),
        ("before", pa.float64()),
        ("after", pa.float64()),
        ("change", pa.float64()),
    ]
)
NOT_SHOWN = (
    "why counters moved: new data says only that they did",
    "one true split: another order of the same steps may divide the difference otherwise",
)


@dataclass(frozen=True)
class State:
    """The headline at one point of the way, and the step that led to it."""

    part: str
    what: str
    values: Values
    rows: tuple[str, ...] = ()


def changes_between(
    store: Store,
    releases: tuple[Release, Release],
    contracts: tuple[Contract, Contract],
    *,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Figure:
    """What moved a headline from one release to another, step by step.

    Args:
        store: holds both releases and the snapshots they were built from.
        releases: the earlier and the later one, open.
        contracts: the definition that was read at the earlier one, and the one read at the later.
        on_progress: told before each step that is computed.

    Returns:
        Figure with a row per step and group; the changes of a group add up to the difference
        between the releases. Totals by part are in its details.

    Raises:
        ContractError: a release cannot carry the definition, or its figure holds no number.
        StoreError: a snapshot of either release is gone.

    Method: docs/methods.md#changes
    """
    before, after = releases
    last, missing = _last_figure(after, contracts[1])
    asked = [
        c.with_values(frame=last.contract.frame, subjects=last.contract.subjects) for c in contracts
    ]
    way = Way(store, before, after, asked[0], asked[1], on_progress)
    states = list(way.states())
    groups = list(dict.fromkeys(g for s in states for g in s.values))
    if missing and not set(last.contract.subjects) <= set(groups):
        raise missing
    return replace(
        last,
        contract=last.contract.with_values(measure="changes", measure_version=1),
        columns=COLUMNS,
        rows=_rows(states, groups),
        finding=_finding(last, way, states, groups),
        does_not_show=(*NOT_SHOWN, *last.does_not_show),
        coverage=last.coverage | way.facts(states),
        bounds={"largest_remainder": _remainder(states, groups)},
        sensitivity=way.other_order(states),
        caveats=(*way.caveats(), *last.caveats),
        release=f"{before.name} to {after.name}",
        sources=tuple(sorted({*last.sources, *_sources(before, last.contract.frame)})),
        details={"totals": _totals(states, groups)},
    )


def _last_figure(after: Release, contract: Contract) -> tuple[Figure, UnknownName | None]:
    """Return the headline at the later release; a subject may be known to the earlier one only."""
    load = get_measure(contract.measure).load()
    try:
        return load(after, contract), None
    except UnknownName as error:
        figure = load(after, contract.with_values(subjects=(), denominator="all"))
        named = figure.contract.with_values(
            subjects=contract.subjects, denominator=contract.denominator
        )
        return replace(figure, contract=named), error


class Way:
    """The way from one release to another: definition, data, register rows."""

    def __init__(
        self,
        store: Store,
        before: Release,
        after: Release,
        was: Contract,
        now: Contract,
        on_progress: Callable[[str], None],
    ) -> None:
        """Name both ends; nothing is computed yet."""
        self.before, self.after = before, after
        self.was, self.now = was, now
        self._on_progress = on_progress
        self._store = store
        self.steps = tuple(register_steps(stored_registers(before), stored_registers(after)))

    @property
    def data_changed(self) -> bool:
        """Return whether the releases rest on other snapshots or lists."""
        return any(
            [one["id"] for one in self.before.manifest[kind]]
            != [one["id"] for one in self.after.manifest[kind]]
            for kind in ("snapshots", "evidence")
        )

    @property
    def is_rebuilt(self) -> bool:
        """Return whether another tool or other settings made the earlier release."""
        is_set = self.before.manifest["settings"] == self.after.manifest["settings"]
        return not is_set or bool(self.before.manifest["tool_version"] != VERSION)

    @property
    def ends_rebuilt(self) -> bool:
        """Return whether another tool than this one made the later release."""
        return bool(self.after.manifest["tool_version"] != VERSION)

    def states(self) -> Iterator[State]:
        """Yield the states in order; the first is the earlier release, the last the later one."""
        yield State("", "", headline_values(self.before, self.was))
        if self.was != self.now:
            yield State(DEFINITION, _fields(self.was, self.now), self._value_of(self.before))
        early = inputs_of(self._store, self.before)
        late = inputs_of(self._store, self.after)
        old = early.registers
        if self.is_rebuilt:
            yield State(DEFINITION, self._tools(), self._rebuilt(early, late))
        if self.data_changed:
            yield State(DATA, self._data_told(), self._after_data(replace(late, registers=old)))
        yield from self._register_states(late, old)
        if self.ends_rebuilt:
            told = f"tool {VERSION} -> {self.after.manifest['tool_version']}, at the later release"
            yield State(DEFINITION, told, self._value_of(self.after))

    def _rebuilt(self, early: Inputs, late: Inputs) -> Values:
        if not (self.data_changed or self.steps or self.ends_rebuilt):
            return self._value_of(self.after)
        return self._assembled(replace(early, settings=late.settings), "the earlier release")

    def _after_data(self, inputs: Inputs) -> Values:
        if not self.steps and not self.ends_rebuilt:
            return self._value_of(self.after)
        return self._assembled(inputs, "the earlier registers over the later data")

    def _register_states(self, late: Inputs, registers: Registers) -> Iterator[State]:
        target = late.registers
        for place, step in enumerate(self.steps):
            registers = after_step(registers, step, target)
            is_last = place == len(self.steps) - 1
            if is_last and not self.ends_rebuilt:
                values = self._value_of(self.after)
            else:
                values = self._assembled(replace(late, registers=registers), step.told)
            yield State(ROW, step.told, values, step.rows)

    def _value_of(self, release: Release) -> Values:
        return headline_values(release, self.now)

    def _assembled(self, inputs: Inputs, what: str) -> Values:
        self._on_progress(f"assembling {what}")
        with unwritten_release(inputs) as release:
            return headline_values(release, self.now)

    def _tools(self) -> str:
        a, b = self.before.manifest, self.after.manifest
        parts = [] if a["tool_version"] == VERSION else [f"tool {a['tool_version']} -> {VERSION}"]
        parts += [
            f"{k} {a['settings'].get(k)} -> {v}"
            for k, v in b["settings"].items()
            if a["settings"].get(k) != v
        ]
        return ", ".join(parts)

    def _data_told(self) -> str:
        parts = []
        for kind, word in (("snapshots", "snapshot"), ("evidence", "list")):
            old, new = ({one["id"] for one in r.manifest[kind]} for r in (self.before, self.after))
            parts += [f"{len(new - old)} {word}(s) more"] if new - old else []
            parts += [f"{len(old - new)} {word}(s) less"] if old - new else []
        return ", ".join(parts) or "another order of snapshots"

    def facts(self, states: Sequence[State]) -> dict[str, Any]:
        """Return what the figure says about the two releases."""
        return {
            "release_before": self.before.name,
            "release_after": self.after.name,
            "tool_before": self.before.manifest["tool_version"],
            "tool_after": self.after.manifest["tool_version"],
            "data_changed": self._data_told() if self.data_changed else "",
            "register_rows_changed": sum(len(step.rows) for step in self.steps),
            "steps": len(states) - 1,
        }

    def other_order(self, states: Sequence[State]) -> dict[str, Any]:
        """Return what the register rows move where they are changed before the data."""
        if not (self.steps and self.data_changed):
            return {"why_none": "data and registers did not both change: there is no other order"}
        early = inputs_of(self._store, self.before)
        late = inputs_of(self._store, self.after)
        early = replace(early, settings=late.settings)
        mine = next(s for s in states if s.part == DATA)
        place = list(states).index(mine)
        first = self._assembled(
            replace(early, registers=late.registers), "the later registers over the earlier data"
        )
        rows = {
            g: _difference(states[place - 1].values.get(g, 0.0), first.get(g, 0.0)) for g in first
        }
        return {
            "register_rows_first": {
                "register rows": rows,
                "new data": {
                    g: _difference(first.get(g, 0.0), self._end_of_rows(states).get(g, 0.0))
                    for g in first
                },
            }
        }

    def _end_of_rows(self, states: Sequence[State]) -> Values:
        return [s for s in states if s.part == ROW][-1].values

    def caveats(self) -> tuple[str, ...]:
        """Return what to know about the order of the steps."""
        order = "definition, then data, then register rows: developers, accounts, renames, families"
        return (f"the difference is split in a fixed order ({order}, licences, others)",)


def _fields(was: Contract, now: Contract) -> str:
    changed = [f.name for f in fields(was) if getattr(was, f.name) != getattr(now, f.name)]
    return ", ".join(
        f"{n} {getattr(was, n) or 'default'} -> {getattr(now, n) or 'default'}" for n in changed
    )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _rows(states: Sequence[State], groups: Sequence[str]) -> pa.Table:
    rows = []
    for place in range(1, len(states)):
        old, new = states[place - 1].values, states[place]
        rows += [
            {
                "step": place,
                "part": new.part,
                "what": new.what,
                "group": g,
                "before": old.get(g, 0.0),
                "after": new.values.get(g, 0.0),
                "change": _difference(old.get(g, 0.0), new.values.get(g, 0.0)),
            }
            for g in groups
        ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _totals(states: Sequence[State], groups: Sequence[str]) -> list[dict[str, Any]]:
    """Return for each group the whole difference and its parts; null where one is not known."""
    found: list[dict[str, Any]] = []
    for group in groups:
        parts: dict[str, float | None] = dict.fromkeys(PARTS, 0.0)
        for old, new in itertools.pairwise(states):
            change = _difference(old.values.get(group, 0.0), new.values.get(group, 0.0))
            known = parts[new.part]
            parts[new.part] = None if change is None or known is None else known + change
        first, last = states[0].values.get(group, 0.0), states[-1].values.get(group, 0.0)
        whole = {"before": first, "after": last, "change": _difference(first, last)}
        found.append({"group": group, **whole, **parts})
    return found


def _remainder(states: Sequence[State], groups: Sequence[str]) -> float:
    """Return the largest part of a difference that no step explains: rounding of floats."""
    left = [0.0]
    for row in _totals(states, groups):
        parts = [row[part] for part in PARTS]
        if row["change"] is not None and None not in parts:
            left.append(abs(row["change"] - sum(parts)))
    return max(left)


def _sources(release: Release, frame: str) -> set[str]:
    return {s.attribution for s in release.snapshots if s.frame == frame}


def _finding(last: Figure, way: Way, states: Sequence[State], groups: Sequence[str]) -> str:
    shown, said = unit_of(way.now), []
    for row in _totals(states, groups)[:2]:
        if row["change"] is None:
            said.append(f"{row['group']} is not known in both")
            continue
        parts = ", ".join(f"{shown.change(row[part])} by {part}" for part in PARTS)
        said.append(
            f"{row['group']} went from {shown.level(row['before'])} to "
            f"{shown.level(row['after'])} ({shown.change(row['change'])}: {parts})"
        )
    label = "SIMULATED: " if last.is_simulated else ""
    text = "; ".join(said) or "no group is in either"
    return f"{label}From release {way.before.name} to {way.after.name}: {text}."
