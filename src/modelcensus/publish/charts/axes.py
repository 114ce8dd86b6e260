"""Axes: which values and dates are marked, how they are written, and the lines of the grid."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from modelcensus.contracts.figure import percent
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.letters import width_of
from modelcensus.publish.charts.look import Scheme

SIZE = 11.0
ROOM_BELOW = 26.0
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Axis:
    """A linear axis: values from `low` to `high` on pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round values that hold `low` and `high` between them."""
    if high <= low:
        high = low + (abs(low) or 1)
    rough = (high - low) / max(1, most - 1)
    power = 10 ** math.floor(math.log10(rough))
    for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first + 1 <= most:
            break
    return [round(step * n, 12) for n in range(first, last + 1)]


def close_ticks(low: float, high: float, most: int) -> tuple[list[float], float]:
    """Return round values up to `high`, and where the axis ends: little above what is drawn."""
    ticks = nice_ticks(low, high, most)
    while len(ticks) > 2 and ticks[-1] > high * 1.06:
        ticks.pop()
    return ticks, max(ticks[-1], high * 1.04)


def short_number(value: float) -> str:
    """Return a number as an axis writes it: 1.2B, 76.8M, 31.9k, 512."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return f"{value:.1f}".removesuffix(".0")


def short_percent(share: float) -> str:
    """Return a share as an axis writes it."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def label_percent(share: float | None) -> str:
    """Return a share as a label writes it; what would round to 0 is below the least."""
    return percent(share).replace("under ", "<")


def moment(label: str) -> float:
    """Return a snapshot's label as milliseconds since 1970, UTC."""
    return instant(label).timestamp() * 1000


def instant(label: str) -> datetime:
    """Return a label (a year, a month, a day or an instant) as a moment, UTC."""
    if len(label) == len("2025"):
        label += "-01"
    if len(label) == len("2025-09"):
        label += "-01"
    found = datetime.fromisoformat(label)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day_of(label: str) -> str:
    """Return the day of a label as a person writes it: 7 Sep 2025; a year stays one."""
    if len(label) == len("2025"):
        return label
    if len(label) == len("2025-09"):
        return f"{_MONTHS[int(label[5:7]) - 1]} {label[:4]}"
    day = instant(label)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def date_ticks(first: float, last: float, most: int) -> list[tuple[float, str]]:
    """Return the months (or days, within a short time) to mark, with what is written at each."""
    start, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (first, last))
    months = (end.year - start.year) * 12 + end.month - start.month
    if months < 2:
        return _day_ticks(start, end, most)
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
        begun = start.year * 12 + start.month - 1
        numbers = [n for n in range(begun, begun + months + 1) if n % step == 0]
        marked = [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in numbers]
        kept = [m for m in marked if start <= m <= end]
        if len(kept) <= most:
            break
    return [(m.timestamp() * 1000, f"{_MONTHS[m.month - 1]} {m.year}") for m in kept]


def _day_ticks(start: datetime, end: datetime, most: int) -> list[tuple[float, str]]:
    first, last = start.date().toordinal(), end.date().toordinal()
    step = max(1, math.ceil((last - first + 1) / max(1, most)))
    days = [date.fromordinal(n) for n in range(first, last + 1, step)]
    marks = [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in days]
    return [
        (m.timestamp() * 1000, f"{m.day} {_MONTHS[m.month - 1]}")
        for m in marks
        if start <= m <= end
    ]


def draw_value_axis(
    drawing: Drawing,
    axis: Axis,
    ticks: Sequence[float],
    scheme: Scheme,
    *,
    write: Callable[[float], str],
) -> None:
    """Draw horizontal lines with their values to the left of the plot."""
    for tick in ticks:
        y = axis.at(tick)
        drawing.rule((0, y), (drawing.width, y), scheme.grid)
    for tick in ticks:
        style = TextStyle(SIZE, align="right")
        drawing.text(-7, axis.at(tick), write(tick), scheme.dim, style)


def value_room(ticks: Sequence[float], write: Callable[[float], str]) -> float:
    """Return the room that the values of an axis need beside the plot."""
    return max(width_of(write(tick), SIZE) for tick in ticks) + 10


def draw_time_axis(drawing: Drawing, axis: Axis, scheme: Scheme) -> None:
    """Draw the line below the plot with dates; none runs over the ends of the picture."""
    drawing.rule((0, drawing.height), (drawing.width, drawing.height), scheme.dim)
    most = max(2, int((axis.end - axis.start) // 72))
    ticks = date_ticks(axis.low, axis.high, most)
    for at, _ in ticks:
        x = axis.at(at)
        drawing.rule((x, drawing.height), (x, drawing.height + 5), scheme.dim)
    for at, words in ticks:
        half = width_of(words, SIZE) / 2
        x = min(max(axis.at(at), half - drawing.left), drawing.width + drawing.right - half)
        drawing.text(x, drawing.height + 15, words, scheme.dim, TextStyle(SIZE, align="center"))
