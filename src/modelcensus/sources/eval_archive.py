"""Members of an Inspect `.eval` log: a zip of JSON, also one that was cut short while written.

A log that is still written, or whose writer was killed, has no directory at its end. Its members
stand one after the other with their sizes before them, so what is whole can be read all the same.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.errors import LimitExceeded, SourceError
from modelcensus.settings import Settings

_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_END_MAGIC = b"PK\x05\x06"
_WIDE = 0xFFFFFFFF
_STORED, _DEFLATED, _ZSTANDARD = 0, 8, 93
_SIZES_FOLLOW = 0x08
"""Flag of a member whose sizes stand behind it."""


@dataclass(frozen=True)
class Archive:
    """The whole members of a log by name, the last of each name, and whether it ends as it should.

    Attributes:
        members: name -> (method, packed bytes, size unpacked).
        is_cut: whether the end of the archive is missing.
    """

    path: Path
    members: dict[str, tuple[int, bytes, int]]
    is_cut: bool

    def json(self, name: str, settings: Settings) -> Any:
        """Return a member's JSON value.

        Raises:
            SourceError: it cannot be unpacked, or is no JSON.
            LimitExceeded: unpacked it is larger than `member_bytes`.
        """
        try:
            return json.loads(_unpacked(*self.members[name], limit=int(settings.member_bytes)))
        except OverflowError:
            raise LimitExceeded(
                f"a member of the log is larger than {int(settings.member_bytes):,} bytes",
                where=f"{self.path.name}: {name}",
                next_step="raise the setting member_bytes (CENSUS_MEMBER_BYTES) if you trust it",
            ) from None
        except (ValueError, RecursionError, OSError, zlib.error) as error:
            raise SourceError(
                f"a member of the log cannot be read: {str(error)[:200]}",
                where=f"{self.path.name}: {name}",
                next_step="fetch the log again, or convert it to JSON with Inspect",
            ) from error


def open_archive(path: Path) -> Archive:
    """Return the members of a log.

    Raises:
        SourceError: it is no zip file, or not one member in it is whole.
    """
    content = path.read_bytes()
    members = {name: (method, packed, size) for name, method, packed, size in _members(content)}
    if not members:
        raise SourceError(
            "not a readable .eval log: no member of the archive is whole",
            where=path.name,
            next_step="fetch it again and compare its size; it may be cut short or of another kind",
        )
    return Archive(path, members, _END_MAGIC not in content[-(1 << 16) - 22 :])


def _members(content: bytes) -> Iterator[tuple[str, int, bytes, int]]:
    """Yield name, method, packed bytes and size of each whole member in the order of the file."""
    at = 0
    while at + _LOCAL.size <= len(content) and content[at : at + 4] == _LOCAL_MAGIC:
        fields = _LOCAL.unpack_from(content, at)
        flags, method, packed, size, name_size, extra_size = (
            fields[i] for i in (2, 3, 7, 8, 9, 10)
        )
        start = at + _LOCAL.size + name_size + extra_size
        name = content[at + _LOCAL.size : at + _LOCAL.size + name_size].decode("utf-8", "replace")
        if flags & _SIZES_FOLLOW:
            return
        if _WIDE in (packed, size):
            wide = content[start - extra_size : start]
            packed, size = _wide_sizes(wide, packed, size)
        if start + packed > len(content):
            return
        yield name, method, content[start : start + packed], size
        at = start + packed


def _wide_sizes(extra: bytes, packed: int, size: int) -> tuple[int, int]:
    """Return the sizes of a member, with those that stand in its extra field (zip64)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1 and length >= 16:
            wide_size, wide_packed = struct.unpack_from("<2Q", extra, at + 4)
            return (wide_packed if packed == _WIDE else packed), (
                wide_size if size == _WIDE else size
            )
        at += 4 + length
    return packed, size


def _unpacked(method: int, packed: bytes, size: int, *, limit: int) -> bytes:
    """Return a member's bytes; OverflowError above the limit, ValueError for another size."""
    if size > limit:
        raise OverflowError
    if method == _STORED:
        found = packed
    elif method == _DEFLATED:
        found = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit + 1)
    elif method == _ZSTANDARD:
        with pa.input_stream(pa.BufferReader(packed), compression="zstd") as stream:
            found = stream.read(limit + 1)
    else:
        raise ValueError(f"packed by method {method}, which is not read here")
    if len(found) > limit:
        raise OverflowError
    if len(found) != size:
        raise ValueError(f"{len(found):,} bytes where {size:,} are stated")
    return found
