"""A specification curve: what each defensible definition answers, and which words it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelcensus.contracts.figure import Figure
from modelcensus.contracts.measure import PARAMETERS
from modelcensus.publish.charts.axes import (
    Axis,
    close_ticks,
    draw_value_axis,
    label_percent,
    short_percent,
    value_room,
)
from modelcensus.publish.charts.drawing import Drawing, TextStyle
from modelcensus.publish.charts.keys import LINE, OPEN, draw_key, key_room, key_rows
from modelcensus.publish.charts.labels import spread
from modelcensus.publish.charts.letters import cut, shown, width_of
from modelcensus.publish.charts.look import Look, looks_of
from modelcensus.publish.charts.names import name_of
from modelcensus.publish.charts.page import Sheet
from modelcensus.publish.charts.picture import Picture
from modelcensus.publish.charts.trajectories import Trajectory
from modelcensus.publish.charts.words import models_of, subtitle_of

SHARE = "share_"
_ROW = 14.0
_HEAD = 16.0
_GAP = 26.0


@dataclass(frozen=True)
class Definitions:
    """The definitions of one question.

    Attributes:
        subjects: groups that it is about.
        shares: for each definition the share of each subject; None where not known.
        words: for each definition its word for each field; None where it has no meaning.
        asked: position of the question as it was asked; -1: not among them.
        published: (subject, share, source) of figures that others published.
    """

    subjects: tuple[str, ...]
    shares: list[dict[str, float | None]]
    words: list[dict[str, str | None]]
    asked: int
    published: list[tuple[str, float, str]]

    @property
    def fields(self) -> list[tuple[str, list[str]]]:
        """Return the fields that vary, each with the words that are chosen."""
        found = []
        for field in self.words[0] if self.words else ():
            chosen = dict.fromkeys(w[field] for w in self.words if w[field] is not None)
            if len(chosen) > 1:
                found.append((field, [str(word) for word in chosen]))
        return found


def draw_curve(figure: Figure, sheet: Sheet, events: Sequence[tuple[str, str]]) -> Picture:
    """Return the answers of all definitions in order, and below them what each is made of."""
    del events
    found = read_definitions(figure)
    looks = looks_of(found.subjects, sheet.scheme)
    names = {s: name_of(figure, s) for s in found.subjects}
    key = _key(found, looks, names, sheet)
    drawing, share, place = _plot(found, key_room(key), sheet)
    draw_key(drawing, key, sheet)
    _draw_answers(drawing, found, looks, share, place, sheet)
    _draw_words(drawing, found, share, place, sheet)
    drawing.labelled.extend(found.subjects)
    count = len(found.shares)
    spans = [_span(found, s, names) for s in found.subjects]
    return Picture(
        drawing,
        _title(figure, found, names),
        subtitle_of(figure, _what(count)),
        "Specification curve",
        (f"{count} definitions", *spans),
    )


def _what(count: int) -> str:
    return f"Each column is one of {count} defensible definitions of the same question"


def read_definitions(figure: Figure) -> Definitions:
    """Return the definitions of a figure with a row for each and a column `share_X` for each X."""
    names = figure.rows.column_names
    subjects = tuple(
        name.removeprefix(SHARE) for name in names if name.startswith(SHARE) and _is_subject(name)
    )
    fields = [name for name in PARAMETERS if name in names]
    rows: list[dict[str, Any]] = [r for r in figure.records() if not r.get("same_as")]
    first = f"{SHARE}{subjects[0]}"
    rows.sort(key=lambda r: (r[first] is None, -(r[first] or 0.0)))
    published = [
        (str(p["subject"]), float(p["share"]), str(p.get("source", "")))
        for p in figure.details.get("published") or ()
        if p["subject"] in subjects
    ]
    return Definitions(
        subjects,
        [{s: row[f"{SHARE}{s}"] for s in subjects} for row in rows],
        [{f: None if row[f] is None else str(row[f]) for f in fields} for row in rows],
        next((n for n, row in enumerate(rows) if row.get("is_as_asked")), -1),
        published,
    )


def _is_subject(name: str) -> bool:
    return name not in ("share_of_all", "share_of_attributed", "share_of_maker")


def _key(
    found: Definitions, looks: dict[str, Look], names: dict[str, str], sheet: Sheet
) -> list[list[tuple[str, str, str]]]:
    entries = [(names[s], looks[s].colour, looks[s].shape) for s in found.subjects]
    if found.published:
        entries.append(("published elsewhere, of other models or times", sheet.scheme.dim, OPEN))
    if found.asked >= 0:
        entries.append(("as asked", sheet.scheme.accent, LINE))
    return key_rows(entries, sheet)


def _plot(found: Definitions, above: float, sheet: Sheet) -> tuple[Drawing, Axis, Axis]:
    """Return the drawing, the axis of shares in its upper part, and the axis of places."""
    size = _size(sheet)
    words = [w for field, chosen in found.fields for w in (field.replace("_", " "), *chosen)]
    values = [v for shares in found.shares for v in shares.values() if v is not None]
    values += [v for _, v, _ in found.published]
    ticks, top = close_ticks(0.0, max([*values, 0.01]), 6)
    widest = max((width_of(shown(w), size, bold=True) for w in words), default=0) + 14
    left = max(value_room(ticks, short_percent), min(widest, sheet.inner * 0.36))
    upper = 210.0 if sheet.is_narrow else 280.0
    rows = sum(_HEAD + _ROW * len(chosen) for _, chosen in found.fields)
    right = (64.0 if sheet.is_narrow else 190.0) if found.published else 8.0
    drawing = Drawing(sheet.inner - left - right, upper + _GAP + rows, left, right, above=above)
    place = Axis(-0.5, max(0.5, len(found.shares) - 0.5), 0, drawing.width)
    share = Axis(0, top, upper, 0)
    draw_value_axis(drawing, share, ticks, sheet.scheme, write=short_percent)
    return drawing, share, place


def _size(sheet: Sheet) -> float:
    return 9.5 if sheet.is_narrow else 10.5


def _dot(place: Axis) -> float:
    """Return the size of a mark: as large as its column allows."""
    step = place.at(1) - place.at(0)
    return max(4.0, min(44.0, step * step * 0.8))


def _draw_answers(
    drawing: Drawing,
    found: Definitions,
    looks: dict[str, Look],
    share: Axis,
    place: Axis,
    sheet: Sheet,
) -> None:
    if found.asked >= 0:
        x = place.at(found.asked)
        drawing.rule((x, 0), (x, drawing.height), sheet.scheme.accent, width=1, dash=(4, 3))
    size = _dot(place)
    for subject in found.subjects:
        look = looks[subject]
        for number, shares in enumerate(found.shares):
            value = shares[subject]
            if value is not None:
                at = (place.at(number), share.at(value))
                drawing.point(at, look.colour, shape=look.shape, size=size)
    _draw_published(drawing, found, looks, share, sheet)


def _draw_published(
    drawing: Drawing, found: Definitions, looks: dict[str, Look], share: Axis, sheet: Sheet
) -> None:
    """Draw what others published to the right of the curve, with its source."""
    size = _size(sheet)
    step = size * 1.35
    wanted = [share.at(value) for _, value, _ in found.published]
    places = spread(wanted, [step] * len(wanted), -step / 2, share.start + step / 2)
    for (subject, value, source), y, at in zip(found.published, places, wanted, strict=True):
        look, x = looks[subject], drawing.width + 10
        drawing.point((x, at), look.colour, shape=look.shape, size=46, hollow=sheet.scheme.ground)
        if abs(y - at) > 2:
            drawing.rule((x + 5, at), (x + 9, y), sheet.scheme.dim, width=0.75)
        words = label_percent(value) + (f"  {shown(source)}" if not sheet.is_narrow else "")
        text = cut(words, drawing.right - 22, size)
        drawing.text(x + 11, y, text, sheet.scheme.ink, TextStyle(size))


def _draw_words(
    drawing: Drawing, found: Definitions, share: Axis, place: Axis, sheet: Sheet
) -> None:
    """Draw below the curve a row for each word, with a tick for each definition that has it."""
    size, y = _size(sheet), share.start + _GAP
    step = place.at(1) - place.at(0)
    wide = max(0.6, step * 0.72)
    labels: list[tuple[float, str, bool]] = []
    for field, chosen in found.fields:
        labels.append((y + _HEAD / 2 - 1, field.replace("_", " "), True))
        y += _HEAD
        for word in chosen:
            middle = y + _ROW / 2
            labels.append((middle, word, False))
            drawing.rule((0, middle), (drawing.width, middle), sheet.scheme.grid)
            for number, chosen_words in enumerate(found.words):
                if chosen_words[field] == word:
                    corner = (place.at(number) - wide / 2, middle - 4)
                    drawing.rect(corner, (wide, 8), sheet.scheme.dim)
            y += _ROW
    for middle, words, is_head in labels:
        style = TextStyle(size, bold=is_head, align="right")
        colour = sheet.scheme.ink if is_head else sheet.scheme.dim
        text = cut(shown(words), drawing.left - 8, size, bold=is_head)
        drawing.text(-8, middle, text, colour, style)


def _title(figure: Figure, found: Definitions, names: dict[str, str]) -> str:
    """Return how often each side leads; with one subject, how far its share spans."""
    if len(found.subjects) < 2:
        return f"{names[found.subjects[0]]}: one question, {len(found.shares)} definitions"
    leads = dict.fromkeys(found.subjects, 0)
    for shares in found.shares:
        known = {s: v for s, v in shares.items() if v is not None}
        best = max(known.values(), default=None)
        ahead = [s for s, v in known.items() if v == best]
        if len(known) == len(found.subjects) and len(ahead) == 1:
            leads[ahead[0]] += 1
    first, *others = sorted(leads, key=lambda s: (-leads[s], s))
    models = models_of(figure, Trajectory(first, names[first], ()))
    rest = ", ".join(f"{names[s]} under {leads[s]}" for s in others)
    return f"{models} lead under {leads[first]} of {len(found.shares)} definitions, {rest}"


def _span(found: Definitions, subject: str, names: dict[str, str]) -> str:
    values = [v for shares in found.shares if (v := shares[subject]) is not None]
    if not values:
        return f"{names[subject]}: not known"
    return f"{names[subject]} between {label_percent(min(values))} and {label_percent(max(values))}"
