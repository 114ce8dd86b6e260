"""Reads the registers, refuses rows that break their schema, and gives each row a lasting id.

A reader's own coding is a folder of files with the same names and columns (an overlay): its rows
replace the rows with the same key and add the others. Rows without a key's dates replace only
rows without them; `check_registers` lists what then holds twice at a time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pyarrow as pa

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.errors import SettingsError
from modelcensus.registers.claim_cells import procedure_problems
from modelcensus.registers.problem import Problem
from modelcensus.registers.schema import NO_COUNTRY, REGISTERS, Register, parts
from modelcensus.registers.world import LISTS as LISTS_OF_THE_WORLD
from modelcensus.registers.world_rows import world_problems


@dataclass(frozen=True)
class Row:
    """One register row: its cells as text, and where it stands.

    `id` is `register:key parts` and does not change when lines move; `line` counts the header
    as line 1; `layer` is 0 for the bundled file and counts the overlays over it.
    """

    id: str
    file: str
    line: int
    cells: dict[str, str]
    layer: int = 0

    def __getitem__(self, column: str) -> str:
        """Return a cell; empty means not known."""
        return self.cells[column]

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Return the readings that a careful coder could also defend."""
        return parts(self.cells.get("alternatives", ""))


@dataclass(frozen=True)
class Registers:
    """All registers.

    Attributes:
        rows: register name -> rows in the order of their ids.
        versions: register name -> short hash of its rows, the version figures cite.
        problems: what breaks the schema; empty after `load_registers`.
    """

    rows: dict[str, tuple[Row, ...]]
    versions: dict[str, str]
    problems: tuple[Problem, ...] = ()

    def usable(self, name: str) -> tuple[Row, ...]:
        """Return the rows of a register that may enter a figure: evidence seen, not only known."""
        return tuple(r for r in self.rows[name] if r.cells.get("seen") != "unread")

    def table(self, name: str) -> pa.Table:
        """Return a register as a table of texts, with `row_id` first."""
        columns = REGISTERS[name].columns
        arrays = {"row_id": [r.id for r in self.rows[name]]}
        arrays |= {c: [r[c] for r in self.rows[name]] for c in columns}
        return pa.table({k: pa.array(v, pa.string()) for k, v in arrays.items()})


def bundled_folder() -> Path:
    """Return the folder of the registers that come with the package."""
    return Path(str(resources.files("modelcensus.registers") / "data"))


def load_registers(overlays: Sequence[Path] = ()) -> Registers:
    """Read the bundled registers, then each overlay over them.

    Raises:
        RegisterError: the first row that breaks its schema or refers to nothing.
        SettingsError: an overlay is not a folder, or holds a file that is no register.
    """
    registers = read_registers(overlays)
    for problem in registers.problems:
        raise problem.as_error()
    return registers


def read_registers(overlays: Sequence[Path] = (), bundled: Path | None = None) -> Registers:
    """Read the registers whatever their state, with everything that breaks their schema.

    A row with a wrong cell is kept, so that it is reported once and not again as missing; of two
    rows with one key in one file the first is kept.

    Args:
        overlays: folders laid over the bundled ones, the last on top.
        bundled: another folder instead of the bundled one.

    Raises:
        SettingsError: an overlay is not a folder, or holds a file that is no register.
    """
    for overlay in overlays:
        _check_overlay(overlay)
    folders = (bundled_folder() if bundled is None else bundled, *overlays)
    rows: dict[str, tuple[Row, ...]] = {}
    problems: list[Problem] = []
    for register in REGISTERS.values():
        merged: dict[str, Row] = {}
        for layer, folder in enumerate(folders):
            found, wrong = read_register(register, folder, layer)
            merged |= {row.id: row for row in found}
            problems += wrong
        rows[register.name] = tuple(merged[key] for key in sorted(merged))
    problems += broken_references(rows)
    versions = {
        name: sha256_text(canonical_json([r.cells for r in found]))[:12]
        for name, found in rows.items()
    }
    return Registers(rows, versions, tuple(problems))


def read_register(
    register: Register, folder: Path, layer: int = 0
) -> tuple[list[Row], list[Problem]]:
    """Return the rows of one register file and what is wrong with it; no file has no rows."""
    path = folder / f"{register.name}.csv"
    rows: dict[str, Row] = {}
    problems: list[Problem] = []
    for found in _read(register, path, layer) if path.exists() else ():
        if isinstance(found, Problem):
            problems.append(found)
            continue
        if found.id in rows:
            text = f"the same key stands on line {rows[found.id].line}"
            problems.append(problem_of("duplicate key", found, text))
            continue
        rows[found.id] = found
        problems += [
            problem_of("wrong row", found, text) for text in row_problems(register, found.cells)
        ]
    return list(rows.values()), problems


def problem_of(kind: str, row: Row, text: str) -> Problem:
    """Return a problem of one row."""
    return Problem(kind, row.id.partition(":")[0], row.id, row.file, row.line, text)


_ORDERED = (("valid_from", "valid_to", True), ("after", "by", False))
_TO_THE_MONTH = ("released_on", "since", "date")
_LISTS = ("alternatives", "accepts", "contradicts", *LISTS_OF_THE_WORLD)


def row_problems(register: Register, cells: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the cells of one row, by the register's own columns."""
    for column in register.required:
        if not cells[column]:
            yield f"column {column!r} is empty"
    for column, check in register.checks.items():
        if cells.get(column) and (reason := check(cells[column])):
            yield f"column {column!r}: {reason}"
    if cells.get("alternatives") and not cells.get("contested_because"):
        yield "alternatives are given without the reason in 'contested_because'"
    if cells.get("sub_type") and cells.get("developer_type") != "industry":
        yield "column 'sub_type' is for developers of the type 'industry' only"
    yield from _date_problems(cells)
    low, high = cells.get("value_low", ""), cells.get("value_high", "")
    if low.isdecimal() and high.isdecimal() and int(low) > int(high):
        yield "column 'value_high' is below 'value_low'"
    if register.name == "claim_procedures":
        yield from procedure_problems(cells)
    yield from world_problems(register.name, cells)


def _date_problems(cells: Mapping[str, str]) -> Iterator[str]:
    for first, second, is_strict in _ORDERED:
        early, late = cells.get(first), cells.get(second)
        if early and late and (early > late or (is_strict and early == late)):
            yield f"column {second!r} is not after {first!r}"
    for column in _TO_THE_MONTH:
        if cells.get("precision") == "month" and not cells.get(column, "-01").endswith("-01"):
            yield f"column {column!r} is not the first day of its month"


def broken_references(rows: Mapping[str, Sequence[Row]]) -> Iterator[Problem]:
    """Yield a problem for every cell that refers to a row that is not there."""
    for register in REGISTERS.values():
        for column, (target, key) in register.references.items():
            known = {row[key] for row in rows[target]}
            known |= set(NO_COUNTRY) if target == "countries" else set(register.neutral)
            for row in rows[register.name]:
                cells = parts(row[column]) if column in _LISTS else (row[column],)
                for cell in cells:
                    if cell and cell not in known:
                        text = f"column {column!r}: no {key} {cell!r} in the register {target!r}"
                        yield problem_of("unresolved reference", row, text)


def _read(register: Register, path: Path, layer: int) -> Iterator[Row | Problem]:
    """Yield the rows of a file, with stripped cells, and its unreadable parts as problems."""

    def wrong(kind: str, line: int, text: str, next_step: str = "") -> Problem:
        return Problem(kind, register.name, "", path.name, line, text, next_step)

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        yield wrong("wrong file", 1, f"the file is not readable UTF-8 text: {error}")
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != register.columns:
            step = f"write it as: {','.join(register.columns)}"
            yield wrong("wrong file", 1, "the header is not the register's", step)
            return
        line = 2
        for cells in reader:
            if len(cells) == len(header):
                named = dict(zip(header, (c.strip() for c in cells), strict=True))
                row_id = ":".join((register.name, *(named[k] for k in register.key)))
                yield Row(row_id, path.name, line, named, layer)
            else:
                yield wrong("wrong row", line, f"{len(cells)} cells, {len(header)} expected")
            line = reader.line_num + 1
    except csv.Error as error:
        yield wrong("wrong row", reader.line_num, f"not a row of cells: {error}")


def _check_overlay(overlay: Path) -> None:
    names = {f"{name}.csv" for name in REGISTERS}
    if not overlay.is_dir():
        raise SettingsError("the overlay is not a folder", where=str(overlay))
    strange = sorted(p.name for p in overlay.glob("*.csv") if p.name not in names)
    if strange:
        raise SettingsError(
            f"{strange[0]} is not a register",
            where=str(overlay),
            next_step=f"registers are: {', '.join(sorted(names))}",
        )
