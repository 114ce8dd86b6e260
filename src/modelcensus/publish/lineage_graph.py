"""A lineage as a file: JSON for programs, DOT for Graphviz, SVG for readers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from modelcensus.errors import SettingsError
from modelcensus.passports.lineage_graph import LineageGraph, Member
from modelcensus.passports.passport import SIMULATED, Passport
from modelcensus.publish.foreign_text import visible
from modelcensus.publish.lineage_svg import lineage_svg
from modelcensus.publish.lineage_words import (
    DECLARED_BY,
    caption_lines,
    cut_words,
    facts_of,
    links_of,
    rest_text,
    told_line,
)


def lineage_json(passport: Passport, graphs: tuple[LineageGraph, ...]) -> bytes:
    """Return what a passport says of the lineage, and each frame's graph with nodes and edges."""
    whole = passport.to_dict()
    kept = ("release", "hub", "model_id", "is_simulated", "lineage", "notice")
    frames = {graph.frame for graph in graphs}
    said = {name: whole[name] for name in kept}
    if said["lineage"]:
        said["lineage"] = [one for one in said["lineage"] if one["frame"] in frames]
    said["graphs"] = [_graph(graph) for graph in graphs]
    return (json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _graph(graph: LineageGraph) -> dict[str, Any]:
    """Return a graph as plain values; bases are `null` where a reference names no repository."""
    return {
        "frame": graph.frame,
        "label": graph.label,
        "is_simulated": graph.is_simulated,
        "up": graph.reach.up,
        "down": graph.reach.down,
        "metric": graph.metric,
        "says": told_line(graph) or f"as {DECLARED_BY}",
        "nodes": [asdict(member) for member in graph.members],
        "edges": [asdict(edge) for edge in graph.edges],
        "not_drawn": [
            {
                "of": rest.of,
                "direction": "bases" if rest.is_above else "derivatives",
                "kind": rest.kind,
                "models": rest.models,
                "relations": dict(rest.relations),
            }
            for rest in graph.rests
        ],
        "is_limited": graph.is_limited,
        "cut": cut_words(graph),
    }


def lineage_dot(graph: LineageGraph) -> bytes:
    """Return a graph in the language of Graphviz; lines run from a base to what is built on it."""
    title = [f"Lineage of {visible(graph.model_id)}"]
    title += [SIMULATED] if graph.is_simulated else []
    title += [*caption_lines(graph)] + ([told_line(graph)] if told_line(graph) else [])
    lines = [
        "digraph lineage {",
        "  rankdir=LR;",
        f"  label={quoted(*title, graph.notice)};",
        '  labelloc=t; labeljust=l; fontname="monospace";',
        '  node [shape=box, fontname="monospace", fontsize=10];',
        '  edge [fontname="monospace", fontsize=9];',
    ]
    names: dict[str, str] = {}
    for place, member in enumerate(graph.members):
        names[member.model_id] = f"m{place}"
        label = quoted(member.model_id, facts_of(graph, member))
        lines.append(f"  m{place} [label={label}{_look(member)}];")
    rests = {(rest.of, rest.is_above): rest for rest in graph.rests}
    for place, link in enumerate(links_of(graph)):
        if link.layer is not None:
            names[link.key] = f"x{place}"
            rest = rests[(link.near, link.near == link.child)] if link.is_rest else None
            texts = rest_text(rest) if rest else (link.text, "names no repository")
            style = "rounded" if rest else "dotted"
            lines.append(f'  x{place} [label={quoted(*texts)}, style="{style}"];')
        style = "dashed" if link.kind == "inferred" else "solid"
        said = quoted(f"{link.relation.replace('_', ' ')}{', inferred' * (style == 'dashed')}")
        ends = f"{names[link.parent]} -> {names[link.child]}"
        lines.append(f'  {ends} [label={said}, style="{style}"];')
    return ("\n".join([*lines, "}"]) + "\n").encode()


def _look(member: Member) -> str:
    if member.layer == 0:
        return ", penwidth=2"
    if member.is_removed:
        return ', style="dashed"'
    return "" if member.is_observed else ', style="dotted"'


def quoted(*lines: str) -> str:
    """Return lines as one quoted string of a label, in which Graphviz reads nothing as its own.

    Backslashes and quotes are escaped, `&` is written as the entity it would begin, and what
    no terminal should obey is replaced. Empty lines are left out. A quoted string is never taken
    as a label in HTML.
    """
    safe = (
        visible(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
        for line in lines
        if line
    )
    return '"' + "\\n".join(safe) + '"'


PICTURES: dict[str, Callable[[LineageGraph], bytes]] = {"dot": lineage_dot, "svg": lineage_svg}
"""Formats that show one frame."""


def lineage_picture(format_: str, graphs: tuple[LineageGraph, ...]) -> bytes:
    """Return the picture of one graph.

    Raises:
        SettingsError: there are graphs of several frames.
    """
    if len(graphs) > 1:
        raise SettingsError(
            f"{len(graphs)} frames tell of this model, and a picture shows one",
            next_step=f"--frame, one of: {', '.join(graph.frame for graph in graphs)}",
        )
    return PICTURES[format_](graphs[0])
