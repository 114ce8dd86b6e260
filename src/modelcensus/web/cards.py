"""A figure as a card: all that a page shows of it, prepared for templates to lay out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Column, Figure
from modelcensus.errors import CensusError
from modelcensus.publish.charts.kinds import chart_kinds
from modelcensus.publish.citation import as_bibtex
from modelcensus.publish.exports import EXPORTS
from modelcensus.publish.faces import as_command, as_python, as_query
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.notes import Note, figure_notes
from modelcensus.publish.terminal import cell_text, is_share
from modelcensus.web.linking import Reader
from modelcensus.web.pictures import WIDTHS, PictureSet, picture_set
from modelcensus.web.questions import TABS, Page, View, export_names

TABLE_BELOW_CHART = 60
"""Rows of the table that stands below a chart; the tab `table` has all of them, page by page."""


@dataclass(frozen=True)
class Choice:
    """A link among others of its kind; one of them is where the reader is."""

    name: str
    address: str
    is_here: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, whether it is a number, and where its name leads."""

    text: str
    is_number: bool
    address: str = ""


@dataclass(frozen=True)
class Rows:
    """The table of a figure, or a page of it."""

    headers: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    page: Page


@dataclass(frozen=True)
class Card:
    """What a page shows of one figure. See the module's text.

    Attributes:
        why_no_chart: why there is no picture; empty where there is one.
        turned: names of other pages of the table, with their addresses.
    """

    figure: Figure
    view: View
    title: str
    subtitle: str
    alt: str
    why_no_chart: str
    pictures: PictureSet | None
    kinds: tuple[Choice, ...]
    tabs: tuple[Choice, ...]
    table: Rows
    turned: tuple[Choice, ...]
    notes: tuple[Note, ...]
    downloads: tuple[Choice, ...]
    address: str
    permalink: str
    command: str
    python: str
    api: str
    embed: str
    bibtex: str
    spec: str
    anchor: str = ""

    @property
    def rests_on(self) -> list[tuple[str, str]]:
        """Return the sources with their licences."""
        licences = (*self.figure.licences, *("" for _ in self.figure.sources))
        return [(s, licences[n]) for n, s in enumerate(self.figure.sources)]


def make_card(
    reader: Reader, figure: Figure, view: View | None = None, *, title: str = "", kind: str = ""
) -> Card:
    """Return a figure's card.

    Args:
        reader: who reads: base of addresses, theme, the site.
        figure: what is shown.
        view: how; the page's own where the figure is the page.
        title: instead of the chart's own.
        kind: of chart, unless the view names one.

    Raises:
        Busy: too many charts are being drawn.
        ContractError, UnknownName: the chart that is asked for does not fit.
    """
    view = view or View(theme=reader.theme)
    kinds = chart_kinds(figure)
    chosen = view.chart or (kind if kind in kinds else "")
    words, why = _words(reader, figure, chosen)
    shown = view.turned(chart=chosen)
    page = _table_page(reader, figure, view)
    contract = figure.contract
    return Card(
        figure=figure,
        view=view,
        title=title or words[0],
        subtitle=words[1],
        alt=words[2],
        why_no_chart=why,
        pictures=None if why else picture_set(contract, shown, reader.link),
        kinds=tuple(
            Choice(k, _to(reader, contract, view.turned(chart=k, tab="chart")), k == words[3])
            for k in kinds
        ),
        tabs=tuple(
            Choice(t, _to(reader, contract, view.turned(tab=t, page=1)), t == view.tab)
            for t in TABS
        ),
        table=_rows(reader, figure, page),
        turned=_turned(reader, contract, view, page),
        notes=tuple(figure_notes(figure)),
        downloads=_downloads(reader, figure, shown, has_chart=not why),
        address=_to(reader, contract, view),
        permalink=reader.outside(f"/r/{figure.release}{_path(contract, shown)}"),
        command=as_command(contract, figure.release if reader.is_pinned else ""),
        python=as_python(contract, figure.release if reader.is_pinned else ""),
        api=reader.link(f"/api/v1/figures/{contract.measure}?{as_query(contract)}"),
        embed=_embed(reader, contract, shown, words[0]),
        bibtex=as_bibtex(figure, reader.outside(f"/r/{figure.release}{_path(contract, shown)}")
                         if reader.site.settings.public_url else ""),
        spec=reader.link(f"/figures/{contract.measure}.spec?{as_query(contract, chart=words[3])}"),
        anchor=f"f-{contract.id}",
    )  # fmt: skip


def _words(reader: Reader, figure: Figure, kind: str) -> tuple[tuple[str, str, str, str], str]:
    """Return title, subtitle, text alternative and kind of the chart, and why there is none."""
    if not chart_kinds(figure):
        sentence = figure.contract.sentence().rstrip(".")
        return (sentence, "", "", ""), "No chart fits this figure; the table holds all of it."
    options: dict[str, Any] = {"width": WIDTHS[-1], "scheme": "light", "is_titled": False}
    try:
        drawn = reader.site.draw(figure, kind, **options)
    except CensusError as error:
        if kind:
            raise
        return (figure.contract.sentence().rstrip("."), "", "", ""), error.what
    return (drawn.title, drawn.subtitle, drawn.alt, drawn.kind), ""


def _path(contract: Contract, view: View) -> str:
    query = as_query(contract, **view.stated())
    return f"/figures/{contract.measure}{'?' if query else ''}{query}"


def _to(reader: Reader, contract: Contract, view: View) -> str:
    return reader.link(_path(contract, view))


def _downloads(
    reader: Reader, figure: Figure, view: View, *, has_chart: bool
) -> tuple[Choice, ...]:
    contract = figure.contract
    found = []
    for name in export_names():
        drawn = EXPORTS[name].is_picture
        if drawn and not has_chart:
            continue
        more = {"chart": view.chart, "theme": view.theme} if drawn else {}
        path = f"/figures/{contract.measure}.{name}?{as_query(contract, **more)}"
        found.append(Choice(name, reader.link(path)))
    return tuple(found)


def _embed(reader: Reader, contract: Contract, view: View, title: str) -> str:
    from html import escape

    address = reader.outside(f"/embed{_path(contract, view.turned(tab='chart', page=1))}")
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" '
        'width="100%" height="600" loading="lazy"></iframe>'
    )


def _table_page(reader: Reader, figure: Figure, view: View) -> Page:
    most = int(reader.site.settings.web_rows)
    size = most if view.tab == "table" else min(most, TABLE_BELOW_CHART)
    return Page(view.page if view.tab == "table" else 1, size, len(figure.rows))


def _turned(reader: Reader, contract: Contract, view: View, page: Page) -> tuple[Choice, ...]:
    found = []
    for name, number in (("previous", page.number - 1), ("next", page.number + 1)):
        if 1 <= number <= page.last and view.tab == "table":
            found.append(Choice(name, _to(reader, contract, view.turned(page=number))))
    return tuple(found)


def _rows(reader: Reader, figure: Figure, page: Page) -> Rows:
    records = figure.rows.slice(page.offset, page.size).to_pylist()
    units = {c.name: bool(c.unit) or c.name == "rank" for c in figure.columns}
    headers = tuple(
        Column(f"{c.name} (%)", c.unit, c.description) if is_share(c.name) else c
        for c in figure.columns
    )
    rows = tuple(
        tuple(
            Cell(visible(cell_text(name, value)), units[name],
                 reader.link_of(figure.contract.by, name, value))
            for name, value in record.items()
        )
        for record in records
    )  # fmt: skip
    return Rows(headers, rows, page)
