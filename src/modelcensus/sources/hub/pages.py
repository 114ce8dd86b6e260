"""What a page of the listing holds: its rows, who they are, and where they stand."""

from __future__ import annotations

import gc
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from modelcensus.errors import HubUnavailable

_LONGEST_NUMBER = 40
_LONGEST_SHOWN = 4000
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
"""What tells where a row ends: brackets, braces and commas, and texts to pass over."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a row stands in a listing by creation date.

    Attributes:
        created_at: as the hub writes it.
        key: the row's `_id`.
    """

    created_at: str
    key: str


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of cycles from running while rows of pages are about.

    A page is a hundred thousand objects and no cycle; looking for one takes as long as
    decoding. Let go of the rows before the end, or they are looked through after all.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def decode_page(body: bytes) -> list[Any]:
    """Return the rows of a page.

    Bytes that are no UTF-8 stay in the row that holds them, as lone surrogates, so that they
    cost this row and no other.

    Raises:
        HubUnavailable: it is no JSON array; asked for again it may be one.
    """
    with uncollected():
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = _decode_tolerantly(body)
    if isinstance(value, list):
        return value
    raise HubUnavailable("the hub sent something else than a list of models")


def keys_and_ends(body: bytes) -> tuple[list[str], tuple[Place, Place] | None]:
    """Return the keys of a page's rows, and where its first and last row stand.

    Raises:
        HubUnavailable: it is no JSON array.
    """
    with uncollected():
        rows = decode_page(body)
        found = row_keys(rows), places(rows)
        del rows
    return found


def row_keys(rows: Sequence[Any]) -> list[str]:
    """Return what identifies each row: `_id`, else `id`, else all it holds."""
    return [_key(row) for row in rows]


def places(rows: Sequence[Any]) -> tuple[Place, Place] | None:
    """Return the first and the last place of a page; None when no row tells its place."""
    first = next((p for row in rows if (p := _place(row))), None)
    last = next((p for row in reversed(rows) if (p := _place(row))), None)
    return (first, last) if first and last else None


def _decode_tolerantly(body: bytes) -> Any:
    text = body.decode("utf-8", "surrogateescape")
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError:
        return _decode_apart(text)
    except ValueError:
        raise HubUnavailable("the hub sent half a page, or no JSON") from None


def _decode_apart(text: str) -> list[Any]:
    """Return the rows of a page of which some are nested too deep to be decoded: as texts.

    A row that is a text is a reject; the others are as they would be alone.

    Raises:
        HubUnavailable: it is no JSON array.
    """
    rows: list[Any] = []
    level, start = 0, 0
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark in "]}" or (mark == "," and level == 1):
            if level == 1:
                rows.append(_decode_row(text[start : match.start()]))
                start = match.end()
            level -= mark != ","
        elif mark in "[{":
            level += 1
            start = match.end() if level == 1 else start
    if level or not text.lstrip().startswith("[") or text[start:].strip():
        raise HubUnavailable("the hub sent half a page, or no JSON")
    return rows


def _decode_row(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError:
        return text[:_LONGEST_SHOWN]
    except ValueError:
        raise HubUnavailable("the hub sent half a page, or no JSON") from None


def _integer(digits: str) -> int | float:
    """Return a whole number; one too long for any counter as a float, which is none."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float("inf")


def _key(row: Any) -> str:
    if isinstance(row, dict):
        for name in ("_id", "id"):
            value = row.get(name)
            if isinstance(value, str) and value:
                return value if name == "_id" else f"id {value}"
    text = json.dumps(row, sort_keys=True, default=str)
    return f"row {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _place(row: Any) -> Place | None:
    if not isinstance(row, dict):
        return None
    created, key = row.get("createdAt"), row.get("_id")
    if isinstance(created, str) and isinstance(key, str) and created and key:
        return Place(created, key)
    return None
