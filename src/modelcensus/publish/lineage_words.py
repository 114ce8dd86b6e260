"""What a drawn lineage says in words: captions, facts beside a model, what is put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelcensus.passports.lineage_graph import DRAWN, LineageGraph, Member, Rest
from modelcensus.publish.foreign_text import visible

SEVERAL = "several"
"""Relation of a line to what is put together, where there is more than one."""

DECLARED_BY = "declared by publishers, not verified"


@dataclass(frozen=True)
class Line:
    """A line of the drawing between two boxes.

    Attributes:
        parent, child: keys of the boxes; a model's key is its id, others' begin with a line break.
        relation, kind: as of the edge.
        layer: where the box at its other end stands, when that is no model.
        is_rest: whether that is what was put together, or a reference to no repository.
        text: the reference.
    """

    parent: str
    child: str
    relation: str
    kind: str
    layer: int | None = None
    is_rest: bool = False
    text: str = ""

    @property
    def style(self) -> str:
        """Return relation and kind as one word or two: lines that differ in it never join."""
        return self.relation if self.kind == "declared" else f"{self.relation} inferred"

    @property
    def near(self) -> str:
        """Return the model at the one end, where there is none at the other."""
        return self.child if self.parent.startswith("\n") else self.parent

    @property
    def key(self) -> str:
        """Return the key of the box at the other end."""
        return self.parent if self.parent.startswith("\n") else self.child


def links_of(graph: LineageGraph) -> list[Line]:
    """Return every line of the drawing: edges, references to no repository, what is put together.

    A model that names itself has no line.
    """
    layers = {m.model_id: m.layer for m in graph.members}
    lines = []
    for edge in graph.edges:
        if edge.base is not None:
            if edge.base != edge.child:
                lines.append(Line(edge.base, edge.child, edge.relation, edge.kind))
            continue
        key, layer = f"\nreference {edge.child}\n{edge.reference}", layers[edge.child] - 1
        lines.append(Line(key, edge.child, edge.relation, edge.kind, layer, False, edge.reference))
    for rest in graph.rests:
        key = f"\nrest {rest.of}\n{rest.is_above}"
        ends = (key, rest.of) if rest.is_above else (rest.of, key)
        relation = rest.relations[0][0] if len(rest.relations) == 1 else SEVERAL
        layer = layers[rest.of] + (-1 if rest.is_above else 1)
        lines.append(Line(*ends, relation, rest.kind, layer, True))
    return lines


def facts_of(graph: LineageGraph, member: Member) -> str:
    """Return what stands below a model's name; of natural persons nothing is known here."""
    words = []
    if member.developer != "unknown":
        words.append(f"{visible(member.developer)}, {member.country}")
    if member.licence:
        words.append(visible(member.licence))
    elif member.licence_class == "L9":
        words.append("no licence declared")
    words += [] if member.downloads is None else [f"{member.downloads:,}"]
    words += ["REMOVED"] if member.is_removed else []
    words += [] if member.is_observed else ["only named"]
    if any(e.base == e.child == member.model_id for e in graph.edges):
        words.append("names itself as its base")
    return " · ".join(words)


def rest_text(rest: Rest) -> tuple[str, str]:
    """Return how many models are put together, and how many by relation."""
    counts = ", ".join(f"{n:,} {relation.replace('_', ' ')}" for relation, n in rest.relations)
    return f"and {rest.models:,} more", counts


def caption_lines(graph: LineageGraph) -> Iterator[str]:
    """Yield what the drawing shows, from where, and how far it goes."""
    if graph.frame:
        yield f"Frame {visible(graph.frame)}, {graph.label}; release {graph.release}"
        yield f"Bases stand left of what is built on them, as {DECLARED_BY}."
    else:
        yield f"Release {graph.release}"
    counted = f" Numbers are {graph.metric} at {graph.label}." if graph.metric else ""
    yield f"{reach_words(graph)}.{counted}"
    if graph.rests or graph.is_limited:
        yield cut_words(graph)


def reach_words(graph: LineageGraph) -> str:
    """Return how many steps up and down were asked for."""
    up, down = (
        "all steps" if steps is None else "1 step" if steps == 1 else f"{steps:,} steps"
        for steps in (graph.reach.up, graph.reach.down)
    )
    return f"Asked for {up} up and {down} down"


def cut_words(graph: LineageGraph) -> str:
    """Return what is not drawn one by one; empty when all is."""
    if not graph.rests and not graph.is_limited:
        return ""
    parts = []
    if graph.rests:
        parts.append(
            f"{len(graph.members):,} models are drawn one by one, {DRAWN} at most, the largest "
            f"of each column; {graph.hidden:,} others beside them are put together, each counted "
            "beside every model it joins, and what is beyond those is not drawn"
        )
    if graph.is_limited:
        parts.append("the walk ended at the setting passport_models")
    return "; ".join(parts) + "."


def told_line(graph: LineageGraph) -> str:
    """Return why there is nothing to draw but the model; empty when there is."""
    if not graph.frame:
        return "Not known: no source of this release tells what its models are built on."
    if graph.is_told:
        return ""
    if graph.is_known:
        return "Nothing is declared: it names no base, and no model shown here names it."
    return "Not known: this frame does not show it, and no model of it names it."


def end_lines(graph: LineageGraph) -> Iterator[str]:
    """Yield what no lineage says."""
    yield (
        "A derivative's bases outside of this drawing are not in it. Numbers beside a model are "
        "its own, not those of what is built on it."
    )
    yield graph.notice


def describe(graph: LineageGraph) -> str:
    """Return the drawing in words, for those who do not see it."""
    above = [m.model_id for m in graph.members if m.layer < 0]
    below = [m.model_id for m in graph.members if m.layer > 0]
    parts = [*caption_lines(graph)]
    parts += [told_line(graph)] if told_line(graph) else []
    parts.append(f"Built on {_list(above)}.")
    parts.append(f"Built on it: {_list(below)}.")
    return " ".join(parts)


def _list(ids: list[str], most: int = 10) -> str:
    if not ids:
        return "nothing that is drawn"
    shown = ", ".join(visible(i) for i in ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most:,} more"
