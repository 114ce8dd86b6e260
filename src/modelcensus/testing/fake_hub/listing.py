"""The listing itself: which rows are there now, in which order, and one page of them."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from modelcensus.testing.fake_hub.churn import Change, Churn, draw_step
from modelcensus.testing.fake_hub.rows import Integers, Rows, instant_text, milliseconds

SORTS = ("createdAt", "downloads", "likes")
BLOCK_ROWS = 8192


class BadCursor(ValueError):
    """A cursor that this listing did not give, or gives no longer."""


@dataclass(frozen=True)
class Query:
    """What a listing request asks for, after its cursor was read.

    Attributes:
        direction: 1 ascending, -1 descending; equal values always stand in order of `_id`.
        after: sort value and `_id` of the last row seen; None at the start.
        walk: which walk the cursor belongs to (0: not given by us).
        page: the number of the page in its walk, from 1.
    """

    sort: str
    direction: int
    limit: int
    fields: frozenset[str]
    after: tuple[int, str] | None = None
    walk: int = 0
    page: int = 1


@dataclass(frozen=True)
class Page:
    """Rows of one page, and the cursors that its `next` may carry."""

    indices: Integers
    texts: list[bytes]
    next_cursor: str | None


class Listing:
    """Rows that come, go and move. Not locked: the hub holds its lock around each call."""

    def __init__(self, rows: Rows, churn: Churn | None, cache_rows: int = 65_536) -> None:
        """Start with the first `rows.count` rows."""
        self.rows = rows
        self.churn = churn
        self.steps = 0
        self.born = rows.count
        self.changes: list[Change] = []
        self.names: dict[int, str] = {}
        total = len(rows.created)
        self.is_listed = np.arange(total) < rows.count
        self.is_moved = np.zeros(total, dtype=bool)
        self.was_always = self.is_listed.copy()
        self._orders: dict[tuple[str, int], Integers] = {}
        self._texts = _TextCache(rows, cache_rows)

    @cached_property
    def downloads(self) -> Integers:
        """Return the 30-day counts of all rows, as they are now."""
        return self.rows.downloads.copy()

    @cached_property
    def likes(self) -> Integers:
        """Return the likes of all rows, as they are now."""
        return self.rows.likes.copy()

    def page(self, query: Query) -> Page:
        """Return the next rows after the query's cursor, as the listing is now."""
        order = self._order(query)
        start = self._position(query, order)
        found = self._listed_from(order, start, query.limit + 1)
        indices = found[: query.limit]
        cursor = None
        if len(found) > query.limit:
            cursor = self.cursor_after(query, int(indices[-1]))
        return Page(indices, self.texts(indices, query.fields), cursor)

    def texts(self, indices: Integers, fields: frozenset[str]) -> list[bytes]:
        """Return rows with what changed since the start."""
        texts = self._texts.get(indices, fields)
        moved = self.is_moved[indices].tolist()
        for place, index in enumerate(indices.tolist()):
            if moved[place] or index in self.names:
                texts[place] = self.rows.patched(texts[place], self._changes_of(index))
        return texts

    def cursor_after(self, query: Query, index: int) -> str:
        """Return the cursor of the page that follows a row."""
        value: int | str = int(self._values(query.sort)[index])
        if query.sort == "createdAt":
            value = instant_text(int(value))
        (key,) = self.rows.keys(np.array([index]))
        return write_cursor(query, value, key)

    def model_id(self, index: int) -> str:
        """Return a row's id as it is now."""
        return self.names.get(index) or self.rows.model_ids(np.array([index]))[0]

    def step(self) -> None:
        """Let one round of churn happen."""
        self.steps += 1
        if self.churn is None:
            return
        listed = np.flatnonzero(self.is_listed)
        step = draw_step(self.churn, self.steps, listed)
        stop = min(self.born + step.births, len(self.is_listed))
        newborn = np.arange(self.born, stop)
        self._move(step.moved, step.factors)
        kinds = ("deleted", "hidden", "renamed", "born")
        groups = (step.deleted, step.hidden, step.renamed, newborn)
        every = np.concatenate(groups)
        keys, names = self.rows.keys(every), self.rows.model_ids(every)
        told = zip(
            [kind for kind, group in zip(kinds, groups, strict=True) for _ in group],
            every.tolist(),
            keys,
            names,
            strict=True,
        )
        for kind, index, key, name in told:
            self._happen(kind, index, key, self.names.get(index, name))
        self.born = stop

    def _move(self, moved: Integers, factors: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        if not len(moved):
            return
        for values in (self.downloads, self.likes):
            # a new reading may be lower: the count is a rolling one
            values[moved] = np.minimum((values[moved] + 1) * factors, 2**53).astype(np.int64)
        self.is_moved[moved] = True
        self._orders = {k: v for k, v in self._orders.items() if k[0] == "createdAt"}

    def _happen(self, kind: str, index: int, key: str, name: str) -> None:
        """Let one model be born, renamed, hidden or deleted, and note it."""
        old, new = ("", name) if kind == "born" else (name, "")
        if kind == "renamed":
            new = self.names[index] = f"{name}-renamed-{self.steps}"
        else:
            self.is_listed[index] = kind == "born"
            self.was_always[index] = False
        self.changes.append(Change(kind, key, old, new, self.steps))

    def _changes_of(self, index: int) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if index in self.names:
            changes["id"] = changes["modelId"] = self.names[index]
        if self.is_moved[index]:
            changes["downloads"] = int(self.downloads[index])
            changes["likes"] = int(self.likes[index])
        return changes

    def _values(self, sort: str) -> Integers:
        if sort == "createdAt":
            return self.rows.created
        return self.downloads if sort == "downloads" else self.likes

    def _order(self, query: Query) -> Integers:
        key = (query.sort, query.direction)
        if key not in self._orders:
            values = self._values(query.sort) * query.direction
            self._orders[key] = np.lexsort((self.rows.key_order, values))
        return self._orders[key]

    def _position(self, query: Query, order: Integers) -> int:
        if query.after is None:
            return 0
        value, key = query.after
        values = self._values(query.sort)
        # the order is never copied into values: a search needs few of them
        ranked = _Lazy(lambda place: int(values[order[place]]) * query.direction, len(order))
        high = bisect_right(ranked, value * query.direction)
        low = bisect_right(ranked, value * query.direction - 1)
        keys = _Lazy(
            lambda place: self.rows.keys(order[low + place : low + place + 1])[0], high - low
        )
        return low + bisect_right(keys, key)

    def _listed_from(self, order: Integers, start: int, wanted: int) -> Integers:
        found: list[Integers] = []
        missing = wanted
        while missing > 0 and start < len(order):
            piece = order[start : start + missing + 64]
            piece = piece[self.is_listed[piece]][:missing]
            found.append(piece)
            start += missing + 64
            missing -= len(piece)
        return np.concatenate(found) if found else np.array([], dtype=np.int64)


class _Lazy:
    """A sequence whose items are made when they are looked at."""

    def __init__(self, item: Any, length: int) -> None:
        self._item, self._length = item, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> Any:
        return self._item(place)


class _TextCache:
    """Texts of rows in blocks; the least recently used ones go."""

    def __init__(self, rows: Rows, cache_rows: int) -> None:
        self._rows = rows
        self._blocks: OrderedDict[tuple[frozenset[str], int], list[bytes]] = OrderedDict()
        self._capacity = max(2, cache_rows // BLOCK_ROWS)

    def get(self, indices: Integers, fields: frozenset[str]) -> list[bytes]:
        if not len(indices):
            return []
        if int(indices.max() - indices.min()) > 2 * len(indices) + BLOCK_ROWS:
            return self._rows.texts(indices, fields)
        found: list[bytes] = []
        for index in indices.tolist():
            block = self._block(index // BLOCK_ROWS, fields)
            found.append(block[index % BLOCK_ROWS])
        return found

    def _block(self, number: int, fields: frozenset[str]) -> list[bytes]:
        key = (fields, number)
        if key in self._blocks:
            self._blocks.move_to_end(key)
            return self._blocks[key]
        start = number * BLOCK_ROWS
        stop = min(start + BLOCK_ROWS, len(self._rows.created))
        self._blocks[key] = self._rows.texts(np.arange(start, stop), fields)
        if len(self._blocks) > self._capacity:
            self._blocks.popitem(last=False)
        return self._blocks[key]


def write_cursor(query: Query, value: int | str, key: str) -> str:
    """Return the cursor after a row, in the form that the Hub's cursors have."""
    beyond = "$gt" if query.direction == 1 else "$lt"
    condition = {
        "$or": [{query.sort: value, "_id": {"$gt": key}}, {query.sort: {beyond: value}}],
        "walk": [query.walk, query.page + 1],
    }
    return _encoded(condition)


def read_cursor(text: str, sort: str) -> tuple[tuple[int, str] | None, int, int]:
    """Return the last row's sort value and `_id`, the walk, and the page number of a cursor.

    Raises:
        BadCursor: it is none, or one of another sort.
    """
    try:
        raw = json.loads(base64.urlsafe_b64decode(text.encode()))
        walk, page = raw.get("walk", [0, 0])
        if raw.get("again"):
            return None, int(walk), int(page)
        first = raw["$or"][0]
        value = first[sort]
        after = milliseconds(value) if sort == "createdAt" else int(value)
        return (after, str(first["_id"]["$gt"])), int(walk), int(page)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, binascii.Error) as error:
        raise BadCursor("Invalid cursor") from error


def first_page_cursor(query: Query) -> str:
    """Return a cursor that leads to the first page, as a loop needs one."""
    return _encoded({"again": True, "walk": [query.walk, 1]})


def same_place_cursor(query: Query) -> str:
    """Return a cursor to the rows of this page, numbered as the page after it."""
    if query.after is None:
        return _encoded({"again": True, "walk": [query.walk, query.page + 1]})
    value, key = query.after
    text = instant_text(value) if query.sort == "createdAt" else value
    return write_cursor(query, text, key)


def _encoded(condition: dict[str, Any]) -> str:
    text = json.dumps(condition, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()
