"""A figure as a chart: one spec, and the pictures made from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from modelcensus.contracts.figure import Figure
from modelcensus.errors import ContractError, LimitExceeded, UnknownName
from modelcensus.publish.charts.kinds import KINDS, chart_kinds
from modelcensus.publish.charts.look import get_scheme
from modelcensus.settings import Settings, load_settings

if TYPE_CHECKING:
    from modelcensus.publish.charts.picture import Picture

NARROWEST = 300
DEFAULT_WIDTH = 960
MARKING = ("area", "lines", "bump")
"""Kinds of charts over time, which mark events."""


class Event(NamedTuple):
    """What happened in the world on a day; drawn beside a series, never as its cause."""

    date: str
    text: str


@dataclass(frozen=True)
class Chart:
    """A chart of a figure.

    Attributes:
        kind: which of the kinds it is.
        title: neutral, unless the data carry a sentence.
        subtitle: metric, population, denominator, frame and dates.
        alt: the same in words, for who does not see it.
        spec: Vega-Lite; the same figure gives the same spec.
        settings: limits of pictures.
    """

    kind: str
    title: str
    subtitle: str
    alt: str
    spec: dict[str, Any]
    settings: Settings = field(default_factory=load_settings, repr=False, compare=False)

    def svg(self) -> str:
        """Return it as SVG; the same figure gives the same text."""
        from modelcensus.publish.charts.render import svg_of

        return svg_of(self.spec)

    def png(self, scale: float = 2) -> bytes:
        """Return it as PNG, `scale` pixels for each pixel of its width.

        Raises:
            LimitExceeded: more pixels than the setting `chart_pixels`.
        """
        from modelcensus.publish.charts.render import png_of

        return png_of(self.svg(), scale, self.settings)

    def pdf(self) -> bytes:
        """Return it as PDF."""
        from modelcensus.publish.charts.render import pdf_of

        return pdf_of(self.svg())


def chart_of(
    figure: Figure,
    kind: str = "",
    *,
    width: int = DEFAULT_WIDTH,
    scheme: str = "light",
    events: Iterable[Event | Sequence[str]] | None = None,
    public_url: str = "",
    is_titled: bool = True,
    settings: Settings | None = None,
) -> Chart:
    """Return a figure as a chart.

    Args:
        figure: what is drawn.
        kind: one of `chart_kinds(figure)`; empty: the first.
        width: of the whole picture, in pixels; it is laid out for it, not scaled to it.
        scheme: light, dark or print.
        events: (date, text) pairs that are marked in charts over time; None: those that the
            figure itself names.
        public_url: address of this figure, printed below it when given.
        is_titled: whether title and subtitle stand in the picture, too.
        settings: limits; default: from the environment.

    Raises:
        ContractError: no chart fits the figure, or this kind does not; those that fit are named.
        UnknownName: there is no such kind.
        SettingsError: there is no such scheme.
        LimitExceeded: the width is out of bounds, or the figure holds more rows than
            `chart_rows`.
    """
    from modelcensus.publish.charts.page import Sheet, assemble
    from modelcensus.publish.charts.words import alternative

    settings = settings or load_settings()
    _check_limits(figure, width, settings)
    chosen = KINDS[choose_kind(figure, kind)]
    sheet = Sheet(width, get_scheme(scheme), public_url, is_titled)
    told = events_of(figure) if events is None else tuple(sorted(Event(*e) for e in events))
    picture = chosen.load()(figure, sheet, told)
    if events is None and chosen.name in MARKING:
        picture = with_events_told(picture, figure)
    words = alternative(figure, picture.kind_words, picture.facts)
    spec = assemble(
        figure,
        picture.drawing,
        sheet,
        title=picture.title,
        subtitle=picture.subtitle,
        alt_text=words,
    )
    return Chart(chosen.name, picture.title, picture.subtitle, words, spec, settings)


def events_of(figure: Figure) -> tuple[Event, ...]:
    """Return the events that a figure asks to be marked, by date."""
    listed = figure.details.get("events", {}).get("listed", ())
    return tuple(Event(e["date"], e["title"]) for e in listed if e["is_drawn"])


def with_events_told(picture: Picture, figure: Figure) -> Picture:
    """Return a picture whose subtitle says how many events it marks, and its words which."""
    events = figure.details.get("events")
    if not events:
        return picture
    marked = [e for e in events["listed"] if e["is_drawn"]]
    count = f"{len(marked)} of {events['in_window']} events of this time marked"
    named = "; ".join(f"{e['date']} {e['title']}" for e in marked)
    facts = (*picture.facts, f"{count}, {events['note']}: {named}")
    return replace(picture, subtitle=f"{picture.subtitle}; {count}", facts=facts)


def choose_kind(figure: Figure, kind: str) -> str:
    """Return the kind that is asked for, or the first that fits.

    Raises:
        ContractError: none fits, or this one does not.
        UnknownName: there is no such kind.
    """
    if kind and kind not in KINDS:
        raise UnknownName("chart", kind, list(KINDS))
    fitting = chart_kinds(figure)
    measure = figure.contract.measure
    if not fitting:
        raise ContractError(
            f"no chart fits this figure of the measure {measure!r}",
            where=f"{len(figure.rows)} rows of {', '.join(figure.rows.column_names)}",
            next_step="ask a table: csv, parquet, json or md",
        )
    if kind and kind not in fitting:
        raise ContractError(
            f"the chart {kind!r} ({KINDS[kind].description}) does not fit this figure of the "
            f"measure {measure!r}",
            next_step=f"one of: {', '.join(fitting)}",
        )
    return kind or fitting[0]


def _check_limits(figure: Figure, width: int, settings: Settings) -> None:
    if not NARROWEST <= width <= settings.chart_width:
        raise LimitExceeded(
            f"a chart is {NARROWEST} to {settings.chart_width:,.0f} pixels wide, not {width:,}",
            next_step="ask another width, or raise CENSUS_CHART_WIDTH",
        )
    if len(figure.rows) > settings.chart_rows:
        raise LimitExceeded(
            f"{len(figure.rows):,} rows are too many for a chart",
            next_step="name the groups, or raise CENSUS_CHART_ROWS",
        )
