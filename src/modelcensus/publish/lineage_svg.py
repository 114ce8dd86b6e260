"""A lineage as one SVG file: columns of boxes, marks with letters, a legend, light and dark.

Nothing is told by colour alone: relations have letters, what is inferred is dashed. Every text has
the width that was reckoned for it, so that none runs into another in whatever font it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from modelcensus.passports.lineage_graph import LineageGraph, Member, Rest
from modelcensus.passports.passport import SIMULATED
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.lineage_layout import (
    LOOP,
    MARK,
    Box,
    Drawing,
    Link,
    Mark,
    Node,
    Stroke,
    draw_layers,
)
from modelcensus.publish.lineage_style import STYLE
from modelcensus.publish.lineage_text import edge_reason
from modelcensus.publish.lineage_words import (
    SEVERAL,
    caption_lines,
    describe,
    end_lines,
    facts_of,
    links_of,
    rest_text,
    told_line,
)
from modelcensus.publish.svg_text import EM, SIZES, Text, columns_of, wrap

LETTERS = {
    "finetune": "F",
    "adapter": "A",
    "quantized": "Q",
    "merge": "M",
    "unspecified": "?",
    "same_model": "=",
    SEVERAL: "+",
}
"""What stands in the mark of a line, by relation."""

PAD = 7.0
MARGIN = 28.0
NARROWEST = 760.0
NAME_COLUMNS, DENSE_COLUMNS, NOTE_COLUMNS = 44, 84, 50
DENSE = 24
"""Models of a column above which each stands on one line."""


@dataclass(frozen=True)
class Label:
    """What stands in a box: lines of a kind; on one row, side by side, where there are many."""

    lines: tuple[tuple[str, str], ...]
    is_row: bool
    css: str
    title: str

    @property
    def size(self) -> tuple[float, float]:
        """Return width and height with the padding."""
        widths = [columns_of(t) * SIZES[k] * EM for t, k in self.lines]
        if self.is_row:
            return sum(widths) + PAD * (len(widths) - 1) + 2 * PAD, 17.0
        return max(widths) + 2 * PAD, sum(SIZES[k] * 1.25 for _, k in self.lines) + PAD

    def texts(self, box: Box) -> Iterator[Text]:
        """Yield the texts in their box."""
        x = box.x + PAD
        y = box.middle - self.size[1] / 2 + PAD / 2
        for content, kind in self.lines:
            if self.is_row:
                text = Text(x, box.middle + 4.0, content, kind)
                x += text.width + PAD
            else:
                text = Text(x, y + SIZES[kind], content, kind)
                y += SIZES[kind] * 1.25
            yield text


@dataclass(frozen=True)
class Picture:
    """A drawing with its words, ready to be written."""

    graph: LineageGraph
    drawing: Drawing
    labels: dict[str, Label]
    head: tuple[Text, ...]
    legend: tuple[Text, ...]
    foot: tuple[Text, ...]
    offset: tuple[float, float]
    width: float
    height: float

    def texts(self) -> Iterator[Text]:
        """Yield every text at its place on the page; no two of them overlap."""
        yield from self.head
        yield from self.legend
        yield from self.foot
        x, y = self.offset
        for box in self.drawing.boxes:
            for text in self.labels[box.key].texts(box):
                yield Text(text.x + x, text.y + y, text.content, text.kind)
        for mark in self.drawing.marks:
            yield Text(*_letter_place(mark.x + x, mark.y + y), _letter(mark.style), "letter")


def lineage_svg(graph: LineageGraph) -> bytes:
    """Return the picture of a graph as an SVG file."""
    return write_svg(picture_of(graph)).encode()


def picture_of(graph: LineageGraph) -> Picture:
    """Return the drawing of a graph with its words, each at its place."""
    labels, layers = _labels(graph), _layers(graph)
    nodes = [Node(key, layers[key], *label.size) for key, label in labels.items()]
    links = [Link(one.parent, one.child, one.style) for one in links_of(graph)]
    drawing = draw_layers(nodes, links)
    width = max(NARROWEST, drawing.width + 2 * MARGIN)
    columns = int((width - 2 * MARGIN) / (SIZES["said"] * EM))
    head = _head(graph, width)
    legend = _legend(graph, links, columns, head[-1].y + 26)
    top = (legend[-1].y if legend else head[-1].y) + 28
    left = (width - drawing.width) / 2
    bottom = top + drawing.height + 36
    foot = tuple(_column(end_lines(graph), "said", columns, bottom))
    return Picture(
        graph, drawing, labels, head, legend, foot, (left, top), width, foot[-1].y + MARGIN
    )


def _layers(graph: LineageGraph) -> dict[str, int]:
    found = {m.model_id: m.layer for m in graph.members}
    found |= {one.key: one.layer for one in links_of(graph) if one.layer is not None}
    return found


def _labels(graph: LineageGraph) -> dict[str, Label]:
    """Return what stands in each box, in the order that columns begin with."""
    crowd: dict[int, int] = {}
    for layer in _layers(graph).values():
        crowd[layer] = crowd.get(layer, 0) + 1
    found = {m.model_id: _member_label(graph, m, crowd[m.layer] > DENSE) for m in graph.members}
    rests = {(r.of, r.is_above): r for r in graph.rests}
    for link in links_of(graph):
        if link.layer is None:
            continue
        rest = rests.get((link.near, link.near == link.child)) if link.is_rest else None
        found[link.key] = _rest_label(rest) if rest else _reference_label(link.text)
    return found


def _member_label(graph: LineageGraph, member: Member, is_row: bool) -> Label:
    facts = facts_of(graph, member)
    names = wrap(visible(member.model_id), DENSE_COLUMNS if is_row else NAME_COLUMNS)
    is_row = is_row and len(names) == 1
    notes = [facts] if is_row else wrap(facts, NOTE_COLUMNS, " ")
    lines = [(n, "name") for n in names] + [(n, "note") for n in notes if n]
    css = "self" if member.layer == 0 else "member"
    css += " removed" if member.is_removed else "" if member.is_observed else " named"
    base = {m.model_id: m for m in graph.members}
    reasons = [
        f"from {visible(e.base or e.reference)}: {edge_reason(e, base.get(e.base or ''))}"
        for e in graph.edges
        if e.child == member.model_id
    ]
    title = "\n".join([visible(member.model_id), *([facts] if facts else []), *reasons])
    return Label(tuple(lines), is_row, css, visible_lines(title))


def visible_lines(text: str) -> str:
    """Return text of several lines without what nobody should obey."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _rest_label(rest: Rest) -> Label:
    count, relations = rest_text(rest)
    lines = [(count, "name"), *((line, "note") for line in wrap(relations, NOTE_COLUMNS, " "))]
    what = "bases" if rest.is_above else "models built directly on it"
    title = f"{count}: {what} ({relations}) of {visible(rest.of)}"
    return Label(tuple(lines), False, "rest", title)


def _reference_label(text: str) -> Label:
    lines = [(line, "name") for line in wrap(visible(text) or " ", NAME_COLUMNS)][:4]
    return Label((*lines, ("names no repository", "note")), False, "reference", visible(text))


def _head(graph: LineageGraph, width: float) -> tuple[Text, ...]:
    room = width - 2 * MARGIN
    lines = [(f"Lineage of {visible(graph.model_id)}", "head")]
    lines += [(SIMULATED, "alarm")] if graph.is_simulated else []
    lines += [(line, "said") for line in caption_lines(graph)]
    lines += [(told_line(graph), "alarm")] if told_line(graph) else []
    found: list[Text] = []
    y = MARGIN + SIZES["head"]
    for line, kind in lines:
        columns = int(room / (SIZES[kind] * EM))
        found += _column([line], kind, columns, y + (6 if kind == "alarm" else 0))
        y = found[-1].y + SIZES[kind] * 1.5
    return tuple(found)


def _column(lines: Iterable[str], kind: str, columns: int, y: float) -> Iterator[Text]:
    for line in lines:
        for part in wrap(line, columns):
            yield Text(MARGIN, y, part, kind)
            y += SIZES[kind] * 1.5


def _legend(graph: LineageGraph, links: Sequence[Link], columns: int, y: float) -> tuple[Text, ...]:
    """Return the words of the legend; a mark or a sample of line stands left of each."""
    relations = {_relation(link.style) for link in links}
    words = [_LEGEND[r] for r in LETTERS if r in relations]
    words += [INFERRED] if any(link.style.endswith(" inferred") for link in links) else []
    words += [REMOVED] if any(m.is_removed for m in graph.members) else []
    words += [NAMED] if any(not m.is_observed for m in graph.members) else []
    found, x = [], MARGIN
    room = MARGIN + columns * SIZES["said"] * EM
    for word in words:
        text = Text(x + SAMPLE, y, word, "said")
        if x > MARGIN and text.rectangle[2] > room:
            x, y = MARGIN, y + 22
            text = Text(x + SAMPLE, y, word, "said")
        found.append(text)
        x = text.rectangle[2] + 22
    return tuple(found)


SAMPLE = 30.0
"""Room of a mark or line left of its word in the legend."""

INFERRED = "dashed: inferred, nobody declares it"
REMOVED = "removed, says the source"
NAMED = "only named: no source shows it"
_LEGEND = {
    "finetune": "fine-tune",
    "adapter": "adapter",
    "quantized": "quantized",
    "merge": "merge",
    "unspecified": "relation not said",
    "same_model": "same model, other place",
    SEVERAL: "several relations",
}
_BY_WORD = {word: relation for relation, word in _LEGEND.items()}


def _relation(style: str) -> str:
    return style.split(" ")[0]


def _letter(style: str) -> str:
    return LETTERS.get(_relation(style), "?")


def _letter_place(x: float, y: float) -> tuple[float, float]:
    return (x - SIZES["letter"] * EM / 2, y + SIZES["letter"] * 0.35)


def write_svg(picture: Picture) -> str:
    """Return the file's text."""
    x, y = picture.offset
    graph, drawing = picture.graph, picture.drawing
    size = f"{picture.width:.0f} {picture.height:.0f}"
    width, height = size.split()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {size}" role="img" aria-labelledby="title description">',
        f'<title id="title">Lineage of {escape(visible(graph.model_id))}</title>',
        f'<desc id="description">{escape(describe(graph))}</desc>',
        f"<style>{STYLE}</style>",
        '<rect class="page" width="100%" height="100%"/>',
        *(text.markup() for text in picture.head),
        *(part for text in picture.legend for part in _legend_entry(text)),
        f'<g transform="translate({x:.1f} {y:.1f})">',
        *(_stroke(stroke) for stroke in drawing.strokes),
        *(part for box in drawing.boxes for part in _box(box, picture.labels[box.key])),
        *(part for mark in drawing.marks for part in _mark(mark)),
        "</g>",
        *(text.markup() for text in picture.foot),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend_entry(text: Text) -> Iterator[str]:
    x, y = text.x - SAMPLE, text.y - 4
    if text.content in _BY_WORD:
        style = _BY_WORD[text.content]
        yield f'<path class="line {style}" d="M{x:.1f} {y:.1f}h{SAMPLE - 8:.1f}"/>'
        yield from _mark(Mark("", style, x + (SAMPLE - 8) / 2, y))
    elif text.content == INFERRED:
        yield f'<path class="line inferred" d="M{x:.1f} {y:.1f}h{SAMPLE - 8:.1f}"/>'
    else:
        css = "removed" if text.content == REMOVED else "named"
        yield f'<rect class="box {css}" x="{x:.1f}" y="{y - 6:.1f}" width="22" height="12" rx="3"/>'
    yield text.markup()


def _stroke(stroke: Stroke) -> str:
    (x0, y0), (x1, y1) = stroke.start, stroke.end
    if stroke.is_loop:
        far = x0 + LOOP
        way = f"C{far:.1f} {y0:.1f} {far:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    elif y0 == y1:
        way = f"L{x1:.1f} {y1:.1f}"
    else:
        half = (x0 + x1) / 2
        way = f"C{half:.1f} {y0:.1f} {half:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    path = f'<path class="line {stroke.style}" d="M{x0:.1f} {y0:.1f}{way}"/>'
    if not stroke.has_arrow:
        return path
    tip = f"M{x1 + 7:.1f} {y1 - 4:.1f}L{x1:.1f} {y1:.1f}l7 4"
    return f'{path}<path class="line tip {_relation(stroke.style)}" d="{tip}"/>'


def _box(box: Box, label: Label) -> Iterator[str]:
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    yield f"<g><title>{escape(label.title)}</title>"
    yield f'<rect class="box {label.css}" {place} rx="4"/>'
    yield from (text.markup() for text in label.texts(box))
    yield "</g>"


def _mark(mark: Mark) -> Iterator[str]:
    css = _relation(mark.style)
    yield f'<circle class="mark {css}" cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{MARK / 2 - 1:.1f}"/>'
    yield Text(*_letter_place(mark.x, mark.y), _letter(mark.style), "letter").markup()
