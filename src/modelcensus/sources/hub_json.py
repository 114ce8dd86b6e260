"""JSON values from a file, one at a time: an array, JSON lines, or a folder of records.

An array is never held whole. A fault in a line or in a file of its own costs that record; a
fault in an array ends the reading, for nothing tells where the next record begins.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from modelcensus.errors import SourceError
from modelcensus.sources.tables import readable, require_file
from modelcensus.sources.texts import storable

_CHUNK_BYTES = 1 << 20
_LONGEST_NUMBER = 40
_BLANK = " \t\r\n"
_LINE_SUFFIXES = {".jsonl", ".ndjson"}
_LONGEST_RAW = 4000


@dataclass(frozen=True)
class Found:
    """One value of a file, or why there is none.

    Attributes:
        locator: `record 3`, `line 3` or a file's name.
        value: the JSON value; None when there is a fault.
        fault: a reject's reason, or empty.
        raw: the beginning of the text it stands for.
    """

    locator: str
    value: Any
    raw: str
    fault: str = ""


def read_values(path: Path, record_bytes: int) -> Iterator[Found]:
    """Yield the values of a file or of the `.json` files of a folder, in order.

    Args:
        path: a file with an array, with one value per line or with one value; or a folder
            with one record per file.
        record_bytes: longest text of one record.

    Raises:
        SourceError: there is nothing to read, or an array is cut short or malformed (the
            message names the byte).
    """
    if path.is_dir():
        yield from _of_folder(path, record_bytes)
        return
    require_file(path)
    with readable(path, "JSON"), path.open("rb") as stream:
        first = stream.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
        stream.seek(0)
        if path.suffix in _LINE_SUFFIXES:
            yield from _of_lines(stream, record_bytes)
        elif first.startswith(b"["):
            yield from _Array(stream, path.name, record_bytes)
        elif first.split(b"\n", 1)[0].strip() == b"{":
            # an object over several lines
            yield _decode("record 1", stream.read(record_bytes + 1), record_bytes)
        else:
            yield from _of_lines(stream, record_bytes)


class _Decoder:
    """The JSON decoder, noting whether an object has the same key twice.

    Keys that differ in case only are different keys.
    """

    def __init__(self) -> None:
        self.has_duplicate = False
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_int=_integer)

    def decode(self, text: str, start: int = 0) -> tuple[Any, int]:
        """Return the value that begins at `start`, and where it ends."""
        self.has_duplicate = False
        value, end = self._decoder.raw_decode(text, start)
        return value, end

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        self.has_duplicate |= len(value) != len(pairs)
        return value

    def found(self, locator: str, value: Any, raw: str) -> Found:
        """Return a decoded value, or the fault it has."""
        if self.has_duplicate:
            return Found(locator, None, raw, "duplicate_key")
        if "\\u" in raw and not storable(value):
            return Found(locator, None, raw, "bad_text")
        return Found(locator, value, raw)


def _integer(digits: str) -> int | float:
    """Return a whole number; one too long for any counter as a float, which is none."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float("inf")


def _decode(locator: str, content: bytes, record_bytes: int) -> Found:
    """Return the one value of a line or of a small file."""
    raw = content[:_LONGEST_RAW].decode("utf-8", "replace")
    if len(content) > record_bytes:
        return Found(locator, None, raw, "too_large_cell")
    try:
        text = content.decode("utf-8-sig").strip(_BLANK)
    except UnicodeDecodeError:
        return Found(locator, None, raw, "bad_text")
    decoder = _Decoder()
    try:
        value, end = decoder.decode(text)
    except (ValueError, RecursionError):
        return Found(locator, None, raw, "bad_json")
    if end != len(text):
        return Found(locator, None, raw, "bad_json")
    return decoder.found(locator, value, text)


def _of_folder(path: Path, record_bytes: int) -> Iterator[Found]:
    files = sorted(file for file in path.glob("*.json") if file.is_file())
    if not files:
        raise SourceError(
            "the folder holds no .json file",
            where=str(path),
            next_step="give a file, or a folder with one record per .json file",
        )
    for file in files:
        with readable(file, "JSON"), file.open("rb") as stream:
            yield _decode(file.name, stream.read(record_bytes + 1), record_bytes)


def _of_lines(stream: BinaryIO, record_bytes: int) -> Iterator[Found]:
    number = 0
    while line := stream.readline(record_bytes + 1):
        number += 1
        content = line
        while len(line) > record_bytes and not line.endswith(b"\n"):
            line = stream.readline(record_bytes + 1)
        if content.strip():
            yield _decode(f"line {number}", content, record_bytes)


class _Array:
    """The items of one JSON array, decoded from a sliding piece of its text."""

    def __init__(self, stream: BinaryIO, name: str, record_bytes: int) -> None:
        self._stream = stream
        self._name = name
        self._record_bytes = record_bytes
        self._to_text = codecs.getincrementaldecoder("utf-8-sig")()
        self._decoder = _Decoder()
        self._text = ""
        self._position = 0
        self._bytes_read = 0
        self._bytes_dropped = 0
        self._is_at_end = False

    def __iter__(self) -> Iterator[Found]:
        self._expect("[")
        number = 0
        while not (self._next() == "]" and number == 0):
            number += 1
            yield self._item(number)
            if self._next() == "]":
                break
            self._expect(",")
        self._expect("]")
        if self._next():
            raise self._fault("there is more text behind the end of the JSON array")

    def _item(self, number: int) -> Found:
        while True:
            try:
                value, end = self._decoder.decode(self._text, self._position)
            except json.JSONDecodeError as error:
                self._grow_or_fail(number, error)
                continue
            except RecursionError as error:
                raise self._fault(f"record {number} is nested too deep") from error
            # a number may go on behind the piece that is read
            if end < len(self._text) or self._is_at_end:
                break
            self._fill()
        raw = self._text[self._position : end]
        self._position = end
        found = self._decoder.found(f"record {number}", value, raw)
        return Found(found.locator, found.value, raw[:_LONGEST_RAW], found.fault)

    def _grow_or_fail(self, number: int, error: json.JSONDecodeError) -> None:
        if self._is_at_end:
            raise self._fault(
                f"the JSON array is cut short or malformed in record {number}: {error.msg}",
                error.pos,
            ) from error
        if len(self._text) - self._position > self._record_bytes:
            raise self._fault(
                f"record {number} is malformed, or longer than {self._record_bytes:,} bytes",
                error.pos,
            ) from error
        self._fill()

    def _next(self) -> str:
        """Return the next character that is not blank, without taking it; empty at the end."""
        while True:
            while self._position < len(self._text):
                if self._text[self._position] not in _BLANK:
                    return self._text[self._position]
                self._position += 1
            if self._is_at_end:
                return ""
            self._fill()

    def _expect(self, character: str) -> None:
        found = self._next()
        if found != character:
            what = f"found {found!r}" if found else "the file ends"
            raise self._fault(f"the JSON array is cut short or malformed: {what}")
        self._position += 1

    def _fill(self) -> None:
        """Drop the text that is done with, and read at least as much as is left."""
        self._bytes_dropped += len(self._text[: self._position].encode("utf-8", "surrogatepass"))
        self._text = self._text[self._position :]
        self._position = 0
        chunk = self._stream.read(max(_CHUNK_BYTES, len(self._text)))
        self._is_at_end = not chunk
        try:
            self._text += self._to_text.decode(chunk, final=self._is_at_end)
        except UnicodeDecodeError as error:
            byte = self._bytes_read + len(chunk) - len(error.object) + error.start
            raise SourceError(
                f"the file is not UTF-8 text at byte {byte}",
                where=self._name,
                next_step="fetch it again; records before that byte are not stored either",
            ) from error
        self._bytes_read += len(chunk)

    def _fault(self, what: str, position: int | None = None) -> SourceError:
        position = self._position if position is None else position
        byte = self._bytes_dropped + len(self._text[:position].encode("utf-8", "surrogatepass"))
        return SourceError(
            f"{what} (byte {byte})",
            where=self._name,
            next_step="fetch the file again and compare its size; "
            "as JSON lines the records before the fault could be read",
        )
