"""A lineage drawn as text: the bases above a model, each with its reason, and what is below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    by_child: dict[str, list[Edge]] = {}
    for edge in lineage.edges:
        by_child.setdefault(edge.child, []).append(edge)
    relatives = {r.model_id: r for r in lineage.ancestors}
    yield from _branches(model_id, by_child, relatives, "", {model_id})


def _branches(
    child: str,
    by_child: dict[str, list[Edge]],
    relatives: dict[str, Relative],
    guides: str,
    met: set[str],
) -> Iterator[Leaf]:
    edges = by_child.get(child, [])
    for edge in edges:
        is_last = edge is edges[-1]
        base = edge.base or edge.reference
        is_again = base in met
        met.add(base)
        note = edge_reason(edge, relatives.get(base))
        yield Leaf(guides + (LAST if is_last else BRANCH), base, _again(note, is_again))
        if not is_again:
            below = guides + (BLANK if is_last else DOWN)
            yield from _branches(base, by_child, relatives, below, met)


def _again(note: str, is_again: bool) -> str:
    return f"{note}, as above" if is_again else note


def edge_reason(edge: Edge, base: Relative | None) -> str:
    """Return an edge's relation, who says so, what is known of the base, and the verdict."""
    if edge.kind == "inferred":
        said = f"inferred, {edge.confidence} confidence: {edge.rule}"
    else:
        said = f"declared in {' and '.join(_SOURCES[s] for s in edge.sources)}"
    words = [edge.relation.replace("_", " "), said]
    if edge.base is None:
        words.append("names no repository")
    if base is not None:
        if base.developer not in ("", "unknown"):
            words.append(f"{base.developer}, {base.country}")
        if base.licence:
            words.append(base.licence)
        words += ["removed"] if base.is_removed else []
        words += [] if base.is_observed else ["only named"]
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
