"""A spread as one SVG file: a specification curve with published figures and the choices below.

Above, a mark per definition and subject, in the order of the first subject's share; beside it the
published shares, hollow, at their height. Below, which words each definition is made of. Nothing is
told by colour alone: each subject has a shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.defensible import VARIED
from modelcensus.contracts.figure import Figure, percent
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.spread_style import STYLE, shape
from modelcensus.publish.svg_text import EM, SIZES, Text, columns_of, wrap

MARGIN = 28.0
WIDTH = 1180.0
LEFT, RIGHT = 214.0, 880.0
"""Where the marks of definitions begin and end; words stand left, published figures right."""
TALL = 300.0
PUBLISHED_X = 906.0
LABEL_X = 930.0
LABEL_ROOM = WIDTH - MARGIN - LABEL_X
ROW = 14.0
TICK = 9.0


@dataclass(frozen=True)
class Picture:
    """A spread ready to be written.

    Attributes:
        texts: every text at its place; no two of them overlap.
        parts: all elements but the texts, in drawing order.
    """

    figure: Figure
    texts: tuple[Text, ...]
    parts: tuple[str, ...]
    height: float


def spread_svg(figure: Figure) -> bytes:
    """Return the picture of a spread as an SVG file."""
    picture = picture_of(figure)
    size = f"{WIDTH:.0f} {picture.height:.0f}"
    width, height = size.split()
    title = _title(figure)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {size}" role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(_description(figure))}</desc>',
        f"<style>{STYLE}</style>",
        '<rect class="page" width="100%" height="100%"/>',
        *picture.parts,
        *(text.markup() for text in picture.texts),
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


def picture_of(figure: Figure) -> Picture:
    """Return the drawing of a spread: definitions with shares of their own, left to right."""
    rows = [r for r in figure.records() if r["same_as"] is None]
    subjects = figure.contract.subjects
    texts = list(_head(figure, len(rows)))
    plot = Plot(texts[-1].y + 52, _top_share(figure, rows, subjects), len(rows))
    texts += _legend(figure, plot.y - 28)
    parts = [*_axes(plot, texts), *_asked(plot, rows, texts)]
    parts += _marks(plot, rows, subjects)
    parts += _published(plot, figure.details["published"], subjects, texts)
    bottom = _matrix(plot, rows, parts, texts)
    texts += _column(_foot(figure, rows), "note", bottom + 26)
    return Picture(figure, tuple(texts), tuple(parts), texts[-1].y + MARGIN)


@dataclass(frozen=True)
class Plot:
    """Where shares and definitions lie.

    Attributes:
        y: top of the plot.
        top: the share at the top.
        count: definitions from left to right.
    """

    y: float
    top: float
    count: int

    def x_of(self, place: int) -> float:
        """Return the middle of a definition's column."""
        return LEFT + (RIGHT - LEFT) * (place + 0.5) / max(self.count, 1)

    def y_of(self, share: float) -> float:
        """Return the height of a share."""
        return self.y + TALL * (1 - share / self.top)

    @property
    def radius(self) -> float:
        """Return the size of a mark: smaller where there are many."""
        return max(1.3, min(3.4, 0.42 * (RIGHT - LEFT) / max(self.count, 1)))


def _title(figure: Figure) -> str:
    subjects = " v ".join(visible(s) for s in figure.contract.subjects)
    return f"{subjects}: one question under {figure.coverage['definitions']} definitions"


def _description(figure: Figure) -> str:
    published = "; ".join(
        f"{visible(p['subject'])} {percent(p['share'])} by {visible(p['source'])}"
        for p in figure.details["published"]
    )
    return f"{figure.finding} Published beside it: {published or 'nothing'}."


def _head(figure: Figure, distinct: int) -> Iterator[Text]:
    yield Text(MARGIN, MARGIN + 14, _title(figure), "head")
    y = MARGIN + 36
    if figure.is_simulated:
        yield Text(MARGIN, y, "SIMULATED DATA", "alarm")
        y += 22
    asked = Contract.from_dict(figure.contract.to_dict()).sentence()
    lines = [
        f"As asked: {visible(asked)}",
        f"Each column below is one of the {distinct} definitions that have shares of their own; "
        f"{figure.coverage['definitions'] - distinct} more give the same as one of them.",
    ]
    yield from _column(lines, "said", y)


def _column(lines: Sequence[str], kind: str, y: float) -> Iterator[Text]:
    columns = int((WIDTH - 2 * MARGIN) / (SIZES[kind] * EM))
    for line in lines:
        for part in wrap(line, columns, " "):
            yield Text(MARGIN, y, part, kind)
            y += SIZES[kind] * 1.5


def _legend(figure: Figure, y: float) -> list[Text]:
    """Return the words of the legend; `_axes` draws a mark left of each."""
    found: list[Text] = []
    x = LEFT + 14
    for subject in figure.contract.subjects:
        span = figure.details["spans"].get(subject)
        shares = f" {percent(span['lowest'])} to {percent(span['highest'])}" if span else ""
        found.append(Text(x, y, f"{visible(subject)}{shares}", "name"))
        x = found[-1].rectangle[2] + 40
    return found


def _top_share(figure: Figure, rows: Sequence[dict[str, Any]], subjects: Sequence[str]) -> float:
    shares = [r[f"share_{s}"] or 0.0 for r in rows for s in subjects]
    shares += [p["share"] for p in figure.details["published"]]
    return min(1.0, (int(max([*shares, 0.05]) * 10) + 1) / 10)


def _axes(plot: Plot, texts: list[Text]) -> Iterator[str]:
    legend = [t for t in texts if t.kind == "name"]
    for place, text in enumerate(legend):
        mark = f"M{text.x - 12:.1f} {text.y - 4:.1f}{shape(place, 4)}"
        yield f'<path class="mark s{place}" d="{mark}"/>'
    for step in range(round(plot.top * 10) + 1):
        y = plot.y_of(step / 10)
        yield f'<path class="grid" d="M{LEFT - 6:.1f} {y:.1f}H{PUBLISHED_X + 10:.1f}"/>'
        label = f"{10 * step} %"
        x = LEFT - 14 - columns_of(label) * SIZES["note"] * EM
        texts.append(Text(x, y + 3.5, label, "note"))
    texts.append(Text(MARGIN, plot.y + 3.5, "share", "letter"))
    texts.append(Text(LABEL_X, plot.y - 28, "Published (other models,", "letter"))
    texts.append(Text(LABEL_X, plot.y - 15, "times or denominators):", "letter"))


def _asked(plot: Plot, rows: Sequence[dict[str, Any]], texts: list[Text]) -> Iterator[str]:
    for place, row in enumerate(rows):
        if row["is_as_asked"]:
            x = plot.x_of(place)
            yield f'<path class="asked" d="M{x:.1f} {plot.y - 8:.1f}V{plot.y + TALL + 8:.1f}"/>'
            width = columns_of("as asked") * SIZES["note"] * EM
            texts.append(Text(min(max(x - width / 2, LEFT), RIGHT - width), plot.y - 11,
                              "as asked", "note"))  # fmt: skip


def _marks(plot: Plot, rows: Sequence[dict[str, Any]], subjects: Sequence[str]) -> Iterator[str]:
    for place, row in enumerate(rows):
        x = plot.x_of(place)
        yield f"<g><title>{escape(_told(row, subjects))}</title>"
        for i, subject in enumerate(subjects):
            share = row[f"share_{subject}"]
            if share is not None:
                at = f"M{x:.2f} {plot.y_of(share):.2f}{shape(i, plot.radius)}"
                yield f'<path class="mark s{i}" d="{at}"/>'
        yield "</g>"


def _told(row: dict[str, Any], subjects: Sequence[str]) -> str:
    shares = ", ".join(f"{visible(s)} {percent(row[f'share_{s}'])}" for s in subjects)
    words = ", ".join(f"{n} {visible(row[n])}" for n in VARIED if row[n] is not None)
    return f"{shares}: {words} (definition {row['definition']})"


def _published(
    plot: Plot,
    published: Sequence[dict[str, Any]],
    subjects: Sequence[str],
    texts: list[Text],
) -> Iterator[str]:
    """Draw hollow marks at their height, each with a label that none other touches."""
    columns = int(LABEL_ROOM / (SIZES["note"] * EM))
    ordered = sorted(published, key=lambda p: (-p["share"], p["claim_id"]))
    labels = [_label(p, columns) for p in ordered]
    for claim, lines, y in zip(
        ordered, labels, _apart(plot, ordered, [len(n) for n in labels]), strict=True
    ):
        place, at = subjects.index(claim["subject"]), plot.y_of(claim["share"])
        lead = f"M{PUBLISHED_X + 5:.1f} {at:.1f}L{LABEL_X - 4:.1f} {y - 3:.1f}"
        yield f'<path class="lead" d="{lead}"/>'
        title = f"{visible(claim['scope'])}; {visible(claim['evidence_url'])}"
        yield f"<g><title>{escape(title)}</title>"
        mark = f"M{PUBLISHED_X:.1f} {at:.1f}{shape(place, 4.5)}"
        yield f'<path class="open s{place}" d="{mark}"/></g>'
        for number, line in enumerate(lines):
            texts.append(Text(LABEL_X, y + 12.5 * number, line, "note" if number else "letter"))


def _label(claim: dict[str, Any], columns: int) -> list[str]:
    head = f"{visible(claim['subject'])} {percent(claim['share'])}, {visible(claim['period'])}"
    return [*wrap(head, columns, " "), *wrap(visible(claim["source"]), columns, " ")[:2]]


def _apart(plot: Plot, claims: Sequence[dict[str, Any]], lines: Sequence[int]) -> list[float]:
    """Return the first baselines of labels from top to bottom, near their marks, none touching."""
    found: list[float] = []
    lowest = plot.y + 8
    for claim, count in zip(claims, lines, strict=True):
        found.append(max(lowest, plot.y_of(claim["share"]) + 3))
        lowest = found[-1] + 12.5 * count + 6
    floor = plot.y + TALL + 60
    for i in range(len(found) - 1, -1, -1):
        found[i] = max(
            min(found[i], floor - 12.5 * lines[i]), plot.y + 8 if i == 0 else found[i - 1]
        )
        floor = found[i] - 6
    return found


def _matrix(
    plot: Plot, rows: Sequence[dict[str, Any]], parts: list[str], texts: list[Text]
) -> float:
    """Draw which words each definition is made of; return where it ends."""
    y = plot.y + TALL + 34
    wide = max(1.0, min(5.0, 0.75 * (RIGHT - LEFT) / max(plot.count, 1)))
    box = f"h{wide:.2f}v{TICK:.2f}h-{wide:.2f}z"
    for name, words in _varied(rows).items():
        texts.append(Text(MARGIN, y + 3.5, name.replace("_", " "), "letter"))
        y += ROW
        for number, word in enumerate(words):
            if number % 2 == 0:
                band = f'x="{LEFT:.1f}" y="{y - ROW / 2:.1f}" width="{RIGHT - LEFT:.1f}"'
                parts.append(f'<rect class="band" {band} height="{ROW:.1f}"/>')
            texts.append(Text(MARGIN + 12, y + 3.5, visible(word)[:28], "note"))
            ticks = "".join(
                f"M{plot.x_of(i) - wide / 2:.2f} {y - TICK / 2:.2f}{box}"
                for i, row in enumerate(rows)
                if row[name] == word
            )
            parts.append(f'<path class="tick" d="{ticks}"/>')
            y += ROW
        y += 5
    return y


def _varied(rows: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the fields that differ between definitions, with the words in use."""
    found = {}
    for name in VARIED:
        words = list(dict.fromkeys(sorted(r[name] for r in rows if r[name] is not None)))
        if len(words) > 1:
            found[name] = words
    return found


def _foot(figure: Figure, rows: Sequence[dict[str, Any]]) -> list[str]:
    same = [
        f"{name} {visible(words.pop())}"
        for name in VARIED
        if len(words := {r[name] for r in rows if r[name] is not None}) == 1
    ]
    lines = [f"In all of them: {', '.join(same)}."] if same else []
    if row := figure.sensitivity.get("hangs_on"):
        lines.append(
            f"As asked it hangs on the register row {visible(row['row_id'])} "
            f"({percent(row['share_moved'])}); read as {visible(row['alternative'])}: "
            + ", ".join(f"{visible(g)} {percent(s)}" for g, s in row["shares"].items())
            + "."
        )
    lines += [f"Does not show {text}." for text in figure.does_not_show[:3]]
    return [*lines, visible(figure.cite())]
