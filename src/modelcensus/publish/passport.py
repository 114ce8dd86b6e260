"""A passport on a terminal, as Markdown and as JSON, with what is not known in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from itertools import groupby

from rich.console import Console
from rich.markup import escape as escape_markup

from modelcensus.passports.lineage_graph import LineageGraph
from modelcensus.passports.passport import SIMULATED, Lineage, Passport
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.formats import escape_markdown
from modelcensus.publish.lineage_text import (
    BLANK,
    DOWN,
    Leaf,
    ancestor_lines,
    bases_text,
    below_lines,
    derivative_lines,
    graph_lines,
    root_lines,
)
from modelcensus.publish.lineage_words import cut_words, reach_words, told_line
from modelcensus.publish.passport_text import (
    Line,
    Section,
    gap_section,
    passport_sections,
    source_section,
)

BASES_SHOWN = 12
"""Lines of the tree of bases on a passport; `census lineage` draws all of them."""

PLAIN_WIDTH = 160
"""Columns of a lineage that is written to a file."""

ALARMS = ("removed", "attention")
"""States of gaps that stand above everything else, too."""

_LABEL_WIDTH = 11


def draw_passport(passport: Passport, out: Console) -> None:
    """Draw a passport: who and what, its terms, its lineage, its counts, and what is not known."""
    gaps = gap_section(passport)
    _draw_head(passport, "model passport", out)
    for line in gaps.lines:
        if line.label in ALARMS:
            _draw_line(line, out, _LABEL_WIDTH)
    listed = f"{len(gaps.lines)} things are not known or not checked: see below"
    out.print(f"[magenta]{listed}[/]")
    sections = passport_sections(passport)
    before = [s for s in sections if not s.title.startswith(("Counters", "Odd"))]
    for section in before:
        _draw_section(section, out)
    for lineage in passport.lineage:
        _draw_lineage(passport, lineage, out, BASES_SHOWN)
    for section in (*sections[len(before) :], gaps):
        _draw_section(section, out)
    _draw_sources(source_section(passport), out)


def draw_lineage(passport: Passport, graphs: Sequence[LineageGraph], out: Console) -> None:
    """Draw the lineage of a model, frame by frame: as many steps up and down as were asked for."""
    _draw_head(passport, "lineage", out)
    said = {lineage.frame: lineage for lineage in passport.lineage}
    for graph in graphs:
        if graph.frame in said:
            _draw_graph(passport, said[graph.frame], graph, out)
        elif graph.frame:
            out.print(f"\n[bold cyan]Lineage in {_shown(graph.frame)}[/]")
            _draw_line(Line("built on", told_line(graph)), out, _LABEL_WIDTH)
    lines = [g for g in gap_section(passport).lines if g.topic in ("bases", "lineage")]
    _draw_section(Section("Not known, not checked", tuple(lines), passport.notice), out)


def lineage_plain(passport: Passport, graphs: Sequence[LineageGraph]) -> bytes:
    """Return what `draw_lineage` draws as a text file."""
    text = StringIO()
    draw_lineage(passport, graphs, Console(file=text, width=PLAIN_WIDTH, emoji=False))
    return text.getvalue().encode()


def _draw_graph(passport: Passport, lineage: Lineage, graph: LineageGraph, out: Console) -> None:
    out.print(f"\n[bold cyan]Lineage in {_shown(lineage.frame)}[/]")
    _draw_line(Line("built on", bases_text(passport, lineage)), out, _LABEL_WIDTH)
    _draw_leaves(list(graph_lines(graph, is_above=True)), out)
    for label, text in (*root_lines(lineage), *below_lines(lineage)):
        _draw_line(Line(label, text), out, _LABEL_WIDTH)
    _draw_leaves(list(graph_lines(graph, is_above=False)), out)
    _draw_line(Line("drawn", f"{reach_words(graph)}."), out, _LABEL_WIDTH)
    if cut_words(graph):
        _draw_line(Line("cut", cut_words(graph), style="magenta"), out, _LABEL_WIDTH)


def _draw_head(passport: Passport, what: str, out: Console) -> None:
    out.print(f"[bold]{_shown(passport.model_id)}[/]  [dim]on {passport.hub}[/]", soft_wrap=True)
    out.print(f"[dim]{what} from release {_shown(passport.release)}[/]")
    if passport.is_simulated:
        out.print(f"[bold red]{SIMULATED}[/]")
    if passport.asked_as != passport.model_id:
        out.print(f"[yellow]{_shown(passport.asked_as)} is a former name of it[/]", soft_wrap=True)


def _draw_section(section: Section, out: Console) -> None:
    out.print(f"\n[bold cyan]{_shown(section.title)}[/]")
    width = max([_LABEL_WIDTH, *(len(line.label) for line in section.lines)])
    for line in section.lines:
        _draw_line(line, out, width)
    if section.notice:
        _draw_folded([(section.notice, "bold")], "  ", "  ", out)


def _draw_line(line: Line, out: Console, width: int) -> None:
    label = f"[{line.style or 'dim'}]{_shown(line.label)}[/]{' ' * (width - len(line.label))}"
    parts = [(line.text, "")] + ([(line.note, "dim")] if line.note else [])
    _draw_folded(parts, f"  {label}  ", " " * (width + 4), out)


def _draw_folded(parts: Sequence[tuple[str, str]], first: str, further: str, out: Console) -> None:
    """Draw styled texts with a hanging indent; a word that is too long stands on its own line.

    Args:
        parts: (text, style) one after another.
        first: what stands before the first line, marked up; as wide as `further`.
        further: what stands before the lines after it, plain.
        out: where to.
    """
    room = max(20, out.width - len(further))
    lines: list[list[tuple[str, str]]] = [[]]
    used = 0
    for text, style in parts:
        for place, word in enumerate(text.split()):
            gap = 0 if not lines[-1] else 1 if place else 2
            if used + gap + len(word) > room and lines[-1]:
                lines.append([])
                used, gap = 0, 0
            lines[-1].append((" " * gap + word, style))
            used += gap + len(word)
    for place, words in enumerate(lines):
        out.print((further if place else first) + _marked(words), soft_wrap=True)


def _marked(words: Sequence[tuple[str, str]]) -> str:
    """Return words as marked-up text, neighbours of one style together."""
    runs = groupby(words, key=lambda word: word[1])
    texts = ((style, _shown("".join(text for text, _ in run))) for style, run in runs)
    return "".join(f"[{style}]{text}[/]" if style else text for style, text in texts)


def _draw_sources(section: Section, out: Console) -> None:
    """Draw each page on lines of its own: addresses are long, and are not to be cut."""
    out.print(f"\n[bold cyan]{section.title}[/]")
    for line in section.lines:
        _draw_folded([(line.label, ""), (line.note, "dim")], "  ", "  ", out)
        out.print(f"    {_shown(line.text)}", soft_wrap=True)


def _draw_lineage(passport: Passport, lineage: Lineage, out: Console, most: int) -> None:
    out.print(f"\n[bold cyan]Lineage in {_shown(lineage.frame)}[/]")
    leaves = list(ancestor_lines(passport.model_id, lineage))
    _draw_line(Line("built on", bases_text(passport, lineage)), out, _LABEL_WIDTH)
    _draw_leaves(leaves[:most], out)
    if len(leaves) > most:
        hint = f"{len(leaves) - most} more: census lineage {passport.model_id}"
        out.print(f"  [dim]{_shown(hint)}[/]", soft_wrap=True)
    for label, text in root_lines(lineage):
        _draw_line(Line(label, text), out, _LABEL_WIDTH)
    for label, text in below_lines(lineage):
        _draw_line(Line(label, text), out, _LABEL_WIDTH)
    _draw_leaves(list(derivative_lines(lineage)), out)


def _draw_leaves(leaves: Sequence[Leaf], out: Console) -> None:
    """Draw a tree: the note beside the name where there is room, else below it."""
    for leaf in leaves:
        name = f"  [dim]{leaf.guides}[/]{_shown(leaf.text)}"
        if len(leaf.guides) + len(leaf.text) + len(leaf.note) + 4 <= out.width:
            out.print(f"{name}  [dim]{_shown(leaf.note)}[/]", soft_wrap=True)
            continue
        out.print(name, soft_wrap=True)
        below = "  " + "".join(DOWN if part in "├│" else BLANK for part in leaf.guides[::3])
        _draw_folded([(leaf.note, "dim")], below, below, out)


def _shown(text: str) -> str:
    return escape_markup(visible(text))


def _in_markdown(text: str) -> str:
    return escape_markdown(visible(text))


def passport_json(passport: Passport) -> bytes:
    """Return the whole passport as JSON."""
    return (passport.to_json() + "\n").encode()


def passport_markdown(passport: Passport) -> bytes:
    """Return the whole passport as Markdown."""
    lines = [f"# {_in_markdown(passport.model_id)}", ""]
    lines += [f"Model passport from release {passport.release}, hub {passport.hub}."]
    lines += ["", f"**{SIMULATED}**"] if passport.is_simulated else []
    sections = [gap_section(passport), *passport_sections(passport)]
    for section in sections:
        lines += _markdown_section(section)
    for lineage in passport.lineage:
        lines += _markdown_lineage(passport, lineage)
    lines += _markdown_section(source_section(passport))
    lines += ["", f"**{passport.notice}**"]
    return ("\n".join(lines) + "\n").encode()


def _markdown_section(section: Section) -> list[str]:
    lines = ["", f"## {_in_markdown(section.title)}", ""]
    for line in section.lines:
        note = f" ({_in_markdown(line.note)})" if line.note else ""
        lines.append(f"- **{_in_markdown(line.label)}**: {_in_markdown(line.text)}{note}")
    return lines + (["", _in_markdown(section.notice)] if section.notice else [])


def _markdown_lineage(passport: Passport, lineage: Lineage) -> list[str]:
    lines = ["", f"## Lineage in {_in_markdown(lineage.frame)}", ""]
    leaves = list(ancestor_lines(passport.model_id, lineage))
    said = [("built on", bases_text(passport, lineage)), *root_lines(lineage)]
    lines += [f"- **{label}**: {_in_markdown(text)}" for label, text in said]
    lines += _markdown_leaves(leaves, 1)
    below = below_lines(lineage)
    lines += [f"- **{label}**: {_in_markdown(text)}" for label, text in below]
    return lines + _markdown_leaves(derivative_lines(lineage), 1)


def _markdown_leaves(leaves: Iterable[Leaf], deeper: int = 0) -> list[str]:
    return [
        f"{'  ' * (len(leaf.guides) // 3 - 1 + deeper)}- {_in_markdown(leaf.text)}"
        f" ({_in_markdown(leaf.note)})"
        for leaf in leaves
    ]


FORMATS: dict[str, Callable[[Passport], bytes]] = {
    "json": passport_json,
    "md": passport_markdown,
}
"""Written formats of a passport; `table` is drawn, and CycloneDX is made in `passports.bom`."""
