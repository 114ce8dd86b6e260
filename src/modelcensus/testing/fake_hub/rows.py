"""What a fake Hub serves: rows in order of creation, as JSON texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

LIVE_FIELDS = ("id", "modelId", "downloads", "likes")
"""The fields that change while a listing is walked."""


class Rows(Protocol):
    """Rows of a listing, ordered by (createdAt, _id). Rows from `count` on are not born yet.

    Attributes:
        origin: what `X-Simulated` says of them.
        count: how many stand in the listing at first.
        created: milliseconds since 1970, of all rows.
        downloads: the 30-day count of all rows.
        likes: of all rows.
        key_order: the place of each row in the order of `_id`.
    """

    origin: str
    count: int
    created: Integers
    downloads: Integers
    likes: Integers
    key_order: Integers

    def keys(self, indices: Integers) -> list[str]:
        """Return the `_id` of rows."""
        ...

    def model_ids(self, indices: Integers) -> list[str]:
        """Return the ids of rows, as they are at first."""
        ...

    def texts(self, indices: Integers, fields: frozenset[str]) -> list[bytes]:
        """Return rows as JSON texts with these fields, where the rows are not recorded ones."""
        ...

    def patched(self, text: bytes, changes: Mapping[str, Any]) -> bytes:
        """Return a row's text with other values for those of LIVE_FIELDS that it has."""
        ...


class RecordedRows:
    """Records as the Hub gave them, served byte for byte whatever fields are asked for.

    Newcomers, which churn needs, are copies of records under invented names.
    """

    origin = "recorded"

    def __init__(self, texts: Sequence[bytes], newcomers: int = 1000) -> None:
        """Take the JSON texts of records that hold `_id`, `id` and `createdAt`.

        Raises:
            KeyError: a record lacks one of them.
        """
        raw = [json.loads(text) for text in texts]
        order = sorted(range(len(raw)), key=lambda n: (raw[n]["createdAt"], raw[n]["_id"]))
        self.count = len(raw)
        self._texts = [texts[n] for n in order]
        self._records: list[dict[str, Any]] = [raw[n] for n in order]
        for number in range(newcomers if raw else 0):
            record = _newcomer(self._records, self.count, number)
            self._records.append(record)
            self._texts.append(json.dumps(record).encode())
        self.created = _column([milliseconds(r["createdAt"]) for r in self._records])
        self.downloads = _column([_whole(r.get("downloads")) for r in self._records])
        self.likes = _column([_whole(r.get("likes")) for r in self._records])
        keys = np.array([r["_id"] for r in self._records], dtype=np.str_)
        self.key_order = np.argsort(np.argsort(keys, kind="stable"), kind="stable")

    @classmethod
    def of(cls, source: Path | str | Sequence[Mapping[str, Any]]) -> RecordedRows:
        """Return the records of a JSON array in a file, or of a list.

        Raises:
            ValueError: the file is no JSON array.
        """
        if isinstance(source, Path | str):
            return cls(array_items(Path(source).read_text(encoding="utf-8")))
        return cls([json.dumps(record).encode() for record in source])

    def keys(self, indices: Integers) -> list[str]:
        """Return the `_id` of rows."""
        return [str(self._records[n]["_id"]) for n in indices.tolist()]

    def model_ids(self, indices: Integers) -> list[str]:
        """Return the ids of rows."""
        return [str(self._records[n]["id"]) for n in indices.tolist()]

    def texts(self, indices: Integers, fields: frozenset[str]) -> list[bytes]:
        """Return the records' own bytes."""
        return [self._texts[n] for n in indices.tolist()]

    def patched(self, text: bytes, changes: Mapping[str, Any]) -> bytes:
        """Return a record with other values for those fields that it has."""
        row: dict[str, Any] = json.loads(text)
        return json.dumps(row | {k: v for k, v in changes.items() if k in row}).encode()


def array_items(text: str) -> list[bytes]:
    """Return the texts of a JSON array's items, each byte as it stands.

    Raises:
        ValueError: the text is no JSON array.
    """
    decoder = json.JSONDecoder()
    found: list[bytes] = []
    position = _skip(text, text.index("[") + 1)
    while text[position] != "]":
        _, end = decoder.raw_decode(text, position)
        found.append(text[position:end].encode())
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return found


def milliseconds(instant: str) -> int:
    """Return an instant such as 2025-01-01T00:00:00.000Z as milliseconds since 1970."""
    parsed = datetime.fromisoformat(instant)
    return round((parsed - _EPOCH) / timedelta(milliseconds=1))


def instant_text(value: int) -> str:
    """Return milliseconds since 1970 as the Hub writes instants."""
    instant = _EPOCH + timedelta(milliseconds=value)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _newcomer(records: Sequence[dict[str, Any]], count: int, number: int) -> dict[str, Any]:
    last = milliseconds(records[count - 1]["createdAt"])
    name = f"simulated-newcomer/model-{number}"
    own = {"id": name, "modelId": name, "author": "simulated-newcomer"}
    copied = records[number % count]
    return {
        **copied,
        **{k: v for k, v in own.items() if k in copied},
        "_id": f"{last // 1000:08x}fff{number:013x}",
        "createdAt": instant_text(last + 1000 * (number + 1)),
    }


def _skip(text: str, position: int) -> int:
    while text[position] in " \t\r\n":
        position += 1
    return position


def _column(values: list[int]) -> Integers:
    return np.array(values, dtype=np.int64)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0
