"""Whether the header of a safetensors file is sound: it is read, the tensors are not.

A sound header leaves no byte of the file unaccounted for, so that nothing else can hide in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from typing import IO, Any

LENGTH_BYTES = 8
LARGEST_HEADER = 100_000_000
"""The format's own limit."""

_BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
    **{"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6},
}


def problem_of(stream: IO[bytes], file_bytes: int) -> str:
    """Return what is wrong with a safetensors file, or nothing.

    Args:
        stream: the file, at its beginning.
        file_bytes: its size.
    """
    if file_bytes < LENGTH_BYTES:
        return "shorter than the length of its header"
    length = int.from_bytes(stream.read(LENGTH_BYTES), "little")
    if length > LARGEST_HEADER:
        return f"its header claims {length:,} bytes; the format allows {LARGEST_HEADER:,}"
    if LENGTH_BYTES + length > file_bytes:
        return f"its header claims {length:,} bytes, and the file has {file_bytes:,}"
    try:
        header = json.loads(stream.read(length), object_pairs_hook=_once)
    except RecursionError:
        return "its header is nested too deeply"
    except ValueError as error:
        return f"its header is no JSON: {str(error)[:100]}"
    if not isinstance(header, dict):
        return "its header is no JSON object"
    return _tensors(header, file_bytes - LENGTH_BYTES - length)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def _tensors(header: Mapping[str, Any], room: int) -> str:
    """Return what is wrong with the tensors that a header lists."""
    metadata = header.get("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        return "its metadata are not texts by name"
    spans = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        found = _span(entry)
        if isinstance(found, str):
            return f"tensor {name[:80]!r} {found}"
        spans.append(found)
    return _covering(sorted(spans), room)


def _span(entry: Any) -> tuple[int, int] | str:
    """Return where a tensor lies, or what is wrong with it."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        return "lacks dtype, shape or offsets, or has more"
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _BITS:
        return f"has the type {str(dtype)[:20]!r}, which the format does not know"
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        return "has a shape or offsets that are no whole numbers"
    begin, end = offsets
    if (end - begin) * 8 != prod(shape) * _BITS[dtype]:
        return "has another size than its shape and type give"
    return begin, end


def _are_counts(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**63 for v in values
    )


def _covering(spans: list[tuple[int, int]], room: int) -> str:
    """Return whether spans in order cover all room, without overlap."""
    at = 0
    for begin, end in spans:
        if begin != at:
            return "its tensors overlap" if begin < at else f"no tensor covers bytes from {at:,} on"
        at = end
    if at == room:
        return ""
    return (
        f"{room - at:,} bytes stand behind its last tensor"
        if at < room
        else f"its tensors need {at:,} bytes, and {room:,} are there"
    )
