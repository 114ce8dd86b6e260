"""What can be wrong with a register, and how badly."""

from __future__ import annotations

from dataclasses import dataclass

from modelcensus.errors import RegisterError

KINDS: dict[str, tuple[bool, str]] = {
    "wrong file": (True, "the file is not UTF-8 text or its header is not the register's"),
    "wrong row": (True, "a row has too few cells, or a cell has a value it cannot have"),
    "duplicate key": (True, "two rows of one file have the same key"),
    "unresolved reference": (True, "a cell names something that no register defines"),
    "overlapping validity": (True, "two rows hold for the same thing at the same time"),
    "idle contest": (True, "a contested row has no reading that differs from its own value"),
    "one source": (True, "a figure, a reversal or an official list rests on one third-party page"),
    "sources disagree": (True, "a second text says another figure, another status, another leader"),
    "broken history": (True, "the rows of an adoption record do not make one dated history"),
    "waiting row": (False, "a row waits for a second text; it is listed and enters nothing else"),
    "missing evidence": (False, "a row says nothing of where its fact was seen"),
    "unread evidence": (False, "the evidence was not opened; the row enters no figure"),
    "old evidence": (False, "the evidence was last seen longer ago than the settings allow"),
    "equal names": (False, "one developer seems to stand under two slugs"),
    "hole in validity": (False, "nobody is given for some time between two rows"),
    "unused developer": (False, "no other row refers to a developer"),
    "uncovered namespace": (False, "a known namespace has no row"),
    "no family": (False, "a namespace has no named line of models"),
    "uncovered licence": (False, "a licence string in use has no row"),
    "idle pattern": (False, "a pattern matches no known model of its namespace"),
}
"""Kind -> whether it is severe (the registers should not be used) and what it means. The first
four stop `load_registers`."""

STOPPING = ("wrong file", "wrong row", "duplicate key", "unresolved reference")


@dataclass(frozen=True)
class Problem:
    """One problem of a register.

    Attributes:
        kind: one of KINDS.
        register: name of the register.
        row_id: id of the row; empty when it is not about one row.
        file: file name; empty when it is not about one file.
        line: line in the file, the header being 1; 0 when it is not about one line.
        text: what is wrong, one sentence without a full stop.
        next_step: what mends it, where the text does not say so.
    """

    kind: str
    register: str
    row_id: str
    file: str
    line: int
    text: str
    next_step: str = ""

    @property
    def is_severe(self) -> bool:
        """Return whether figures made with this register would be wrong, not only incomplete."""
        return KINDS[self.kind][0]

    def as_error(self) -> RegisterError:
        """Return the error that the loader raises for it."""
        return RegisterError(self.file, self.line, self.text, next_step=self.next_step)
