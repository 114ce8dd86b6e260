"""One outcome: what one test case of a security evaluation came to, as its log says.

Sources of outcomes yield evidence with the table `outcomes`. Only verdicts are kept: no prompt,
no answer, no message of a tool. `attempted` (the injected call was made with the attacker's
arguments) and `completed` (the environment ended as the attacker wanted) are two things, and a
null in either is "the source does not say". A verdict that came out of an error is kept as the
source states it, beside the reason why it counts as missing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.errors import SourceError
from modelcensus.sources.record import Evidence, RejectLog, SourceInfo
from modelcensus.sources.source import Option

OUTCOMES = "outcomes"
"""The evidence table that holds them."""

ATTACK, NO_ATTACK, INJECTION_AS_USER = "attack", "no_attack", "injection_as_user"
KINDS = (ATTACK, NO_ATTACK, INJECTION_AS_USER)
"""Kinds of cases: under attack; the user's task alone; an injected goal put as a user's task."""

OPEN, CLOSED, UNKNOWN_WEIGHTS = "open", "closed", "unknown"
WEIGHTS = (OPEN, CLOSED, UNKNOWN_WEIGHTS)

UNSTATED = "unstated"
"""Version that a log does not state."""

BY_ERROR, NO_VERDICT, NOT_RUN = "error", "no verdict", "not run"
"""Why a planned case has no verdict; such a case is missing, never failed."""

KEY = (
    *("engine", "engine_version", "benchmark_version", "kind", "attack", "setting"),
    *("model", "revision", "weights", "defense"),
    *("suite", "user_task", "injection_task", "attempt", "epoch"),
)
"""What names one outcome within a list."""

VERDICTS = ("attempted", "completed", "utility", "error", "missing_reason")

OUTCOME_SCHEMA = pa.schema(
    [
        *[(name, pa.int32() if name in ("attempt", "epoch") else pa.string()) for name in KEY],
        *[(name, pa.bool_()) for name in VERDICTS[:3]],
        *[(name, pa.string()) for name in VERDICTS[3:]],
        ("file", pa.string()),
        ("file_sha256", pa.string()),
        ("is_simulated", pa.bool_()),
    ]
)
"""One row per outcome; `file` is the log that says so, with the SHA-256 of its bytes."""

NAME_OPTION = Option("name", "name of the stored list, where several of one source are kept")
OPEN_OPTION = Option("open", "models whose weights can be had, joined by commas; others: unknown")

_ERRORS = (
    ("rate limit", r"rate.?limit|429|too many requests"),
    ("context length", r"context.?(length|window)|too (long|many tokens)|maximum context"),
    ("server error", r"\b5\d\d\b|internal server error|unavailable|overloaded|bad gateway"),
    ("refused by the endpoint", r"content.?(filter|policy)|safety|blocked|moderation"),
    ("timeout", r"time.?out|timed out|time limit"),
    ("bad request", r"\b4\d\d\b|bad request|invalid"),
)


@dataclass
class OutcomeLog:
    """Collects the outcomes and the lost rows of one import.

    Attributes:
        constants: columns that have one value in the whole import.
    """

    constants: Mapping[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    lost: RejectLog = field(default_factory=RejectLog)

    def add(self, **values: Any) -> None:
        """Keep one outcome; what is left out holds the defaults below."""
        self.rows.append(_DEFAULTS | dict(self.constants) | values)

    def evidence(self, name: str, as_of: date, info: SourceInfo) -> Evidence:
        """Return everything as one list of evidence, in order of the key.

        Raises:
            SourceError: two rows of one key differ; both files are named.
        """
        rows = sorted(self.rows, key=_sort_key)
        _refuse_conflicts(rows)
        table = pa.Table.from_pylist(rows, schema=OUTCOME_SCHEMA)
        if any(row["is_simulated"] for row in rows):
            info = replace(info, attribution=f"SIMULATED data in the shape of {info.attribution}")
        read = len(rows) + len(self.lost.rejects)
        return Evidence(name, as_of, {OUTCOMES: table}, self.lost.rejects, read, info)


def listed(text: str) -> frozenset[str]:
    """Return the names of a list that is joined by commas."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def weights_of(model: str, open_models: frozenset[str]) -> str:
    """Return whether a model's weights can be had, by the names that were given."""
    return OPEN if model in open_models else UNKNOWN_WEIGHTS


def error_class(text: str) -> str:
    """Return what kind of error a text tells of; the text itself may quote what was said."""
    found = (name for name, pattern in _ERRORS if re.search(pattern, text, re.IGNORECASE))
    return next(found, "other error")


def verdict(cell: Any) -> bool | None:
    """Return a verdict as a truth value; null stays null.

    Raises:
        ValueError: it is something else.
    """
    if cell is None or isinstance(cell, bool):
        return cell
    raise ValueError("bad_verdict")


def sum_of(content: bytes) -> str:
    """Return the hex SHA-256 of a log's bytes."""
    return hashlib.sha256(content).hexdigest()


def logs_under(path: Path, endings: Iterable[str]) -> list[Path]:
    """Return the log files at or under a path, sorted by name.

    Raises:
        SourceError: there is none.
    """
    wanted = tuple(endings)
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    logs = [p for p in found if p.name.endswith(wanted)]
    if not logs:
        raise SourceError(
            f"no {' or '.join(wanted)} file is there",
            where=str(path),
            next_step="name a log, or the folder that holds the logs",
        )
    return logs


_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(OUTCOME_SCHEMA.names),
    "engine_version": UNSTATED,
    "benchmark_version": UNSTATED,
    "kind": ATTACK,
    "weights": UNKNOWN_WEIGHTS,
    "attempt": 1,
    "epoch": 1,
    "is_simulated": False,
}


def _sort_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    numbered = (f"{row[k]:09d}" if isinstance(row[k], int) else row[k] or "" for k in KEY)
    return (*numbered, row["file"] or "")


def _refuse_conflicts(rows: list[dict[str, Any]]) -> None:
    """Drop exact repetitions from sorted rows, and refuse two verdicts on one case."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        first = kept.setdefault(tuple(row[k] for k in KEY), row)
        if [first[v] for v in VERDICTS] != [row[v] for v in VERDICTS]:
            case = ", ".join(str(row[k]) for k in ("model", "suite", "user_task", "injection_task"))
            raise SourceError(
                f"two files disagree about one case ({case})",
                where=f"{first['file']}; {row['file']}",
                next_step="import them under names of their own (--option name=), or leave one out",
            )
