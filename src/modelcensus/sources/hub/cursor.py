"""Taking a listing up again by date, where the hub's own cursor leads nowhere.

The Hub's cursors are base64 of a condition on the sort key and `_id`. A hub's own last cursor
is the pattern: its condition is kept and its values are replaced. Whether a hub follows such a
cursor is never taken on trust: the page it leads to must begin with rows that are known
already, or the listing is walked again from its start.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from modelcensus.sources.hub.pages import Place

_CONDITION = "$or"


def cursor_of(place: str) -> str:
    """Return the cursor in a path with its query; empty when there is none."""
    found = parse_qs(urlsplit(place).query).get("cursor", [""])
    return found[0]


def with_cursor(place: str, cursor: str) -> str:
    """Return a path and query with another cursor; without one when it is empty."""
    path, _, query = place.partition("?")
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "cursor"]
    return f"{path}?{urlencode([*pairs, ('cursor', cursor)] if cursor else pairs)}"


def cursor_after(place: Place, pattern: str = "", known: Place | None = None) -> str:
    """Return a cursor for the rows after a place.

    Args:
        place: the last row that need not come again.
        pattern: a cursor that the hub gave.
        known: the row after which that cursor led on.
    """
    condition: Any = [
        {"createdAt": place.created_at, "_id": {"$gt": place.key}},
        {"createdAt": {"$gt": place.created_at}},
    ]
    if pattern and known:
        condition = _replaced(_condition(pattern), known, place) or condition
    text = json.dumps({_CONDITION: condition}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _condition(cursor: str) -> Any:
    """Return the condition in a cursor; None when it has another form."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        value = json.loads(base64.b64decode(padded, altchars=b"-_", validate=False))
    except (ValueError, RecursionError, binascii.Error):
        return None
    found = value.get(_CONDITION) if isinstance(value, dict) else None
    return found if isinstance(found, list) else None


def _replaced(condition: Any, old: Place, new: Place) -> Any:
    """Return a condition with a place's values replaced; None when it does not hold them."""
    text = json.dumps(condition)
    for value in (old.created_at, old.key):
        if json.dumps(value) not in text:
            return None
    swapped = {old.created_at: new.created_at, old.key: new.key}
    return _swap(condition, swapped)


def _swap(value: Any, swapped: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _swap(item, swapped) for key, item in value.items()}
    if isinstance(value, list):
        return [_swap(item, swapped) for item in value]
    return swapped.get(value, value) if isinstance(value, str) else value
