"""The numbers of a figure that two releases can be compared by, group by group."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import get_measure
from modelcensus.errors import ContractError, UnknownName
from modelcensus.releases.release import Release

Values = dict[str, float | None]
"""Group -> its number; None where no count of it is known. Absent: it has no model, so it is 0."""

_WITHOUT_NUMBERS = ("crossover", "spread", "influence")
"""Measures whose rows are no levels of groups."""

_NAMES = ("name", "maker_name", "base_name")


@dataclass(frozen=True)
class Unit:
    """How numbers of a measure are printed."""

    is_share: bool

    def level(self, value: float) -> str:
        """Return a number as a person reads it."""
        return f"{100 * value:.2f} %" if self.is_share else f"{value:,.6g}"

    def change(self, value: float | None) -> str:
        """Return a difference with its sign; shares in percentage points."""
        if value is None:
            return "unknown"
        return f"{100 * value:+.2f} points" if self.is_share else f"{value:+,.6g}"


def unit_of(contract: Contract) -> Unit:
    """Return how the numbers of a measure are printed."""
    return Unit(contract.measure == "share")


def headline_values(release: Release, contract: Contract) -> Values:
    """Return the numbers of a definition on one release.

    For shares they are those over the definition's own denominator. For other measures they are
    the first column of numbers, by the words of the columns before it.

    Raises:
        ContractError: the release cannot carry it, or its rows hold no number to compare.
    """
    if contract.measure in _WITHOUT_NUMBERS:
        raise ContractError(
            f"{contract.measure} holds no numbers of groups that two releases could be compared by",
            where=f"--measure {contract.measure}",
            next_step="--measure share, rank, licences, duties, edges ...",
        )
    if contract.measure == "share":
        return _shares(release, contract)
    try:
        figure = get_measure(contract.measure).load()(release, contract)
    except UnknownName:
        # a group that only one of two releases knows
        return {}
    return _first_numbers(figure)


def _shares(release: Release, contract: Contract) -> Values:
    whole = contract.with_values(subjects=(), denominator="all")
    rows = {row["group"]: row for row in get_measure("share").load()(release, whole)}
    named = contract.subjects or tuple(rows)
    if contract.denominator == "selected":
        held = {s: rows[s]["value"] for s in contract.subjects if s in rows}
        total = sum(value or 0 for value in held.values())
        return {s: v / total if total and v is not None else None for s, v in held.items()}
    column = "share_of_attributed" if contract.denominator == "attributed" else "share_of_all"
    return {s: rows[s][column] for s in named if s in rows}


def _first_numbers(figure: Figure) -> Values:
    schema = figure.rows.schema
    numbers = [
        f.name
        for f, c in zip(schema, figure.columns, strict=True)
        if c.unit and (pa.types.is_integer(f.type) or pa.types.is_floating(f.type))
    ]
    if not numbers:
        raise ContractError(
            f"the figure {figure.contract.measure} holds no column of numbers",
            next_step="--measure share, rank, licences, duties, edges ...",
        )
    before = schema.names[: schema.names.index(numbers[0])]
    words = [n for n in before if schema.field(n).type == pa.string() and n not in _NAMES]
    found: Values = {}
    for row in figure:
        key = " / ".join(row[w] for w in words if row[w])
        value = row[numbers[0]]
        found[key] = None if value is None else float(value)
    return found
