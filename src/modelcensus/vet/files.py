"""`census vet files`: what can be said of files of models without loading any of them.

The verdicts are evidence, not proof: an unknown trick is not found. So nothing is ever called
harmless; the best that is said of a file is that nothing was found in it.
"""

from __future__ import annotations

import json
import math
import os
import subprocess  # nosec B404
import sys
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from modelcensus.errors import LimitExceeded, SettingsError, SourceError
from modelcensus.settings import Settings
from modelcensus.vet.file_scan import STATES, Found
from modelcensus.vet.pickles import DAMAGED, DANGEROUS

FLAGGED = (DANGEROUS, DAMAGED)
"""States with which a look at files ends in an error code."""

NOTICE = (
    "Files were disassembled, never loaded. What was found is evidence, not proof; that nothing "
    "was found does not make a file harmless."
)
"""Stands beside every verdict on files."""


@dataclass(frozen=True)
class FileReport:
    """What was found in a file or folder.

    Attributes:
        scanner: name and version of what knows dangerous imports.
    """

    path: str
    found: tuple[Found, ...]
    scanner: str

    @property
    def by_state(self) -> dict[str, int]:
        """Return how many files are in each state, the gravest first."""
        counts = Counter(one.state for one in self.found)
        return {state: counts[state] for state in STATES if counts[state]}

    @property
    def flagged(self) -> tuple[Found, ...]:
        """Return what holds a dangerous import or is damaged."""
        return tuple(one for one in self.found if one.state in FLAGGED)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "path": self.path,
            "scanner": self.scanner,
            "notice": NOTICE,
            "by_state": self.by_state,
            "files": [vars(one) for one in self.found],
        }


def look_at_files(path: Path, settings: Settings) -> FileReport:
    """Return what is found in a file, or in all files of a folder; nothing is loaded.

    A child process does the looking, within the limits of memory and time of foreign files.

    Raises:
        SettingsError: picklescan is not installed.
        SourceError: there is nothing, or the child ended without an answer.
        LimitExceeded: memory, time or the number of files ran out; the file is named.
    """
    scanner = _scanner()
    if not path.exists():
        raise SourceError(
            "there is no such file or folder", where=str(path), next_step="check the path"
        )
    answers, code = _ask(path, settings)
    found = [Found(**a["found"]) for a in answers if "found" in a]
    at = next((a["at"] for a in reversed(answers) if "at" in a), path.name)
    last = answers[-1] if answers else {}
    if "end" not in last:
        raise _why_it_ended(last, code, at, settings)
    order = {state: place for place, state in enumerate(STATES)}
    found.sort(key=lambda one: (order[one.state], one.path))
    return FileReport(path.name, tuple(found), scanner)


def _scanner() -> str:
    if find_spec("picklescan") is None:
        raise SettingsError(
            "picklescan, which disassembles pickles, is not installed",
            next_step="pip install 'modelcensus[vet]'",
        )
    from importlib.metadata import version

    return f"picklescan {version('picklescan')}"


def _ask(path: Path, settings: Settings) -> tuple[list[dict[str, Any]], int]:
    """Return the lines of a child that looks at files, and the code it ended with."""
    request = {
        "path": str(path.absolute()),
        "limits": {
            "member_bytes": int(settings.member_bytes),
            "files": int(settings.scan_files),
            "depth": int(settings.scan_depth),
        },
        "process": {
            "reader_memory": int(settings.reader_memory),
            "reader_output": 0,
            "cpu_seconds": math.ceil(settings.reader_seconds) + 1,
        },
    }
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path if p),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        ran = subprocess.run(  # nosec B603 - our own interpreter and module, no shell
            [sys.executable, "-P", "-m", "modelcensus.vet.scan_child"],
            input=json.dumps(request).encode() + b"\n",
            capture_output=True,
            env=environment,
            timeout=settings.reader_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        return [*_lines(expired.stdout or b""), {"exceeded": "seconds"}], 0
    return _lines(ran.stdout), ran.returncode


def _lines(output: bytes) -> list[dict[str, Any]]:
    """Return the whole lines of an output."""
    whole = output[: output.rfind(b"\n") + 1].splitlines()
    return [json.loads(line) for line in whole]


def _why_it_ended(
    last: dict[str, Any], code: int, at: str, settings: Settings
) -> LimitExceeded | SourceError:
    exceeded = {
        "files": ("scan_files", f"more than {settings.scan_files:,.0f} files"),
        "seconds": ("reader_seconds", f"more than {settings.reader_seconds:g} seconds"),
    }.get(last.get("exceeded", ""))
    if exceeded:
        name, what = exceeded
        return LimitExceeded(
            f"looking at files needed {what} and was stopped",
            where=at,
            next_step=f"raise the setting {name} (CENSUS_{name.upper()}), or name a smaller folder",
        )
    return SourceError(
        f"looking at files ended unexpectedly (code {code})",
        where=at,
        next_step="leave that file out, and treat it as hostile",
    )
