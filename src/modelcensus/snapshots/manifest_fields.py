"""Reading the fields of a manifest strictly: one parser per field name.

A parser raises ValueError (or an error of this package) for what does not fit; `read_strictly`
turns it into one SnapshotError that names the manifest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from modelcensus.errors import SnapshotError, SourceError
from modelcensus.snapshots.identity import (
    check_name,
    check_table_name,
    label_instant,
    read_instant,
)
from modelcensus.sources.record import SourceInfo

T = TypeVar("T")

IMPORTED = "imported"
COLLECTED = "collected"

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileEntry:
    """One stored table: the SHA-256 of its bytes, their number, and its rows."""

    sha256: str
    bytes: int
    rows: int


def read_strictly(cls: Callable[..., T], raw: object, where: str) -> T:
    """Return a manifest from JSON values; each key must be known, present and of its type.

    Raises:
        SnapshotError: one is not.
    """
    try:
        return _fill(cls, raw)
    except (ValueError, SnapshotError, SourceError) as error:
        raise SnapshotError(
            f"not a manifest of this version: {str(error).splitlines()[0]}",
            where=where,
            next_step="edited by hand or written by another version: delete it and import again",
        ) from None


def _fill(cls: Callable[..., T], raw: object) -> T:
    names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    values = _of(dict, raw)
    if values.keys() != names:
        raise ValueError(f"missing or unknown: {', '.join(sorted(values.keys() ^ names))}")
    return cls(**{name: _PARSERS.get(name, _text)(values[name]) for name in names})


def _of(kind: type[T], value: object) -> T:
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise ValueError(f"{json.dumps(value)[:80]} is not {kind.__name__}")


def _text(value: object) -> str:
    return _of(str, value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(v) for v in _of(list, list(value) if isinstance(value, tuple) else value))


def _count(value: object) -> int:
    if (number := _of(int, value)) < 0:
        raise ValueError(f"{number} is negative")
    return number


def _flag(value: object) -> bool:
    return _of(bool, value)


def _sum(value: object) -> str:
    if not _SHA256.fullmatch(text := _text(value)):
        raise ValueError(f"{text[:80]!r} is not a SHA-256")
    return text


def _window(value: object) -> tuple[datetime, datetime] | None:
    if value is None:
        return None
    start, end = (read_instant(v) for v in _texts(value))
    return start, end


def _label(value: object) -> str:
    label_instant(_text(value))
    return _text(value)


def _status(value: object) -> str:
    if value not in (IMPORTED, COLLECTED):
        raise ValueError(f"{json.dumps(value)[:80]} is not a status")
    return _text(value)


def _map_of(parse: Callable[[object], T]) -> Callable[[object], dict[str, T]]:
    return lambda value: {_text(k): parse(v) for k, v in _of(dict, value).items()}


def _source(value: object) -> SourceInfo | str:
    return value if isinstance(value, str) else _fill(SourceInfo, value)


def _files(value: object) -> dict[str, FileEntry]:
    entries = _of(dict, value).items()
    return {check_table_name(_text(name)): _fill(FileEntry, entry) for name, entry in entries}


_PARSERS: dict[str, Callable[[object], Any]] = {
    "id": _sum,
    "sha256": _sum,
    "schema_fingerprint": _sum,
    "bytes": _count,
    "rows": _count,
    "input_rows": _count,
    "applied_rows": _count,
    "reader_version": _count,
    "rejects": _map_of(_count),
    "options": _map_of(_text),
    "inputs": _map_of(_sum),
    "files": _files,
    "source": _source,
    "hub": lambda value: check_name("hub", _text(value)),
    "frame": lambda value: check_name("frame", _text(value)),
    "label": _label,
    "as_of": _label,
    "window": _window,
    "absent_columns": _texts,
    "snapshots": _texts,
    "evidence": _texts,
    "is_complete_frame": _flag,
    "is_simulated": _flag,
    "status": _status,
}
