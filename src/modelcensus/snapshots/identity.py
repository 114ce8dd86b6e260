"""Labels, names and identities: how a snapshot is dated, called and told from another.

An identity is the SHA-256 over everything that matters (hub, frame, label, the tables' sums,
what is absent, whether the frame is complete, whether it is simulated) and over no path and no
clock: the same input gives the same identity on every machine and every day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from modelcensus.contracts.canonical import canonical_json, sha256_text
from modelcensus.errors import SnapshotError, SourceError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_TABLE = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


def snapshot_identity(
    *,
    hub: str,
    frame: str,
    label: str,
    tables: Mapping[str, str],
    absent_columns: tuple[str, ...],
    is_complete_frame: bool,
    is_simulated: bool,
) -> str:
    """Return the hex SHA-256 that names a snapshot; `tables` maps each table to its sum."""
    return _identity(
        kind="snapshot",
        hub=hub,
        frame=frame,
        label=label,
        tables=dict(tables),
        absent_columns=sorted(absent_columns),
        is_complete_frame=is_complete_frame,
        is_simulated=is_simulated,
    )


def evidence_identity(*, name: str, as_of: str, tables: Mapping[str, str]) -> str:
    """Return the hex SHA-256 that names an evidence list."""
    return _identity(kind="evidence", name=name, as_of=as_of, tables=dict(tables))


def import_identity(
    *,
    source: str,
    reader_version: int,
    options: Mapping[str, str],
    inputs: Mapping[str, str],
    tool_version: str,
) -> str:
    """Return the hex SHA-256 that names an import; `inputs` maps each file to its sum."""
    return _identity(
        kind="import",
        source=source,
        reader_version=reader_version,
        options=dict(options),
        inputs=dict(inputs),
        tool_version=tool_version,
    )


def label_text(label: date | datetime) -> str:
    """Return a label as ISO text: a day as it is, an instant in UTC with a final Z.

    Raises:
        SourceError: an instant without a time zone.
    """
    return instant_text(label) if isinstance(label, datetime) else label.isoformat()


def instant_text(moment: datetime) -> str:
    """Return an aware moment as ISO text in UTC with a final Z.

    Raises:
        SourceError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise SourceError(
            "a source gave a moment without a time zone",
            where=moment.isoformat(),
            next_step="this is a fault of the source module: it must give UTC",
        )
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read_instant(text: str) -> datetime:
    """Return the aware moment that `instant_text` wrote.

    Raises:
        SnapshotError: the text is not of that form.
    """
    try:
        moment = datetime.fromisoformat(text)
        if instant_text(moment) == text:
            return moment
    except (ValueError, SourceError):
        pass
    raise SnapshotError(f"{text!r} is not an instant like 2026-08-19T12:00:25Z")


def label_instant(label: str) -> datetime:
    """Return the aware moment at which a label counts: a day counts from its start in UTC.

    Raises:
        SnapshotError: the text is not a label as `label_text` writes it.
    """
    if "T" in label:
        return read_instant(label)
    try:
        day = date.fromisoformat(label)
    except ValueError:
        day = None
    if day is None or day.isoformat() != label:
        raise SnapshotError(f"{label!r} is neither a day like 2025-09-07 nor an instant")
    return datetime.combine(day, time(), UTC)


def check_name(kind: str, text: str) -> str:
    """Return a hub, frame or evidence name unchanged if it can stand in a store.

    Raises:
        SourceError: it is empty, too long or holds other characters than letters, digits
            and `. _ : -`.
    """
    if _NAME.fullmatch(text):
        return text
    raise SourceError(
        f"{text[:200]!r} cannot be the name of a {kind}",
        next_step="use up to 100 letters, digits and . _ : -, beginning with a letter or digit",
    )


def check_table_name(text: str) -> str:
    """Return the name of a table unchanged if it can name a file.

    Raises:
        SourceError: it is not made of up to 64 small letters, digits and `_`.
    """
    if _TABLE.fullmatch(text):
        return text
    raise SourceError(
        f"{text[:200]!r} cannot be the name of a table",
        next_step="this is a fault of the source module: use small letters, digits and _",
    )


def slug(text: str) -> str:
    """Return a name as a folder name: what is not a letter, digit, `.`, `_` becomes `-`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)


def _identity(**parts: Any) -> str:
    return sha256_text(canonical_json(parts))
