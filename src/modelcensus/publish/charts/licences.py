"""Licence classes within each group: bars of equal length, from permissive to none declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.publish.charts.axes import label_percent, short_number
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.keys import draw_key, key_room, key_rows
from modelcensus.publish.charts.letters import cut, width_of
from modelcensus.publish.charts.look import ink_on, looks_of
from modelcensus.publish.charts.names import LICENCE_CLASSES, name_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.words import listing, neutral_title, subtitle_of

MOST = 14
ALL = "all models"
GAP = 10.0
_CLASS = "class"


@dataclass(frozen=True)
class _Mix:
    """The classes of one group: share by class, and how much it is a share of."""

    group: str
    name: str
    shares: dict[str, float]
    value: float


def draw_licences(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return one bar of shares for each group, the largest groups first."""
    del events
    mixes = _mixes(figure)
    shown = _foremost(mixes)
    classes = [c for c in LICENCE_CLASSES if any(c in mix.shares for mix in shown)]
    looks = looks_of(classes, sheet.scheme)
    key = key_rows([(LICENCE_CLASSES[c], looks[c].colour, "square") for c in classes], sheet)
    drawing = _plot(sheet, shown, above=key_room(key))
    draw_key(drawing, key, sheet)
    _draw_bars(drawing, shown, classes, {c: looks[c].colour for c in classes})
    _write_names(drawing, shown, sheet)
    phrase = figure.contract.metric_term.phrase
    note = f"; the {len(shown)} largest of {len(mixes)} groups" if len(shown) < len(mixes) else ""
    return Picture(
        drawing,
        neutral_title(figure),
        subtitle_of(figure, f"Share of each group's {phrase}, by declared licence") + note,
        "Stacked bar chart",
        tuple(f"{mix.name}: {_told(mix)}" for mix in shown),
    )


def _mixes(figure: Figure) -> list[_Mix]:
    found: dict[str, _Mix] = {}
    for row in figure.records():
        if row["kind"] != _CLASS:
            continue
        group = str(row["group"])
        name = "All models" if group == ALL else name_of(figure, group, row["name"])
        mix = found.setdefault(group, _Mix(group, name, {}, 0))
        if row["share"] is not None:
            mix.shares[row["terms"]] = row["share"]
        found[group] = _Mix(group, name, mix.shares, mix.value + (row["value"] or 0))
    return list(found.values())


def _foremost(mixes: Sequence[_Mix]) -> list[_Mix]:
    """Return the largest groups; everything together first, unknown makers last."""
    named = [m for m in mixes if m.group not in (ALL, UNKNOWN)]
    named.sort(key=lambda m: (-m.value, m.group))
    first = [m for m in mixes if m.group == ALL]
    last = [m for m in mixes if m.group == UNKNOWN]
    return [*first, *named[: MOST - len(first) - len(last)], *last]


def _plot(sheet: Sheet, shown: Sequence[_Mix], *, above: float) -> Drawing:
    size = _size(sheet)
    step = 40.0 if sheet.is_narrow else 29.0
    names = 0.0
    if not sheet.is_narrow:
        widest = max(width_of(mix.name, size) for mix in shown)
        names = min(widest, sheet.inner * 0.28) + GAP
    counts = max(width_of(_counted(mix), size - 1) for mix in shown) + GAP
    width = sheet.inner - names - (0 if sheet.is_narrow else counts)
    right = sheet.inner - names - width
    return Drawing(width, step * len(shown), names, right, above=above, below=2)


def _size(sheet: Sheet) -> float:
    return 11.0 if sheet.is_narrow else 12.5


def _bar(drawing: Drawing, shown: Sequence[_Mix], index: int) -> tuple[float, float]:
    """Return the upper edge and the thickness of a bar."""
    step = drawing.height / len(shown)
    thick = 17.0 if step > 35 else 20.0
    return step * (index + 1) - thick - 3, thick


def _draw_bars(
    drawing: Drawing, shown: Sequence[_Mix], classes: Sequence[str], colours: dict[str, str]
) -> None:
    written: list[tuple[float, float, str, str]] = []
    for index, mix in enumerate(shown):
        top, thick = _bar(drawing, shown, index)
        x = 0.0
        for name in classes:
            wide = mix.shares.get(name, 0.0) * drawing.width
            if wide > 0.2:
                drawing.rect((x, top), (max(0.4, wide - 0.75), thick), colours[name])
                code = name if name != UNKNOWN else "?"
                words = f"{code} {label_percent(mix.shares[name])}"
                for text in (words, code):
                    if width_of(text, 10.5, bold=True) + 8 <= wide:
                        written.append((x + wide / 2, top + thick / 2, text, colours[name]))
                        break
            x += wide
    style = TextStyle(10.5, bold=True, align="center")
    for x, y, words, colour in written:
        drawing.text(x, y, words, ink_on(colour), style)


def _write_names(drawing: Drawing, shown: Sequence[_Mix], sheet: Sheet) -> None:
    size = _size(sheet)
    for index, mix in enumerate(shown):
        drawing.labelled.append(mix.group)
        top, thick = _bar(drawing, shown, index)
        counted = _counted(mix)
        if sheet.is_narrow:
            room = drawing.width - width_of(counted, size - 1) - GAP
            drawing.text(0, top - 10, cut(mix.name, room, size), sheet.scheme.ink, TextStyle(size))
            style = TextStyle(size - 1, align="right")
            drawing.text(drawing.width, top - 10, counted, sheet.scheme.dim, style)
            continue
        y = top + thick / 2
        words = cut(mix.name, drawing.left - GAP, size)
        drawing.text(-GAP, y, words, sheet.scheme.ink, TextStyle(size, align="right"))
        drawing.text(drawing.width + GAP, y, counted, sheet.scheme.dim, TextStyle(size - 1))


def _counted(mix: _Mix) -> str:
    return f"n = {short_number(mix.value)}"


def _told(mix: _Mix) -> str:
    ordered = sorted(mix.shares.items(), key=lambda item: (-item[1], item[0]))
    return listing([(LICENCE_CLASSES[c], label_percent(share)) for c, share in ordered[:4]])
