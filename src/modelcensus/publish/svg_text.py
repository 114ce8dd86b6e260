"""Texts of a picture with the width that was reckoned for them, so that none runs into another."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

EM = 0.61
"""Width of a letter of a monospaced font, in font sizes."""

SIZES = {"name": 12.0, "note": 10.0, "head": 17.0, "said": 12.0, "alarm": 14.0, "letter": 10.0}


@dataclass(frozen=True)
class Text:
    """A line of text: where its baseline begins, and what it may fill."""

    x: float
    y: float
    content: str
    kind: str

    @property
    def width(self) -> float:
        """Return its width, which the file prescribes."""
        return columns_of(self.content) * SIZES[self.kind] * EM

    @property
    def rectangle(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom."""
        size = SIZES[self.kind]
        return (self.x, self.y - 0.8 * size, self.x + self.width, self.y + 0.22 * size)

    def markup(self) -> str:
        """Return it as an element."""
        return (
            f'<text class="{self.kind}" x="{self.x:.1f}" y="{self.y:.1f}" '
            f'textLength="{self.width:.1f}" lengthAdjust="spacingAndGlyphs">'
            f"{escape(self.content)}</text>"
        )


def columns_of(text: str) -> int:
    """Return the columns that a text takes in a monospaced font: wide letters take two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def wrap(text: str, columns: int, breaks: str = "/-_. ") -> list[str]:
    """Return a text in lines of at most so many columns, broken after one of some letters.

    A line without such a letter is broken where it is full.
    """
    lines, line, used = [], "", 0
    for letter in text:
        width = columns_of(letter)
        if used + width > columns:
            cut = max(line.rfind(b) for b in breaks) + 1 or len(line)
            lines.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
            used = columns_of(line)
        line += letter
        used += width
    return [*lines, line] if line or not lines else lines
