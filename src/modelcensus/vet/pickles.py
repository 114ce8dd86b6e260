"""What a pickle would import, read by disassembling it; no pickle is ever loaded.

The list of dangerous imports is picklescan's, with a few more. What it does not know is not called
harmless: it is an unknown import, and named.
"""

from __future__ import annotations

import logging
import pickletools  # nosec B403 - disassembles, never loads
from dataclasses import dataclass
from typing import IO

DANGEROUS, UNKNOWN_IMPORT = "dangerous import", "unknown import"
NOTHING_FOUND, DAMAGED = "nothing found", "damaged"

_ALSO_DANGEROUS = {
    "importlib": (),
    "_frozen_importlib": (),
    "_frozen_importlib_external": (),
    "io": ("FileIO", "open", "open_code"),
    "_io": ("FileIO", "open", "open_code"),
}
"""Imports that load code or write files and that picklescan does not list: module -> names, none
for all of it."""

MOST_NAMED = 5
"""Imports named of one pickle; the others are counted."""


@dataclass(frozen=True)
class Judged:
    """A verdict on some bytes, and what it rests on."""

    state: str
    why: str


def judge_pickle(stream: IO[bytes], name: str) -> Judged:
    """Return what the pickles in a stream would import when loaded.

    A stream that holds no whole pickle is damaged, also where picklescan finds nothing in it.
    """
    from picklescan.scanner import SafetyLevel, scan_pickle_bytes  # nosec B403 - disassembles

    logging.getLogger("picklescan").setLevel(logging.CRITICAL)
    begin = stream.tell()
    found = scan_pickle_bytes(stream, name)
    by_level: dict[SafetyLevel, list[str]] = {}
    for imported in found.globals:
        text = f"{imported.module}.{imported.name}"
        is_listed = _is_listed(imported.module, imported.name)
        level = SafetyLevel.Dangerous if is_listed else imported.safety
        by_level.setdefault(level, []).append(text)
    if dangerous := by_level.get(SafetyLevel.Dangerous):
        return Judged(DANGEROUS, f"would import {named(dangerous)}")
    if unknown := by_level.get(SafetyLevel.Suspicious):
        return Judged(UNKNOWN_IMPORT, f"would import {named(unknown)}")
    stream.seek(begin)
    if found.scan_err or not _holds_pickle(stream):
        return Judged(DAMAGED, "not a whole pickle")
    return Judged(NOTHING_FOUND, "no import beyond those of tensors and plain data")


def _is_listed(module: str, name: str) -> bool:
    names = _ALSO_DANGEROUS.get(module)
    return names is not None and (not names or name in names)


def named(imports: list[str]) -> str:
    """Return imports in order, of many the first ones and how many more."""
    ordered = sorted({_printable(text) for text in imports})
    shown = ", ".join(ordered[:MOST_NAMED])
    more = len(ordered) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _printable(text: str) -> str:
    return text[:100].encode("ascii", "backslashreplace").decode()


def _holds_pickle(stream: IO[bytes]) -> bool:
    """Return whether a stream begins with a whole pickle: its opcodes end in STOP."""
    try:
        for opcode, _, _ in pickletools.genops(stream):
            if opcode.name == "STOP":
                return True
    # pickletools raises whatever the bytes lead to: ValueError, IndexError, OverflowError ...
    except MemoryError:
        raise
    except Exception as error:
        logging.getLogger(__name__).debug("not a pickle: %s", type(error).__name__)
        return False
    return False
