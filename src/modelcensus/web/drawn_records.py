"""Adoption records as pictures of a page: a tile map and a timeline, every mark a link."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from html import escape

from markupsafe import Markup

from modelcensus.publish.foreign_text import visible
from modelcensus.publish.tile_map import COLUMNS, ROWS, TILES
from modelcensus.registers.world_records import AdoptionRecord

SIDE = 36
DOT, STEP = 4, 10
WIDTH, MARGIN = 900, 60
HELD_BY = "by"
"""Precision of a date on which a status held, while its beginning is not known."""


def tile_map(records: Sequence[AdoptionRecord], address: Callable[[str], str]) -> Markup:
    """Return where records are found: a tile for each country, numbers of both kinds in it.

    Args:
        records: of which some step counts; what has no tile is left to the words beside.
        address: country -> address of its records.
    """
    adopted, limited = _by_country(records)
    tiles = "".join(_tile(code, adopted[code], limited[code], address) for code in TILES)
    words = "Records found by country: adoptions, and after a slash restrictions"
    return Markup(  # noqa: S704  # nosec B704
        f'<svg class="tiles" role="group" aria-label="{words}" '
        f'viewBox="0 0 {COLUMNS * SIDE} {ROWS * SIDE}">{tiles}</svg>'
    )


def off_the_map(records: Sequence[AdoptionRecord]) -> list[tuple[str, int]]:
    """Return countries and bodies without a tile, with their records."""
    found = Counter(r.country for r in records if r.country not in TILES)
    return sorted(found.items())


def _by_country(records: Sequence[AdoptionRecord]) -> tuple[Counter[str], Counter[str]]:
    return (
        Counter(r.country for r in records if not r.is_restriction),
        Counter(r.country for r in records if r.is_restriction),
    )


def _tile(code: str, adopted: int, limited: int, address: Callable[[str], str]) -> str:
    column, row = TILES[code]
    x, y = column * SIDE, row * SIDE
    total = adopted + limited
    level = "none" if not total else "some" if total < 4 else "many"
    square = (
        f'<rect class="{level}" x="{x + 1}" y="{y + 1}" width="{SIDE - 2}" height="{SIDE - 2}"/>'
    )
    name = f'<text class="code" x="{x + SIDE // 2}" y="{y + 15}">{code}</text>'
    if not total:
        return f"<g>{square}{name}</g>"
    counted = f"{adopted}/{limited}" if limited else f"{adopted}"
    number = f'<text class="count" x="{x + SIDE // 2}" y="{y + 29}">{counted}</text>'
    said = f"{code}: {adopted} of adoption, {limited} of restriction"
    return f'<a href="{escape(address(code))}" aria-label="{said}">{square}{name}{number}</a>'


def timeline(records: Sequence[AdoptionRecord]) -> Markup:
    """Return when each dated step of the records was: adoptions above the line, limits below.

    A dot is a step of a record and leads to it; dots of one month stand on each other. A step of
    which only is known that it held on some day has none: see `undated_steps`.
    """
    months: dict[bool, dict[int, list[tuple[str, str]]]] = {
        side: defaultdict(list) for side in (False, True)
    }
    for record in records:
        for step in record.history:
            if step.precision == HELD_BY:
                continue
            said = f"{step.since[:7]}: {record.who}, {record.how}, {record.family}: {step.status}"
            months[record.is_restriction][_month(step.since)].append((record.record_id, said))
    every = [m for side in months.values() for m in side]
    if not every:
        return Markup("")
    first, last = min(every), max(every)
    heights = [max((len(v) for v in months[side].values()), default=0) for side in (False, True)]
    middle = STEP * heights[0] + 14
    height = middle + STEP * heights[1] + 26
    scale = (WIDTH - 2 * MARGIN) / max(1, last - first)
    parts = [
        f'<line class="axis" x1="{MARGIN}" y1="{middle}" x2="{WIDTH - MARGIN}" y2="{middle}"/>',
        *_years(first, last, scale, height),
        *_dots(months, first, scale, middle),
    ]
    words = "Dated steps of the records: adoptions above the line, restrictions below"
    return Markup(  # noqa: S704  # nosec B704
        f'<svg class="steps" role="group" aria-label="{words}" viewBox="0 0 {WIDTH} {height}">'
        f"{''.join(parts)}</svg>"
    )


def undated_steps(records: Sequence[AdoptionRecord]) -> int:
    """Return the steps whose beginning is not known, so that no dot stands for them."""
    return sum(step.precision == HELD_BY for record in records for step in record.history)


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def _years(first: int, last: int, scale: float, height: int) -> Iterator[str]:
    for year in range(-(-first // 12), last // 12 + 1):
        x = MARGIN + (12 * year - first) * scale
        yield f'<line class="tick" x1="{x:.1f}" y1="8" x2="{x:.1f}" y2="{height - 18}"/>'
        yield f'<text class="code" x="{x:.1f}" y="{height - 4}">{year}</text>'


def _dots(
    months: dict[bool, dict[int, list[tuple[str, str]]]], first: int, scale: float, middle: int
) -> Iterator[str]:
    for is_limit, found in months.items():
        for month, steps in sorted(found.items()):
            x = MARGIN + (month - first) * scale
            for place, (record, said) in enumerate(sorted(steps)):
                away = STEP * place + 10
                y = middle + away if is_limit else middle - away
                kind = "limit" if is_limit else "adopt"
                yield (
                    f'<a href="#r-{escape(record)}" aria-label="{escape(visible(said))}">'
                    f'<circle class="{kind}" cx="{x:.1f}" cy="{y}" r="{DOT}">'
                    f"<title>{escape(visible(said))}</title></circle></a>"
                )
