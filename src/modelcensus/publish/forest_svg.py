"""A comparison of tested models as one SVG file: a forest plot on an axis of logarithms.

What it is, where it is from and what it does not show stand in the picture, so that nobody can
pass it on without them. Nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from modelcensus.contracts.figure import Figure
from modelcensus.passports.passport import SIMULATED
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.forest import flagged
from modelcensus.publish.forest_axis import Axis, Row, axis_of, forest_rows
from modelcensus.publish.lineage_style import STYLE
from modelcensus.publish.svg_text import EM, SIZES, Text, wrap

MARGIN, ROW, LEFT, PLOT, RIGHT = 28.0, 46.0, 370.0, 400.0, 190.0
WIDTH = MARGIN + LEFT + PLOT + RIGHT + MARGIN
COLUMNS = int((WIDTH - 2 * MARGIN) / (SIZES["said"] * EM))
NAME_COLUMNS = int((LEFT - 12) / (SIZES["name"] * EM))

_MORE = """
.axis{stroke:var(--dim);stroke-width:1}
.one{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:4 3}
.span{stroke:var(--ink);stroke-width:2;fill:none}
.point{fill:var(--ground);stroke:var(--ink);stroke-width:2}
.beside .span,.beside .point{stroke-dasharray:3 2}
"""


def forest_svg(figure: Figure) -> str:
    """Return a comparison as an SVG file."""
    rows = forest_rows(figure)
    axis = axis_of(rows)
    head = list(_head(figure))
    top = MARGIN + sum(SIZES[kind] * 1.4 for _, kind in head) + 22
    bottom = top + ROW * len(rows)
    foot = list(_foot(figure, rows))
    height = bottom + 44 + sum(SIZES[kind] * 1.4 for _, kind in foot) + MARGIN
    parts = [
        _opening(figure, height),
        *_lines(head, MARGIN),
        *_axis(axis, top, bottom),
        *(part for place, row in enumerate(rows) for part in _row(row, axis, top + place * ROW)),
        *_lines(foot, bottom + 44),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _opening(figure: Figure, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH:.0f} '
        f'{height:.0f}" width="{WIDTH:.0f}" height="{height:.0f}" '
        f'aria-labelledby="title what"><title id="title">Security tests: ratios</title>'
        f'<desc id="what">{escape(visible(figure.finding))}</desc><style>{STYLE}{_MORE}</style>'
        f'<rect class="page" width="{WIDTH:.0f}" height="{height:.0f}"/>'
    )


def _head(figure: Figure) -> Iterator[tuple[str, str]]:
    """Yield the lines above the plot: (text, kind)."""
    if figure.is_simulated:
        yield SIMULATED, "alarm"
    yield "How often an attack worked, compared with a reference", "head"
    for line in wrap(visible(figure.finding), COLUMNS, " "):
        yield line, "said"


def _foot(figure: Figure, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yield the lines below the plot: flags, what it does not show, and where it is from."""
    dates = ", ".join(f"{e['name']} {e['as_of']}" for e in figure.details["evidence"])
    said = [
        *flagged(rows),
        "lines are 95 % intervals, clustered by user task and by goal; an arrow: no limit; "
        "dashed: both models are open",
        *(f"note: {text}" for text in figure.caveats if text not in flagged(rows)),
        *(f"does not show: {text}" for text in figure.does_not_show),
        f"source: {'; '.join(figure.sources)}; published {dates or 'on an unknown day'}",
        f"Open Model Census, release {figure.release}, definition {figure.contract.id}",
    ]
    for text in said:
        for line in wrap(visible(text), COLUMNS, " "):
            yield line, "said"


def _lines(lines: Sequence[tuple[str, str]], top: float) -> Iterator[str]:
    y = top
    for content, kind in lines:
        y += SIZES[kind] * 1.4
        yield Text(MARGIN, y, content, kind).markup()


def _axis(axis: Axis, top: float, bottom: float) -> Iterator[str]:
    left = MARGIN + LEFT
    yield _line("axis", left, bottom, left + PLOT, bottom)
    for tick in axis.ticks:
        x = left + axis.place(tick) * PLOT
        yield _line("one" if tick == 1 else "axis", x, top if tick == 1 else bottom, x, bottom + 5)
        text = f"{tick:g}"
        yield Text(x - len(text) * SIZES["note"] * EM / 2, bottom + 18, text, "note").markup()
    words = "times as often as the reference (1: as often)"
    x = left + PLOT / 2 - len(words) * SIZES["note"] * EM / 2
    yield Text(x, bottom + 34, words, "note").markup()


def _row(row: Row, axis: Axis, top: float) -> Iterator[str]:
    """Yield one comparison: names, counts, interval, and the ratio in words."""
    left, middle = MARGIN + LEFT, top + ROW / 2
    names = [_cut(row.model), _cut(f"v {row.reference}{'' if row.is_asked else ' (open v open)'}")]
    notes = f"hits {row.counts}; utility {row.utility}"
    for place, (text, kind) in enumerate([*((n, "name") for n in names), (notes, "note")]):
        yield Text(MARGIN, top + 13 + 13 * place, text, kind).markup()
    yield f'<g class="{"asked" if row.is_asked else "beside"}">'
    if row.low or row.high:
        first = left + (axis.place(row.low) if row.low else 0.0) * PLOT
        last = left + (axis.place(row.high) if row.high else 1.0) * PLOT
        yield _line("span", first, middle, last, middle)
        yield _end(first, middle, 1 if row.low else -1, is_limit=bool(row.low))
        yield _end(last, middle, 1, is_limit=bool(row.high))
    if row.ratio:
        x = left + axis.place(row.ratio) * PLOT
        yield f'<rect class="point" x="{x - 4:.1f}" y="{middle - 4:.1f}" width="8" height="8"/>'
    yield "</g>"
    yield Text(left + PLOT + 12, middle + 4, row.said, "note").markup()


def _end(x: float, y: float, towards: int, *, is_limit: bool) -> str:
    """Return the end of an interval: a bar at a limit, an arrow where there is none."""
    if is_limit:
        return _line("span", x, y - 6, x, y + 6)
    back = x - 8 * towards
    return (
        f'<path class="span" d="M{back:.1f} {y - 5:.1f}L{x:.1f} {y:.1f}L{back:.1f} {y + 5:.1f}"/>'
    )


def _line(css: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _cut(name: str) -> str:
    shown = visible(name)
    return shown if len(shown) <= NAME_COLUMNS else f"{shown[: NAME_COLUMNS - 1]}…"
