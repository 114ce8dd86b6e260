"""Texts in a chart: which letters are shown, how wide they are, how long ones are cut."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from modelcensus.publish.foreign_text import visible

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is built into the renderer; the next two have the same widths where it is missing."""

HIDDEN = "\u25a1"
"""Stands for each letter that a chart does not show."""

CUT = "\u2026"

LONGEST = 400
"""Letters of a foreign text that are looked at; no line of a chart holds as many."""

_NORMAL = {
    191: "'",
    222: "ijl\u2018\u2019",
    260: "|",
    278: " !,./:;I[\\]ft\u00b7",
    333: "()-`r\u00b0\u2010\u2011\u201c\u201d",
    334: "{}",
    350: "\u2022",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopqu\u2013",
    584: "+<=>~\u00d7\u2212",
    604: HIDDEN,
    611: "FTZ\u00f8\u00df",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ\u00d8",
    833: "Mm",
    889: "%\u00e6",
    944: "W",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijl\u2018\u2019",
    280: "|",
    333: "!()-:;[]`ft\u00b7\u00b0\u2010\u2011",
    350: "\u2022",
    389: "*r{}",
    474: '"',
    500: "z\u201c\u201d",
    556: "#$0123456789J_aceksvxy\u2013",
    584: "+<=>^~\u00d7\u2212",
    604: HIDDEN,
    611: "?FLTZbdghnopqu\u00f8\u00df",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw\u00d8",
    833: "M",
    889: "%m\u00e6",
    944: "W",
    975: "@",
}
_WIDTHS = tuple({c: w for w, letters in t.items() for c in letters} for t in (_NORMAL, _BOLD))
_EM = 1000
"""Width of what stands in no table: the widest letter there is, so that nothing runs over."""

_TYPOGRAPHIC = (
    "\u2010\u2011\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u2212\u2192\u2264\u2265"
)


_GLUE = "\x1f"
_KEPT = re.compile(
    r"(\b\d{1,2}|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|\d) (?=[\d%A-Za-z])"
)
"""Blanks at which no line is broken: within dates, and between a number and what it counts."""


def shown(text: str) -> str:
    """Return a foreign text as a chart shows it: Latin letters, digits and common signs.

    Everything else stands as a box: letters that the font lacks and would be drawn differently
    elsewhere, letters of other scripts that look Latin, and marks that turn the direction of
    writing. The table beside a chart holds the whole text.
    """
    if len(text) > LONGEST:
        text = text[:LONGEST] + CUT
    composed = unicodedata.normalize("NFC", text.replace("\n", " ").replace("\t", " "))
    return "".join(c if _is_shown(c) else HIDDEN for c in visible(composed)).strip()


def _is_shown(letter: str) -> bool:
    code = ord(letter)
    if letter in _TYPOGRAPHIC or 0x20 <= code < 0x7F:
        return True
    return 0xA1 <= code <= 0x17F and code != 0xAD


@lru_cache(maxsize=20_000)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text in pixels at a size of the font, never less than it is drawn."""
    widths = _WIDTHS[bold]
    return sum(widths.get(c) or widths.get(_plain(c), _EM) for c in text) * size / 1000


def _plain(letter: str) -> str:
    """Return the letter below the accents, which is as wide."""
    return unicodedata.normalize("NFD", letter)[0]


def cut(text: str, most: float, size: float, *, bold: bool = False) -> str:
    """Return a text no wider than `most` pixels; a shortened one ends in an ellipsis."""
    if width_of(text, size, bold=bold) <= most:
        return text
    used, kept = width_of(CUT, size, bold=bold), 0
    for letter in text:
        used += width_of(letter, size, bold=bold)
        if used > most:
            break
        kept += 1
    return text[:kept].rstrip() + CUT


def wrap(text: str, most: float, size: float, *, bold: bool = False, lines: int = 9) -> list[str]:
    """Return a text as lines no wider than `most` pixels, about equally long; the last is cut."""
    found = _filled(text, most, size, bold, lines)
    narrow, wide = most / 2, most
    while len(found) > 1 and wide - narrow > 4:
        middle = (narrow + wide) / 2
        tried = _filled(text, middle, size, bold, lines)
        if len(tried) == len(found) and not tried[-1].endswith(CUT):
            found, wide = tried, middle
        else:
            narrow = middle
    return found


def _filled(text: str, most: float, size: float, bold: bool, lines: int) -> list[str]:
    found: list[str] = []
    words = [word.replace(_GLUE, " ") for word in _KEPT.sub(rf"\1{_GLUE}", text).split(" ") if word]
    while words:
        if len(found) == lines - 1:
            return [*found, cut(" ".join(words), most, size, bold=bold)]
        line = words.pop(0)
        while words and width_of(f"{line} {words[0]}", size, bold=bold) <= most:
            line += f" {words.pop(0)}"
        found.append(cut(line, most, size, bold=bold))
    return found
