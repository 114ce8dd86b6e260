"""Outcomes of any security test, from a CSV table of one's own."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelcensus.errors import SourceError
from modelcensus.files import sha256_of
from modelcensus.sources.instants import option_day
from modelcensus.sources.outcome_record import (
    KINDS,
    NAME_OPTION,
    NO_VERDICT,
    UNKNOWN_WEIGHTS,
    UNSTATED,
    WEIGHTS,
    OutcomeLog,
    error_class,
)
from modelcensus.sources.record import Evidence, SourceInfo, State
from modelcensus.sources.source import Option, fill_options
from modelcensus.sources.tables import readable, require_columns, require_file

INFO = SourceInfo(
    name="outcomes",
    title="Outcomes of security tests from a table of one's own",
    url="",
    licence="as stated by whoever made the table",
    attribution="whoever made the table",
)
OPTIONS = (
    Option("as-of", "the day of the tests, YYYY-MM-DD", is_required=True),
    Option("simulated", "whether the outcomes were generated", default="no", choices=("yes", "no")),
    NAME_OPTION,
)

REQUIRED = ("engine", "model", "injection_task", "completed")
_TEXTS = (
    *("engine_version", "benchmark_version", "attack", "setting", "revision", "defense"),
    *("suite", "user_task", "missing_reason"),
)
_DEFAULTS = {"engine_version": UNSTATED, "benchmark_version": UNSTATED}
_FLAGS = ("attempted", "completed", "utility")
_WORDS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False, "": None}


def read(path: Path, options: Mapping[str, str]) -> Iterator[State | Evidence]:
    """Yield one evidence list with the table `outcomes`.

    The columns are named as in the table `outcomes` of a release; others are not read. A
    verdict is true, false, yes, no, 1, 0 or empty, and empty is missing.

    Args:
        path: the CSV file.
        options: `as-of`, `simulated`, `name`.

    Raises:
        SourceError: the file is not readable CSV, or holds two verdicts on one case.
        SchemaChanged: a required column is missing.
    """
    values = fill_options(INFO.name, OPTIONS, options)
    as_of = option_day("as-of", values["as-of"])
    require_file(path)
    known = {"file": path.name, "file_sha256": sha256_of(path)}
    log = OutcomeLog({**known, "is_simulated": values["simulated"] == "yes"})
    with readable(path, "CSV"), path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, restval="", strict=True)
        require_columns(list(reader.fieldnames or []), REQUIRED, path.name)
        for number, row in enumerate(_rows(reader, path), start=1):
            try:
                log.add(**_outcome(row))
            except ValueError as error:
                log.lost.add(str(error), f"row {number}", {k: row.get(k) for k in REQUIRED})
    yield log.evidence(values["name"] or INFO.name, as_of, INFO)


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from reader
    except csv.Error as error:
        raise SourceError(
            f"not a readable CSV file: {error}",
            where=f"{path.name} line {reader.line_num}",
            next_step="fetch it again; it may be cut short or of another kind",
        ) from error


def _outcome(row: Mapping[str, Any]) -> dict[str, Any]:
    if None in row:
        raise ValueError("wrong_number_of_cells")
    for name in REQUIRED[:2]:
        if not row[name]:
            raise ValueError(f"missing_{name}")
    found: dict[str, Any] = {n: row.get(n) or _DEFAULTS.get(n) for n in _TEXTS}
    found |= {name: row[name] or None for name in REQUIRED[:3]}
    found |= {name: _flag(row.get(name) or "") for name in _FLAGS}
    found |= {name: _count(row.get(name) or "1") for name in ("attempt", "epoch")}
    found["kind"] = _word(row.get("kind") or KINDS[0], KINDS, "bad_kind")
    found["weights"] = _word(row.get("weights") or UNKNOWN_WEIGHTS, WEIGHTS, "bad_weights")
    error = row.get("error") or ""
    found["error"] = error_class(error) if error else None
    if found["completed"] is None and found["kind"] == KINDS[0]:
        found["missing_reason"] = found["missing_reason"] or NO_VERDICT
    return found


def _flag(cell: str) -> bool | None:
    if cell.strip().lower() not in _WORDS:
        raise ValueError("bad_verdict")
    return _WORDS[cell.strip().lower()]


def _count(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and 0 < int(cell[:10]) < 2**31):
        raise ValueError("bad_number")
    return int(cell[:10])


def _word(cell: str, words: tuple[str, ...], reason: str) -> str:
    if cell not in words:
        raise ValueError(reason)
    return cell
