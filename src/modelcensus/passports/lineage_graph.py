"""The models around one model as a graph: so many steps up to its bases, so many down.

Everything is read from the look-up file, in one frame. What is too much to be drawn is put
together, base by base, with exact numbers; the largest models stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from modelcensus.errors import QueryError, SettingsError, UnknownName
from modelcensus.passports.naming import find_model
from modelcensus.passports.passport import NOTICE, Edge
from modelcensus.passports.tree import known_owner, make_edge
from modelcensus.releases.lookup import Lookup, Row, edge_order
from modelcensus.settings import Settings, load_settings

DRAWN = 150
"""Most models of a graph; beyond it the smaller ones are put together."""

ONE_STEP = 1
"""Steps below a model that are walked unless more are asked for."""


@dataclass(frozen=True)
class Reach:
    """How far a graph goes.

    Attributes:
        up: most steps to a base above the model; None for all.
        down: most steps to a model built on it; None for all.
    """

    up: int | None = None
    down: int | None = ONE_STEP

    def __post_init__(self) -> None:
        """Refuse what is no number of steps."""
        for name, steps in (("up", self.up), ("down", self.down)):
            if steps is not None and steps < 0:
                raise SettingsError(
                    f"{steps} is no number of steps", where=name, next_step="give 0 or more"
                )

    @classmethod
    def asked(cls, up: int | None, down: int | None, depth: int | None) -> Reach:
        """Return the reach of three options: `depth` stands for both, `up` and `down` go before it.

        Raises:
            SettingsError: one of them is below 0.
        """
        below = depth if down is None else down
        return cls(depth if up is None else up, ONE_STEP if below is None else below)


@dataclass(frozen=True)
class Member:
    """A model of the graph.

    Attributes:
        layer: fewest steps from the model: bases below 0, the model itself 0, derivatives above 0.
        developer, country: `unknown` where they are, and for natural persons.
        licence: as declared; None where none is or nobody asked.
        licence_class: L1 to L9; None when no source told of its licence.
        downloads: by the graph's metric; None where nobody counted.
    """

    hub: str
    model_id: str
    layer: int
    developer: str
    country: str
    licence: str | None
    licence_class: str | None
    is_observed: bool
    is_removed: bool
    downloads: int | None


@dataclass(frozen=True)
class Rest:
    """Bases or derivatives of a model that are not drawn one by one.

    Attributes:
        of: the model whose bases or derivatives they are.
        is_above: whether they are bases. A derivative with two bases counts under both of them.
        kind: inferred where nobody declares any of the edges to them.
        models: how many there are, exactly.
        relations: (relation, models) from the most on.
    """

    of: str
    is_above: bool
    kind: str
    models: int
    relations: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class LineageGraph:
    """One model, what it stands on and what stands on it, in one frame.

    Attributes:
        frame: whose source tells of the bases; empty when no frame of the release does.
        label: of the frame's last snapshot.
        metric: what `downloads` counts; empty when the frame counts nothing.
        members: by layer, then from the largest on; the model itself has layer 0.
        edges: between members, and references of the model and its bases to no repository.
        rests: what is not drawn one by one.
        is_limited: whether a walk ended at the setting `passport_models`.
        is_known: whether the frame shows the model, or only names it.
        is_told: whether anything is declared or inferred about it in the frame.
    """

    release: str
    frame: str
    label: str
    hub: str
    model_id: str
    is_simulated: bool
    reach: Reach
    metric: str
    members: tuple[Member, ...]
    edges: tuple[Edge, ...]
    rests: tuple[Rest, ...]
    is_limited: bool
    is_known: bool
    is_told: bool
    notice: str = field(default=NOTICE)

    @property
    def hidden(self) -> int:
        """Return the number of models in `rests`; one beside two members is in it twice."""
        return sum(rest.models for rest in self.rests)


def read_graphs(
    lookup: Lookup,
    model_id: str,
    reach: Reach,
    *,
    hub: str = "",
    frame: str = "",
    settings: Settings | None = None,
) -> tuple[LineageGraph, ...]:
    """Return the graph around a model in every frame that tells of it, or in the frame named.

    Args:
        lookup: the look-up file of a release.
        model_id: a present or former name, exactly as written.
        reach: how many steps up and down.
        hub: the hub; by default Hugging Face, else the first that has the name.
        frame: one frame; by default all in which the model stands in an edge, else the first that
            tells of bases, so that there is one graph at least.
        settings: how many models above and below are walked.

    Raises:
        UnknownName: no such model, or no such frame.
        QueryError: the frame tells of no bases.
    """
    settings = settings or load_settings()
    card = lookup.card(find_model(lookup, model_id, hub).key)
    told = sorted({row["frame"] for part in ("bases", "derivatives") for row in card[part]})
    others = sorted(lookup.frames_with_edges & {s["frame"] for s in _on(lookup, card["hub"])})
    if frame:
        _check_frame(lookup, frame)
        frames = [frame]
    else:
        frames = told or _showing(card, others) or others[:1] or [""]
    walked = int(settings.passport_models)
    return tuple(_Reader(lookup, card, one, reach, walked).graph(one in told) for one in frames)


def _on(lookup: Lookup, hub: str) -> list[Row]:
    return [s for s in lookup.snapshots if s["hub"] == hub]


def _showing(card: Row, frames: Sequence[str]) -> list[str]:
    shown = {row["frame"] for row in card["facts"]}
    return [frame for frame in frames if frame in shown]


def _check_frame(lookup: Lookup, frame: str) -> None:
    known = sorted({s["frame"] for s in lookup.snapshots})
    with_edges = sorted(lookup.frames_with_edges)
    if frame not in known:
        raise UnknownName("frame", frame, with_edges or known, where=f"release {lookup.release}")
    if frame not in with_edges:
        raise QueryError(
            "this frame does not tell what its models are built on",
            where=frame,
            next_step=f"frames that do: {', '.join(with_edges) or 'none of this release'}",
        )


@dataclass(frozen=True)
class _Walk:
    """What a walk in one direction met.

    Attributes:
        levels: the models first met at each step, the largest first; the model itself is step 0.
        near: whose bases or derivatives each of them is.
        is_limited: whether it ended at its limit.
    """

    levels: tuple[tuple[int, ...], ...]
    near: dict[int, set[int]]
    is_limited: bool


@dataclass(frozen=True)
class _Reader:
    """Reads one graph."""

    lookup: Lookup
    card: Row
    frame: str
    reach: Reach
    limit: int

    def graph(self, is_told: bool) -> LineageGraph:
        key = self.card["node_key"]
        walks = {up: self._walk(key, up) for up in (True, False)}
        steps = _kept(walks)
        layers = {k: s for k, s in steps[False].items()} | {k: -s for k, s in steps[True].items()}
        frame = [s for s in self.lookup.snapshots if s["frame"] == self.frame]
        members = self._members(layers) if is_told else (self._itself(),)
        ids = {k: m.model_id for k, m in zip(layers, members, strict=True)}
        return LineageGraph(
            self.lookup.release,
            self.frame,
            frame[-1]["label"] if frame else "",
            self.card["hub"],
            self.card["model_id"],
            any(s["is_simulated"] for s in frame or _on(self.lookup, self.card["hub"])),
            self.reach,
            self.lookup.ranked_by(self.frame),
            tuple(sorted(members, key=_member_order)),
            self._edges(layers, ids),
            tuple(r for up in (True, False) for r in self._rests(steps[up], ids, up)),
            any(walk.is_limited for walk in walks.values()),
            any(row["frame"] == self.frame for row in self.card["facts"]),
            is_told,
        )

    def _walk(self, key: int, is_above: bool) -> _Walk:
        """Go up or down level by level, each model once, until the reach or the limit is met."""
        reach = self.reach.up if is_above else self.reach.down
        levels: list[tuple[int, ...]] = [(key,)]
        near: dict[int, set[int]] = {}
        found = {key}
        is_limited = False
        while levels[-1] and not is_limited and (reach is None or len(levels) <= reach):
            room = self.limit - len(found) + 1
            rows = self.lookup.neighbours(
                levels[-1], self.frame, is_above=is_above, limit=2 * self.limit + 1
            )
            fresh = list(dict.fromkeys(r["far"] for r in rows if r["far"] not in found))
            is_limited = len(fresh) > room or len(rows) > 2 * self.limit
            levels.append(tuple(fresh[:room]))
            found |= set(fresh[:room])
            for row in rows:
                near.setdefault(row["far"], set()).add(row["near"])
        return _Walk(tuple(level for level in levels if level), near, is_limited)

    def _itself(self) -> Member:
        """Return the model alone: it may stand in no edge, so the table nodes may not have it."""
        rows = [row for row in self.card["attribution"] if row["lens"] == "developer"]
        facts = [row for row in self.card["facts"] if row["licence_class"] is not None]
        node = {
            "developer": rows[-1]["developer"] if rows else "",
            "developer_type": rows[-1]["developer_type"] if rows else "",
            "country": rows[-1]["country"] if rows else "unknown",
            "is_removed": any(row["is_removed"] for row in self.card["facts"]),
        }
        said = facts[-1] if facts else dict.fromkeys(("licence", "licence_tag", "licence_class"))
        sizes = self.lookup.sizes([self.card["node_key"]], self.frame)
        return _member(self.card | said | node, 0, sizes.get(self.card["node_key"]))

    def _members(self, layers: dict[int, int]) -> tuple[Member, ...]:
        nodes = self.lookup.nodes(sorted(layers))
        sizes = self.lookup.sizes(sorted(layers), self.frame)
        return tuple(_member(nodes[k], layer, sizes.get(k)) for k, layer in layers.items())

    def _edges(self, layers: dict[int, int], ids: dict[int, str]) -> tuple[Edge, ...]:
        rows = [r for r in self.lookup.bases(sorted(layers)) if r["frame"] == self.frame]
        terms = [r for r in self.lookup.terms(sorted(layers)) if r["frame"] == self.frame]
        by_child: dict[int, list[Row]] = {}
        for said in terms:
            by_child.setdefault(said["child_key"], []).append(said)
        return tuple(
            make_edge(
                self.lookup,
                row,
                ids[row["child_key"]],
                ids.get(row["parent_key"]),
                by_child.get(row["child_key"], ()),
            )
            for row in sorted(rows, key=edge_order)
            if row["parent_key"] in ids or self._is_asked_reference(row, layers)
        )

    def _is_asked_reference(self, row: Row, layers: dict[int, int]) -> bool:
        """Return whether a row names no repository, and stands where bases were asked for."""
        layer = layers[row["child_key"]]
        is_within = self.reach.up is None or -layer < self.reach.up
        return row["parent_key"] is None and layer <= 0 and is_within

    def _rests(self, steps: dict[int, int], ids: dict[int, str], is_above: bool) -> list[Rest]:
        """Return what each model has beyond its neighbours that are drawn."""
        reach = self.reach.up if is_above else self.reach.down
        keys = [k for k, step in steps.items() if reach is None or step < reach]
        rows = self.lookup.count_neighbours(
            keys, self.frame, is_above=is_above, without=sorted(ids)
        )
        counts: dict[int, list[Row]] = {}
        for row in rows:
            counts.setdefault(row["near"], []).append(row)
        return [_rest(ids[k], counts[k], is_above) for k in keys if k in counts]


def _rest(of: str, counts: Sequence[Row], is_above: bool) -> Rest:
    kind = min(row["kind"] for row in counts)
    relations = tuple((row["relation"], row["models"]) for row in counts)
    return Rest(of, is_above, kind, sum(n for _, n in relations), relations)


def _member(node: Row, layer: int, downloads: int | None) -> Member:
    developer, country = known_owner(node)
    return Member(
        node["hub"],
        node["model_id"],
        layer,
        developer or "unknown",
        country,
        node["licence"] or node["licence_tag"],
        node["licence_class"],
        node["is_observed"],
        node["is_removed"],
        downloads,
    )


def _member_order(member: Member) -> tuple[Any, ...]:
    is_uncounted = member.downloads is None
    return (member.layer, is_uncounted, -(member.downloads or 0), member.model_id)


def _kept(walks: dict[bool, _Walk]) -> dict[bool, dict[int, int]]:
    """Return the steps to the models that are drawn, for each direction; at most DRAWN in all.

    Every level of both walks gets an equal share of the room, and what a level does not need
    goes to the others. In a level the largest stay, among those whose way to the model is drawn.
    """
    sizes = [len(level) for up in (True, False) for level in walks[up].levels[1:]]
    shares = iter(fair_shares(sizes, DRAWN - 1))
    found: dict[bool, dict[int, int]] = {}
    drawn: set[int] = set()
    for is_above, walk in walks.items():
        steps = dict.fromkeys(walk.levels[0], 0)
        for step, level in enumerate(walk.levels[1:], 1):
            reached = [k for k in level if any(n in steps for n in walk.near[k])]
            steps |= dict.fromkeys(reached[: next(shares)], step)
        found[is_above] = steps
        drawn |= steps.keys()
    return found


def fair_shares(wanted: Sequence[int], room: int) -> list[int]:
    """Return how much of a room each gets: what it wants, or an equal part of what is left."""
    shares = [0] * len(wanted)
    left = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    while left:
        place = left.pop(0)
        shares[place] = min(wanted[place], room // (len(left) + 1))
        room -= shares[place]
    return shares
