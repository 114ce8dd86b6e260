"""What changed between two states of the registers, as steps that can be taken one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelcensus.registers.load import Registers, Row
from modelcensus.registers.schema import CONTEST, EVIDENCE, REGISTERS

ONE_BY_ONE = ("developers", "namespaces", "renames", "families", "licences")
"""Registers whose rows decide values, in the order in which their rows are changed.

A developer comes before the accounts that are its, so a new account never names nobody. The rows
of the other registers say nothing of a model; each of those registers is one step.
"""

BESIDE = tuple(c for c in (*EVIDENCE, *CONTEST) if c != "seen")
"""Columns that decide no value: they are not told. Whether evidence was seen does decide."""


@dataclass(frozen=True)
class RegisterStep:
    """Rows of one subject that are changed together.

    Attributes:
        register: the register.
        rows: ids of the rows that are added, removed or have other cells, in order.
        told: what happens to them, in words.
    """

    register: str
    rows: tuple[str, ...]
    told: str


def register_steps(before: Registers, after: Registers) -> Iterator[RegisterStep]:
    """Yield the steps from one state of the registers to another, in their stated order.

    Rows of one account, developer, family pattern, rename or licence tag that differ in dates
    only are one step: alone they would hold twice, or not at all.
    """
    for name in ONE_BY_ONE:
        changed = _changed(before, after, name)
        subjects: dict[tuple[str, ...], list[str]] = {}
        for row_id, row in changed.items():
            key = tuple(row[k] for k in REGISTERS[name].key if k != "valid_from")
            subjects.setdefault(key, []).append(row_id)
        for rows in subjects.values():
            yield RegisterStep(name, tuple(rows), _told(before, after, name, rows))
    for name in REGISTERS:
        rows = list(_changed(before, after, name)) if name not in ONE_BY_ONE else []
        if rows:
            yield RegisterStep(name, tuple(rows), f"{len(rows)} rows of the register {name}")


def after_step(registers: Registers, step: RegisterStep, target: Registers) -> Registers:
    """Return registers in which the rows of one step are as in the target."""
    wanted = {row.id: row for row in target.rows[step.register]}
    rows = {row.id: row for row in registers.rows[step.register] if row.id not in step.rows}
    rows |= {row_id: wanted[row_id] for row_id in step.rows if row_id in wanted}
    ordered = tuple(rows[row_id] for row_id in sorted(rows))
    return Registers(registers.rows | {step.register: ordered}, registers.versions)


def _changed(before: Registers, after: Registers, name: str) -> dict[str, Row]:
    """Return the rows that differ, by id in order; of a changed row the later state."""
    old = {row.id: row for row in before.rows[name]}
    new = {row.id: row for row in after.rows[name]}
    return {
        row_id: new.get(row_id) or old[row_id]
        for row_id in sorted(old.keys() | new.keys())
        if row_id not in old or row_id not in new or old[row_id].cells != new[row_id].cells
    }


def _told(before: Registers, after: Registers, name: str, rows: list[str]) -> str:
    old = {row.id: row for row in before.rows[name]}
    new = {row.id: row for row in after.rows[name]}
    parts = []
    for row_id in rows:
        if row_id not in old:
            parts.append(f"{row_id} added")
        elif row_id not in new:
            parts.append(f"{row_id} removed")
        else:
            differing = [c for c in REGISTERS[name].columns if old[row_id][c] != new[row_id][c]]
            cells = [
                f"{column} {old[row_id][column] or 'empty'} -> {new[row_id][column] or 'empty'}"
                for column in differing
                if column not in BESIDE
            ]
            parts.append(f"{row_id}: {', '.join(cells) or 'evidence or other readings only'}")
    return "; ".join(parts)
