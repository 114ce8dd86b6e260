"""What stands beside a figure, as plain labelled lines: the same as a terminal prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from modelcensus.contracts.figure import Figure
from modelcensus.publish.terminal import notes

ELSEWHERE = ("cite", "not shown")
"""Labels of lines that a page lays out in places of their own."""


@dataclass(frozen=True)
class Note:
    """One line: what it is about (coverage, bounds, hangs on ...) and what it says."""

    label: str
    text: str


def figure_notes(figure: Figure) -> Iterator[Note]:
    """Yield coverage, bounds, what the figure hangs on, and its caveats."""
    for line in notes(figure):
        text = Text.from_markup(line)
        end = text.spans[0].end if text.spans else 0
        label = text.plain[:end].strip()
        if label not in ELSEWHERE:
            yield Note(label, text.plain[end:].strip())
