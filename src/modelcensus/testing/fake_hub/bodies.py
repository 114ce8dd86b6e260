"""Bodies of answers: pages of rows, whole or spoilt."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from modelcensus.testing.fake_hub.fault import INSERTED, Fault

CARD_BYTES = 5_000_000
BOMB_BYTES = 1 << 30
HUGE = "1" + "0" * 400
_PIECE = 1 << 20


def page_body(texts: Sequence[bytes]) -> bytes:
    """Return rows as one JSON array."""
    return b"[" + b",".join(texts) + b"]"


def spoil_rows(texts: list[bytes], fault: Fault, serial: int) -> tuple[list[bytes], list[str], int]:
    """Return a page's rows with a row fault in them.

    Args:
        texts: the whole rows.
        fault: a kind of IN_THE_ROWS.
        serial: a number that makes the `_id` of additional rows differ from page to page.

    Returns:
        The rows, the `_id` of the additional ones, and how many of the page's own rows (from
        its start) were changed.
    """
    if fault.kind not in INSERTED:
        hit = len(texts) if fault.rows == 0 else min(fault.rows, len(texts))
        return [*(_drift(t, fault) for t in texts[:hit]), *texts[hit:]], [], hit
    made: list[bytes] = []
    keys: list[str] = []
    for number in range(max(1, fault.rows)):
        key = f"fffffffe{serial:08x}{number:08x}"
        keys.append(key)
        made.append(_INSERTS[fault.kind](key, fault))
    middle = len(texts) // 2
    return [*texts[:middle], *made, *texts[middle:]], keys, 0


def spoil_body(body: bytes, fault: Fault) -> tuple[bytes, list[tuple[str, str]]]:
    """Return a body that is no page, with the headers that differ."""
    if fault.kind == "broken_json":
        return body[: len(body) // 2], []
    if fault.kind == "html":
        page = b"<!DOCTYPE html><html><body>We are down for a moment.</body></html>"
        return page, [("Content-Type", "text/html; charset=utf-8")]
    if fault.kind == "not_a_list":
        return b'{"error":"Internal Error - We are working hard to fix this"}', []
    return gzip_bomb(fault.size or BOMB_BYTES), [("Content-Encoding", "gzip")]


@lru_cache(maxsize=2)
def gzip_bomb(size: int) -> bytes:
    """Return about size / 1000 bytes that unpack to an array of blanks of `size` bytes."""
    blanks = b" " * _PIECE
    pieces, rest = divmod(max(2, size) - 2, _PIECE)
    head, piece, tail = _deflated(b"["), _deflated(blanks), _deflated(b" " * rest + b"]", end=True)
    sum_ = zlib.crc32(b"[")
    for _ in range(pieces):
        sum_ = zlib.crc32(blanks, sum_)
    sum_ = zlib.crc32(b" " * rest + b"]", sum_)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    trailer = sum_.to_bytes(4, "little") + (max(2, size) & 0xFFFFFFFF).to_bytes(4, "little")
    return header + head + piece * pieces + tail + trailer


def _deflated(data: bytes, *, end: bool = False) -> bytes:
    """Return a part of a deflate stream that depends on no other part."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    flush = zlib.Z_FINISH if end else zlib.Z_FULL_FLUSH
    return squeeze.compress(data) + squeeze.flush(flush)


def _drift(text: bytes, fault: Fault) -> bytes:
    row: dict[str, Any] = json.loads(text)
    if fault.kind == "missing_field":
        row.pop(fault.field, None)
    elif fault.kind == "added_field":
        row["simulatedNovelty"] = {"since": "2026", "values": [1, None, "x"]}
    elif fault.kind == "null_field":
        row[fault.field] = None
    else:
        old = row.get(fault.field)
        row[fault.field] = {"value": old} if fault.value is None else fault.value
    return json.dumps(row, separators=(",", ":")).encode()


def _row(key: str, **more: Any) -> bytes:
    name = f"simulated-fault/row-{key}"
    row = {
        "_id": key,
        "id": name,
        "createdAt": "2024-01-01T00:00:00.000Z",
        "downloads": 1,
        "likes": 0,
        "private": False,
        "gated": False,
        "tags": ["simulated"],
    }
    return json.dumps(row | more, separators=(",", ":")).encode()


def _malformed(key: str, fault: Fault) -> bytes:
    if fault.value is not None:
        return json.dumps(fault.value).encode()
    return json.dumps({"_id": key, "downloads": "many", "tags": {"a": 1}}).encode()


def _with_bad_utf8(key: str, fault: Fault) -> bytes:
    return _row(key, tags=["@@"]).replace(b"@@", b"caf\xe9\xff\xc3(")


def _with_surrogate(key: str, fault: Fault) -> bytes:
    return _row(key, tags=["@@"]).replace(b"@@", rb"lone \ud800 one")


def _with_number(text: str) -> Callable[[str, Fault], bytes]:
    return lambda key, fault: _row(key, **{fault.field: "@@"}).replace(b'"@@"', text.encode())


def _with_card(key: str, fault: Fault) -> bytes:
    size = fault.size or CARD_BYTES
    return _row(key, cardData={"license": "mit", "text": "simulated " * (size // 10)})


_INSERTS: dict[str, Callable[[str, Fault], bytes]] = {
    "malformed_row": _malformed,
    "bad_utf8": _with_bad_utf8,
    "lone_surrogate": _with_surrogate,
    "nan": _with_number("NaN"),
    "huge_integer": _with_number(HUGE),
    "big_card": _with_card,
}
