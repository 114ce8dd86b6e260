"""The rule of two sources: a figure or a reversal never rests on one third-party page alone.

A figure is a number in digits, or a number word before a unit; numbers in names (Llama 3.1,
Section 6604) and in dates are none. A row that states one and was read on somebody else's page
needs a second text, of another publisher and not copied from the first, that states the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from urllib.parse import urlsplit

from modelcensus.registers.cells import parts
from modelcensus.registers.load import Registers, Row, problem_of
from modelcensus.registers.problem import Problem
from modelcensus.registers.world import FACTS_OF_OTHERS
from modelcensus.registers.world_rows import ENDS

_NUMBER = re.compile(r"(?<![\w.,/-])\d[\d,]*(?:\.\d+)*(?![\w/-]|[.,]\d)")
_YEAR = re.compile(r"(19|20)\d\d")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_UNITS = ("%", "per", "percent", "million", "billion", "trillion", "thousand", "times", "months")
_OPENERS = ("About", "Almost", "Around", "At", "Nearly", "Of", "Only", "Over", "Some", "The", "All")
_WORDS = {
    **{"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "thirty": 30, "forty": 40},
    **{"fifty": 50, "hundred": 100},
}
_SPELLED = re.compile(
    rf"\b({'|'.join(_WORDS)})\s+(per cent|percent|million|billion|trillion|times|months|points)\b",
    re.IGNORECASE,
)

_LIST = re.compile(
    r"\b(?:entity list|sanctions list|unverified list|prohibited technologies list|"
    r"list of technologies prohibited)\b",
    re.IGNORECASE,
)
"""Official lists by name; any other is named in the column `official_list`."""


def figures_of(text: str) -> frozenset[Decimal]:
    """Return the figures that a text states: its numbers but those of names and of dates."""
    found = {Decimal(_WORDS[m[1].lower()]) for m in _SPELLED.finditer(text)}
    for match in _NUMBER.finditer(text):
        digits = match[0].rstrip(",").replace(",", "")
        if digits.count(".") < 2 and not _is_name_or_date(text, match):
            found.add(Decimal(digits))
    return frozenset(found)


def _is_name_or_date(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()].split(), text[match.end() :].split()
    last, following = (before or [""])[-1], (after or [""])[0].strip(",.;)")
    if last in _MONTHS or following in _MONTHS or _YEAR.fullmatch(match[0]):
        return True
    if following.startswith("%") or following in _UNITS:
        return False
    return last[:1].isupper() and not (len(before) == 1 and last in _OPENERS)


def stated_figures(row: Row) -> frozenset[Decimal]:
    """Return the figures a row states: of a capability reading its value, else those of its text.

    A reading's sentence repeats the value and derives others from it; they are not looked at.
    """
    if "value" in row.cells:
        return frozenset({Decimal(row["value"])})
    return figures_of(f"{row.cells.get('title', '')}. {row['paraphrase']}")


def is_reversal(row: Row) -> bool:
    """Return whether a row says that an adoption or a restriction was taken back."""
    return row.cells.get("status") in ENDS


def needs_second(row: Row) -> bool:
    """Return whether a row states what no single third-party page can carry."""
    return row["seen"] != "primary" and (is_reversal(row) or bool(stated_figures(row)))


def disagreements(row: Row) -> Iterator[str]:
    """Yield where a second text that was read says something else than the row."""
    if row["second_figures"]:
        theirs = {Decimal(cell) for cell in parts(row["second_figures"])}
        if theirs != stated_figures(row):
            ours, others = (_listed(f) for f in (stated_figures(row), theirs))
            yield f"the row states {ours or 'no figure'}, the second text {others}"
    for column in ("status", "leader"):
        second = row.cells.get(f"second_{column}")
        if second and second != row[column]:
            yield f"{column}: the row says {row[column]!r}, the second text {second!r}"


def lacks(row: Row) -> str:
    """Return what a row lacks under the rule of two sources; empty when it lacks nothing."""
    if not needs_second(row):
        return ""
    what = "a reversal" if is_reversal(row) else f"the figure {_listed(stated_figures(row))}"
    if row["second_relation"] != "independent":
        return f"{what} rests on one third-party page: no independent second text is named"
    if _site(row["evidence_url"]) == _site(row["second_url"]) or (
        _plain(row["publisher"]) == _plain(row["second_publisher"])
    ):
        return f"{what} rests on one publisher: the second text is of the same"
    if stated_figures(row) and not row["second_figures"]:
        return f"{what} rests on one text: 'second_figures' says nothing of it"
    if row.cells.get("leader") and not row["second_leader"]:
        return f"{what} rests on one text: 'second_leader' does not say who is ahead"
    if is_reversal(row) and not row["second_status"]:
        return f"{what} rests on one text: 'second_status' says nothing of it"
    return ""


def official_list(row: Row) -> str:
    """Return the official list a row speaks of: the one it names, or one its sentence does."""
    found = _LIST.search(f"{row.cells.get('title', '')}. {row['paraphrase']}")
    return row.cells.get("official_list") or (found[0] if found else "")


def cites_no_list(row: Row) -> bool:
    """Return whether a row speaks of an official list that was not read itself."""
    return row["seen"] != "primary" and bool(official_list(row))


def counts(row: Row) -> bool:
    """Return whether a row may be counted, shown beside a model, or decide anything."""
    if row["standing"] != "counts" or row["seen"] == "unread" or cites_no_list(row):
        return False
    return not lacks(row) and not any(disagreements(row))


def counting(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows that count, in their order."""
    return tuple(row for row in rows if counts(row))


def source_problems(registers: Registers) -> Iterator[Problem]:
    """Yield every row that breaks the rule of two sources, or waits for a second text."""
    broken = {p.row_id for p in registers.problems}
    for name in FACTS_OF_OTHERS:
        for row in registers.rows[name]:
            if row.id not in broken:
                yield from _problems_of(row)


def _problems_of(row: Row) -> Iterator[Problem]:
    for text in disagreements(row):
        yield problem_of("sources disagree", row, text)
    missing = "; ".join(_missing(row))
    if row["standing"] == "waits":
        text = missing or "nothing is missing any more: let it count"
        yield problem_of("waiting row", row, text)
    elif missing:
        yield problem_of("one source", row, missing)


def missing_texts(row: Row) -> Iterator[str]:
    """Yield what keeps one row from counting, in words."""
    yield from disagreements(row)
    yield from _missing(row)


def _missing(row: Row) -> Iterator[str]:
    if text := lacks(row):
        yield text
    if cites_no_list(row):
        yield f"{official_list(row)} is cited from others: read the list itself"


def _listed(figures: Iterable[Decimal]) -> str:
    return ", ".join(f"{figure:,}" for figure in sorted(figures))


def _site(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
