"""Addresses and what they ask: the query of a figure, how it is looked at, pages of lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.measure import Measure
from modelcensus.errors import SettingsError
from modelcensus.publish.charts.chart import NARROWEST
from modelcensus.publish.charts.kinds import KINDS
from modelcensus.publish.exports import EXPORTS
from modelcensus.settings import Settings

TABS = ("chart", "table", "sources")
THEMES = ("light", "dark", "print")
WIDTH = 960

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class View:
    """How a figure is looked at; none of it is part of its definition.

    Attributes:
        tab: chart, table or sources.
        chart: kind of chart; empty: the best.
        theme: light, dark or print; empty: as the reader's system has it.
        width: of a picture; 0: as the page needs it.
        titled: whether title and subtitle stand in the picture, too.
        page: which part of a long table.
    """

    tab: str = "chart"
    chart: str = ""
    theme: str = ""
    width: int = 0
    titled: bool = True
    page: int = 1

    def stated(self) -> dict[str, Any]:
        """Return what differs from the default, as parameters of an address."""
        found = {k: v for k, v in vars(self).items() if v != getattr(View(), k)}
        return found | ({"titled": "no"} if "titled" in found else {})

    def turned(self, **values: Any) -> View:
        """Return a copy with some values changed."""
        return replace(self, **values)


def read_question(measure: Measure, pairs: Iterable[tuple[str, str]]) -> tuple[Contract, View]:
    """Return what the query of a figure's address asks for, and how it is looked at.

    Raises:
        ContractError: a parameter is none of the measure's, or its value means nothing.
        SettingsError: a parameter is given twice, or a view that there is not.
    """
    values: dict[str, str] = {}
    subjects: list[str] = []
    for name, text in pairs:
        if name == "subjects":
            subjects += [text.strip()] if text.strip() else []
        elif name in values:
            raise SettingsError(f"{name!r} is given twice", next_step="give it once")
        elif text.strip():
            values[name] = text.strip()
    view = _view({k: values.pop(k) for k in tuple(values) if k in vars(View())})
    return measure.contract(subjects=tuple(dict.fromkeys(subjects)), **values), view


def _view(given: Mapping[str, str]) -> View:
    return View(
        tab=one_of("tab", given.get("tab", TABS[0]), TABS),
        chart=one_of("chart", given.get("chart", ""), ("", *KINDS)),
        theme=one_of("theme", given.get("theme", ""), ("", *THEMES)),
        width=whole_number("width", given.get("width", "0"), 0, 4096),
        titled=one_of("titled", given.get("titled", "yes"), ("yes", "no")) == "yes",
        page=whole_number("page", given.get("page", "1"), 1, 10**6),
    )


def one_of(name: str, text: str, choices: Iterable[str]) -> str:
    """Return a text that is one of some.

    Raises:
        SettingsError: names them.
    """
    known = list(choices)
    if text not in known:
        named = ", ".join(k for k in known if k)
        raise SettingsError(f"{name} cannot be {text!r}", next_step=f"one of: {named}")
    return text


def whole_number(name: str, text: str, least: int, most: int) -> int:
    """Return a number that a text names.

    Raises:
        SettingsError: it names none, or one out of bounds.
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= 9
    if not is_number or not least <= int(text) <= most:
        raise SettingsError(
            f"{name} cannot be {text!r}", next_step=f"a whole number from {least} to {most:,}"
        )
    return int(text)


def picture_width(view: View, settings: Settings) -> int:
    """Return the width of a picture.

    Raises:
        SettingsError: it is out of bounds.
    """
    width = view.width or WIDTH
    most = int(settings.chart_width)
    if not NARROWEST <= width <= most:
        raise SettingsError(
            f"a chart cannot be {width} pixels wide", next_step=f"from {NARROWEST} to {most:,}"
        )
    return width


def export_names() -> tuple[str, ...]:
    """Return the endings under which a figure leaves, in the order in which they are offered."""
    return tuple(name for name in EXPORTS if name != "plain")


@dataclass(frozen=True)
class Page:
    """A page of a list.

    Attributes:
        number: from 1.
        size: rows on it.
        total: rows of the list.
    """

    number: int
    size: int
    total: int

    @property
    def offset(self) -> int:
        """Return the rows before it."""
        return (self.number - 1) * self.size

    @property
    def last(self) -> int:
        """Return the number of the last page."""
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        """Return the number of its first row, 0 without any."""
        return min(self.total, self.offset + 1)

    @property
    def last_row(self) -> int:
        """Return the number of its last row."""
        return min(self.total, self.offset + self.size)


def check_depth(number: int, size: int, settings: Settings) -> None:
    """Refuse a page so deep in a list that reading up to it would be work for nothing.

    Raises:
        SettingsError: says how deep lists go.
    """
    most = int(settings.web_deepest_row)
    if (number - 1) * size >= most:
        raise SettingsError(
            f"lists are paged down to row {most:,}",
            where=f"page {number:,} of {size} rows",
            next_step="narrow the list by filters, or download the whole table",
        )
