"""Adds one adoption record to a folder of one's own: what is missing is told, nothing is lost."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from modelcensus.errors import RegisterError, SettingsError, UnknownName
from modelcensus.files import write_bytes
from modelcensus.registers.histories import history_problems
from modelcensus.registers.load import (
    Registers,
    Row,
    broken_references,
    read_registers,
    row_problems,
)
from modelcensus.registers.two_sources import missing_texts
from modelcensus.registers.world import ADOPTION
from modelcensus.registers.world_rows import earned_grade

FILE = f"{ADOPTION.name}.csv"
BY_HAND = "by-hand"
"""The search of records that were added one by one."""


@dataclass(frozen=True)
class Refusal:
    """A row that was not added, with everything it misses."""

    row_id: str
    missing: tuple[str, ...]


def read_entry(path: Path) -> dict[str, str]:
    """Return the cells that a TOML or CSV file gives for one record.

    Raises:
        SettingsError: the file cannot be read, or is not one row.
        UnknownName: it names a column that the register has not.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path)) from error
    cells = _from_csv(content, path) if path.suffix == ".csv" else _from_toml(content, path)
    return checked_columns(cells)


def _from_toml(content: str, path: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not TOML: {error}", where=str(path)) from error
    return {name: str(value).strip() for name, value in found.items()}


def _from_csv(content: str, path: Path) -> dict[str, str]:
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    if len(rows) != 1 or None in rows[0] or None in rows[0].values():
        raise SettingsError(
            f"holds {len(rows)} rows, not one whole one",
            where=str(path),
            next_step="write a header and one row under it; `add` takes one record at a time",
        )
    return {name: value.strip() for name, value in rows[0].items()}


def checked_columns(cells: Mapping[str, str]) -> dict[str, str]:
    """Return cells whose names are all columns of the register.

    Raises:
        UnknownName: one of them is none.
    """
    for name in cells:
        if name not in ADOPTION.columns:
            near = get_close_matches(name, ADOPTION.columns, n=3, cutoff=0.5)
            raise UnknownName("column", name, near, where="the register adoption")
    return dict(cells)


def completed(cells: Mapping[str, str]) -> dict[str, str]:
    """Return all cells of a row: the grade by its rule; it counts, and was added by hand."""
    unsaid = {"standing": "counts", "search": BY_HAND}
    filled = dict.fromkeys(ADOPTION.columns, "") | unsaid | dict(cells)
    if not cells.get("grade") and filled["seen"]:
        filled["grade"] = earned_grade(filled)
    return filled


def add_entry(cells: Mapping[str, str], folder: Path) -> Row | Refusal:
    """Append one record to `adoption.csv` in a folder, if nothing is missing.

    The folder is an overlay over the bundled registers; it is made if it is not there. What the
    file held stays byte for byte, and a row that is there already is not replaced.

    Raises:
        RegisterError: the file that is there is no register.
        SettingsError: the folder cannot be an overlay.
    """
    path = folder / FILE
    before = path.read_bytes() if path.exists() else b""
    registers = read_registers([folder] if folder.is_dir() else [])
    for problem in registers.problems:
        raise RegisterError(problem.file, problem.line, problem.text)
    filled = completed(checked_columns(cells))
    line = before.count(b"\n") + (1 if before else 2)
    row_id = ":".join((ADOPTION.name, *(filled[k] for k in ADOPTION.key)))
    row = Row(row_id, FILE, line, filled, layer=1)
    missing = tuple(dict.fromkeys(_missing(row, registers)))
    if missing:
        return Refusal(row.id, missing)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, _with_row(before, filled))
    return row


def _with_row(before: bytes, cells: Mapping[str, str]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, ADOPTION.columns, lineterminator="\n")
    if not before:
        writer.writeheader()
    elif not before.endswith(b"\n"):
        stream.write("\n")
    writer.writerow(cells)
    return before + stream.getvalue().encode()


def _missing(row: Row, registers: Registers) -> Iterator[str]:
    """Yield everything that keeps a row out, in words."""
    wrong = list(row_problems(ADOPTION, row.cells))
    yield from wrong
    mine = registers.rows[ADOPTION.name]
    if any(other.id == row.id for other in mine):
        yield "this step of the record is there already: give another status or day, or mend it"
    together = dict(registers.rows) | {ADOPTION.name: (*mine, row)}
    yield from (p.text for p in broken_references(together) if p.row_id == row.id)
    known = set(history_problems(registers))
    histories = history_problems(Registers(together, registers.versions))
    yield from (p.text for p in histories if p not in known)
    if not wrong and row["standing"] == "counts":
        yield from missing_texts(row)
