"""How an error crosses from the reading child process to its parent and stays itself."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

from modelcensus import errors
from modelcensus.errors import CensusError, SourceError

_PARTS = ("what", "where", "next_step")


def pack_error(error: CensusError) -> dict[str, Any]:
    """Return an error as JSON values: its class, its three parts and its further fields."""
    fields = {k: v for k, v in vars(error).items() if k not in _PARTS and _is_plain(v)}
    parts = {part: getattr(error, part) for part in _PARTS}
    return {"class": type(error).__name__, **parts, "fields": fields}


def unpack_error(raw: dict[str, Any]) -> CensusError:
    """Return the error that `pack_error` described; an unknown class becomes SourceError."""
    kind = getattr(errors, str(raw.get("class")), None)
    if not (isinstance(kind, type) and issubclass(kind, CensusError)):
        kind = SourceError
    error = kind.__new__(kind)
    what, where, next_step = (str(raw.get(part, "")) for part in _PARTS)
    CensusError.__init__(error, what, where=where, next_step=next_step)
    error.__dict__.update(raw.get("fields") or {})
    return error


def ran_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, or one it came from, is an allocation that failed."""
    return any(
        isinstance(e, MemoryError)
        or (isinstance(e, OSError) and e.errno == errno.ENOMEM)
        or type(e).__name__ == "ArrowCapacityError"
        for e in _chain(error)
    )


def file_too_large(error: BaseException) -> bool:
    """Return whether an error came from a file that outgrew the limit on file sizes."""
    return any(isinstance(e, OSError) and e.errno == errno.EFBIG for e in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, str | int | float | bool)
