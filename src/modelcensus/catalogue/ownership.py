"""Who stands behind a namespace, over time: the registers joined into dated intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from operator import itemgetter
from typing import Any

import pyarrow as pa

from modelcensus.errors import RegisterError
from modelcensus.registers.load import Registers, Row
from modelcensus.sources.record import INSTANT

START = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(2262, 1, 1, tzinfo=UTC)

OWNERSHIP_SCHEMA = pa.schema(
    [
        pa.field("hub", pa.string()),
        pa.field("namespace", pa.string()),
        pa.field("valid_from", INSTANT),
        pa.field("valid_to", INSTANT),
        pa.field("developer", pa.string()),
        pa.field("developer_type", pa.string()),
        pa.field("country", pa.string()),
        pa.field("role", pa.string()),
        pa.field("namespace_row", pa.string()),
        pa.field("developer_row", pa.string()),
    ]
)

CONTESTED_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.string()),
        pa.field("subject", pa.string()),
        pa.field("alternative", pa.string()),
        pa.field("developer", pa.string()),
        pa.field("country", pa.string()),
        pa.field("developer_type", pa.string()),
        pa.field("because", pa.string()),
    ]
)
"""One row per other defensible reading of a register row; `country` and the like are what the
models it covers would become, null where that reading does not change it."""


def instant(day: str, default: datetime) -> datetime:
    """Return midnight UTC of an ISO day, or the default when the cell is empty."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else default


def ownership_intervals(registers: Registers) -> pa.Table:
    """Return who stands behind each namespace in each interval (OWNERSHIP_SCHEMA).

    Rows without seen evidence are left out. An interval is split where the developer's base
    moved, so country and developer are constant within it.

    Raises:
        RegisterError: a namespace has two owners, or its owner two bases, at one time; its
            models would be counted twice.
    """
    homes = _by_developer(registers)
    rows = [
        {
            "hub": owner["hub"],
            "namespace": owner["namespace"],
            "valid_from": start,
            "valid_to": end,
            "developer": owner["developer"],
            "developer_type": home["developer_type"],
            "country": home["country"],
            "role": owner["role"],
            "namespace_row": owner.id,
            "developer_row": home.id,
        }
        for owner in registers.usable("namespaces")
        for home in homes.get(owner["developer"], ())
        for start, end in _overlap(owner, home)
    ]
    _refuse_overlaps(registers, rows)
    return pa.Table.from_pylist(rows, schema=OWNERSHIP_SCHEMA)


def _refuse_overlaps(registers: Registers, rows: Sequence[dict[str, Any]]) -> None:
    order = itemgetter("hub", "namespace", "valid_from", "namespace_row", "developer_row")
    for before, after in pairwise(sorted(rows, key=order)):
        same = (before["hub"], before["namespace"]) == (after["hub"], after["namespace"])
        if same and after["valid_from"] < before["valid_to"]:
            kind = "developer" if before["namespace_row"] == after["namespace_row"] else "namespace"
            found = {r.id: r for r in registers.rows[f"{kind}s"]}
            row, other = found[after[f"{kind}_row"]], found[before[f"{kind}_row"]]
            raise RegisterError(
                row.file,
                row.line,
                f"{after['hub']}/{after['namespace']} would be attributed twice from "
                f"{after['valid_from']:%Y-%m-%d} on: line {other.line} of {other.file} holds too",
                next_step="give the rows dates (valid_from, valid_to) that do not overlap; to "
                "replace a row, repeat its key columns, dates included",
            )


def contested_readings(registers: Registers) -> pa.Table:
    """Return the other readings of contested rows (CONTESTED_SCHEMA)."""
    homes = _by_developer(registers)
    rows: list[dict[str, str | None]] = []
    for row in registers.usable("namespaces"):
        for other in row.alternatives:
            home = homes[other][-1] if homes.get(other) else None
            rows.append(
                _reading(row, f"{row['hub']}/{row['namespace']}", other)
                | {
                    "developer": other,
                    "country": home["country"] if home else "unknown",
                    "developer_type": home["developer_type"] if home else "unknown",
                }
            )
    for row in registers.usable("developers"):
        rows += [
            _reading(row, row["developer"], country) | {"country": country}
            for country in row.alternatives
        ]
    return pa.Table.from_pylist(rows, schema=CONTESTED_SCHEMA)


def _reading(row: Row, subject: str, alternative: str) -> dict[str, str | None]:
    empty = dict.fromkeys(CONTESTED_SCHEMA.names)
    return empty | {
        "row_id": row.id,
        "subject": subject,
        "alternative": alternative,
        "because": row["contested_because"],
    }


def _by_developer(registers: Registers) -> dict[str, list[Row]]:
    homes: dict[str, list[Row]] = {}
    for row in registers.usable("developers"):
        homes.setdefault(row["developer"], []).append(row)
    return homes


def _overlap(owner: Row, home: Row) -> Iterator[tuple[datetime, datetime]]:
    start = max(instant(owner["valid_from"], START), instant(home["valid_from"], START))
    end = min(instant(owner["valid_to"], END), instant(home["valid_to"], END))
    if start < end:
        yield start, end
