"""A lineage drawn as text: the bases above a model, each with its reason, and what is below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from modelcensus.passports.lineage_graph import LineageGraph, Member
from modelcensus.passports.passport import Edge, Lineage, Passport, Relative, Root

BRANCH, LAST, DOWN, BLANK = "├─ ", "└─ ", "│  ", "   "


@dataclass(frozen=True)
class Leaf:
    """One line of a tree: the guides before it, the text, and what is said dimly after it."""

    guides: str
    text: str
    note: str = ""


def ancestor_lines(model_id: str, lineage: Lineage) -> Iterator[Leaf]:
    """Yield the bases above a model as a tree; a model met again is not opened again."""
    relatives: Known = {r.model_id: r for r in lineage.ancestors}
    yield from _branches(model_id, _steps_up(lineage.edges, relatives), "", {model_id})


def graph_lines(graph: LineageGraph, *, is_above: bool) -> Iterator[Leaf]:
    """Yield a graph's bases, or what is built on the model, as a tree with what is put together."""
    if (graph.reach.up if is_above else graph.reach.down) == 0:
        return
    known: Known = {m.model_id: m for m in graph.members}
    steps = _steps_up(graph.edges, known) if is_above else _steps_down(graph)
    for rest in graph.rests:
        if rest.is_above == is_above:
            counts = ", ".join(f"{n:,} {r.replace('_', ' ')}" for r, n in rest.relations)
            steps.setdefault(rest.of, []).append(_Step("", f"and {rest.models:,} more", counts))
    yield from _branches(graph.model_id, steps, "", {graph.model_id})


Known = Mapping[str, Relative | Member]


@dataclass(frozen=True)
class _Step:
    """A branch of a tree: the model it leads to, empty for none, its text and its note."""

    model_id: str
    text: str
    note: str


def _steps_up(edges: Iterable[Edge], known: Known) -> dict[str, list[_Step]]:
    steps: dict[str, list[_Step]] = {}
    for edge in edges:
        note = edge_reason(edge, known.get(edge.base or ""))
        step = _Step(edge.base or "", edge.base or edge.reference, note)
        steps.setdefault(edge.child, []).append(step)
    return steps


def _steps_down(graph: LineageGraph) -> dict[str, list[_Step]]:
    """Return what is built on each model, the largest first."""
    places = {m.model_id: (place, m) for place, m in enumerate(graph.members)}
    steps: dict[str, list[_Step]] = {}
    for edge in sorted(graph.edges, key=lambda e: places[e.child][0]):
        child = places[edge.child][1]
        count = "no count" if child.downloads is None else f"{child.downloads:,} {graph.metric}"
        step = _Step(edge.child, edge.child, f"{edge_reason(edge, child)}; {count}")
        steps.setdefault(edge.base or "", []).append(step)
    return steps


def _branches(
    name: str, steps: Mapping[str, Sequence[_Step]], guides: str, met: set[str]
) -> Iterator[Leaf]:
    """Yield the branches of a model; an explicit stack, so that no chain is too long."""
    waiting = [(guides, step, step is steps[name][-1]) for step in steps.get(name, ())][::-1]
    while waiting:
        guides, step, is_last = waiting.pop()
        is_again = step.model_id in met
        is_opened = bool(step.model_id) and not is_again
        met.add(step.model_id or "\n")
        note = f"{step.note}, as above" if is_again else step.note
        yield Leaf(guides + (LAST if is_last else BRANCH), step.text, note)
        further = steps.get(step.model_id, ()) if is_opened else ()
        below = guides + (BLANK if is_last else DOWN)
        waiting += [(below, one, one is further[-1]) for one in further][::-1]


def edge_reason(edge: Edge, other: Relative | Member | None) -> str:
    """Return an edge's relation, who says so, what is known of its other end, and the verdict."""
    if edge.kind == "inferred":
        said = f"inferred, {edge.confidence} confidence: {edge.rule}"
    else:
        said = f"declared in {' and '.join(_SOURCES[s] for s in edge.sources)}"
    words = [edge.relation.replace("_", " "), said]
    if edge.base is None:
        words.append("names no repository")
    if other is not None:
        if other.developer not in ("", "unknown"):
            words.append(f"{other.developer}, {other.country}")
        if other.licence:
            words.append(other.licence)
        words += ["removed"] if other.is_removed else []
        words += [] if other.is_observed else ["only named"]
    if edge.verdict not in ("", "unknown"):
        words.append(edge.verdict + (f" ({', '.join(edge.duties)})" if edge.duties else ""))
    elif edge.verdict:
        words.append("terms unknown")
    return "; ".join(words)


_SOURCES = {"base_models": "the hub's record", "tag": "a tag", "card": "the card"}


def root_lines(lineage: Lineage) -> Iterator[tuple[str, str]]:
    """Yield (reading, roots): where the chains begin, when only declared edges count or all do."""
    by_reading: dict[str, list[Root]] = {}
    for root in lineage.roots:
        by_reading.setdefault(root.reading, []).append(root)
    readings = list(by_reading.items())
    if len(readings) == 2 and _named(readings[0][1]) == _named(readings[1][1]):
        yield "roots", f"{_roots(readings[0][1])} (declared and inferred alike)"
        return
    for reading, roots in readings:
        yield f"roots, {reading}", _roots(roots)


def _named(roots: Sequence[Root]) -> list[str]:
    return [r.model_id for r in roots]


def _roots(roots: Sequence[Root], most: int = 6) -> str:
    shown = ", ".join(_root(r) for r in roots[:most])
    return shown if len(roots) <= most else f"{shown} and {len(roots) - most} more"


def _root(root: Root) -> str:
    who = "" if root.developer in ("", "unknown") else f" [{root.developer}, {root.country}]"
    cycle = ", in a cycle" if root.is_in_cycle else ""
    return f"{root.model_id}{who} {root.steps} up{cycle}"


def bases_text(passport: Passport, lineage: Lineage) -> str:
    """Return how many models stand above, or why none does, in words."""
    if lineage.ancestors:
        count = len(lineage.ancestors)
        return "1 model above it" if count == 1 else f"{count:,} models above it"
    if lineage.edges:
        return "what it names is no repository, or itself"
    if lineage.frame in {h.frame for h in passport.history}:
        return "no base is declared"
    return "not known: this frame names it as a base and does not show it"


def below_lines(lineage: Lineage) -> Iterator[tuple[str, str]]:
    """Yield how many models stand below, and how many directly, by relation."""
    if lineage.descendants:
        yield "below it", _descendants(lineage)
    by_kind: dict[str, list[str]] = {}
    for row in lineage.derivatives:
        text = f"{row['models']:,} {row['relation'].replace('_', ' ')}"
        by_kind.setdefault(row["kind"], []).append(text)
    for kind, counts in by_kind.items():
        yield "directly", f"{', '.join(counts)} ({kind})"


def derivative_lines(lineage: Lineage) -> Iterator[Leaf]:
    """Yield the largest models that are built directly on a model."""
    for one in lineage.largest:
        guides = LAST if one is lineage.largest[-1] else BRANCH
        count = "no count" if one.value is None else f"{one.value:,} {one.metric}"
        yield Leaf(guides, one.model_id, f"{one.relation.replace('_', ' ')}; {count}")


def _descendants(lineage: Lineage) -> str:
    least = "at least " if lineage.is_cut else ""
    declared = lineage.descendants.get("declared")
    inferred = lineage.descendants.get("inferred")
    if declared is None or inferred in (None, declared):
        value = (inferred if declared is None else declared) or 0
        stand = "1 model stands" if value == 1 else f"{value:,} models stand"
        return f"{least}{stand} on it, directly or not"
    return f"{least}{declared:,} models stand on it, {inferred:,} with inferred edges"
