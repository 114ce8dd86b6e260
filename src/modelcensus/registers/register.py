"""One register file: its columns, its key, what its cells may hold, and its columns of evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modelcensus.registers.cells import URL, a_day, one_of

EVIDENCE = ("evidence_url", "seen", "seen_on", "paraphrase", "confidence")
EVIDENCE_REQUIRED = EVIDENCE

SEEN = ("primary", "secondary", "unread")
CONFIDENCE = ("high", "medium", "low")

EVIDENCE_CHECKS: dict[str, Callable[[str], str]] = {
    "evidence_url": URL,
    "seen": one_of(*SEEN),
    "seen_on": a_day,
    "confidence": one_of(*CONFIDENCE),
    "valid_from": a_day,
    "valid_to": a_day,
}


@dataclass(frozen=True)
class Register:
    """One register file.

    Attributes:
        name: file name without `.csv`.
        key: columns that identify a row.
        columns: all columns in order.
        required: columns that may not be empty.
        checks: column -> check of a non-empty cell; returns a reason, or "".
        references: column -> (register, column) that its values must exist in; some
            columns are semicolon lists.
        contested: the column whose value `alternatives` dispute; empty when none can be.
        neutral: words that a reference may hold although no register defines them.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    required: tuple[str, ...]
    checks: dict[str, Callable[[str], str]]
    references: dict[str, tuple[str, str]]
    description: str
    contested: str = ""
    neutral: tuple[str, ...] = ()

    @property
    def has_evidence(self) -> bool:
        """Return whether rows carry evidence columns."""
        return "evidence_url" in self.columns
