"""A graph of models as GraphML or as JSON, read piece by piece.

GraphML is XML: entities and document types, by which a small file becomes a large one, are
refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from xml.parsers import expat  # nosec B407

import pyarrow as pa

from modelcensus.errors import SourceError
from modelcensus.settings import load_settings
from modelcensus.sources.graph_tables import ENDS, FACTS, ID, Graph
from modelcensus.sources.hub_json import read_values
from modelcensus.sources.record import Reject
from modelcensus.sources.tables import readable, require_file

BATCH = 50_000
WHOLE_BYTES = 64 << 20
"""Largest file with one JSON object that holds the whole graph; it is read in one piece."""

_CHUNK_BYTES = 1 << 20
_NODE_NAMES = ("id", *(name for names in FACTS.values() for name in names))
_EDGE_NAMES = tuple(name for names in ENDS.values() for name in names)

Item = dict[str, str | None]


def graph_of_graphml(path: Path, graph: Graph) -> None:
    """Read nodes and edges of a GraphML file; an edge leads from parent to child.

    Raises:
        SourceError: it is no well-formed XML, declares entities, or holds no graph.
    """
    require_file(path)
    found = _GraphML(graph)
    with readable(path, "GraphML"), path.open("rb") as stream:
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                found.feed(chunk)
            found.close()
        except expat.ExpatError as error:
            raise SourceError(
                f"not a readable GraphML file: {error}",
                where=path.name,
                next_step="fetch it again; it may be cut short or of another kind",
            ) from error


@dataclass
class _Element:
    """A node or edge while its data come in."""

    item: Item
    names: tuple[str, ...]


@dataclass
class _GraphML:
    """The handlers of one file: keys name the data, nodes and edges carry them."""

    graph: Graph
    keys: dict[str, str] = field(default_factory=dict)
    nodes: list[Item] = field(default_factory=list)
    edges: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._element: _Element | None = None
        self._name = ""
        self._text: list[str] = []
        self._counts = {"nodes": 0, "edges": 0}
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)
        self._flush("nodes", 1)
        self._flush("edges", 1)
        if not any(self._counts.values()):
            raise SourceError(
                "the file holds neither nodes nor edges",
                next_step="is it GraphML? other XML is not read",
            )

    def _refuse(self, *_: Any) -> None:
        raise SourceError(
            "the file has a document type, as GraphML never needs",
            next_step="write the graph again; entities of a document type can fill the memory",
        )

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rsplit(" ", 1)[-1]
        if name == "key":
            self.keys[attributes.get("id", "")] = attributes.get("attr.name", "")
        elif name == "node":
            self._element = _Element({"id": attributes.get("id")}, _NODE_NAMES)
        elif name == "edge":
            ends = {end: attributes.get(end) for end in ("source", "target")}
            self._element = _Element(ends, _EDGE_NAMES)
        elif name == "data":
            self._name = self.keys.get(attributes.get("key", ""), "")
        self._text.clear()

    def _end(self, tag: str) -> None:
        name = tag.rsplit(" ", 1)[-1]
        if self._element is None:
            return
        if name == "data" and self._name in self._element.names:
            self._element.item.setdefault(self._name, "".join(self._text))
        elif name in ("node", "edge"):
            getattr(self, f"{name}s").append(self._element.item)
            self._element = None
            self._flush(f"{name}s", BATCH)

    def _flush(self, kind: str, least: int) -> None:
        items: list[Item] = getattr(self, kind)
        if len(items) < least:
            return
        first = self._counts[kind] + 1
        self._counts[kind] += len(items)
        _add(self.graph, kind, items, [f"{kind[:-1]} {first + n}" for n in range(len(items))])
        items.clear()


def graph_of_json(path: Path, graph: Graph) -> None:
    """Read a JSON array or lines of edges, or one object with `nodes` and `edges` (or `links`).

    Raises:
        SourceError: it is no JSON, holds no graph, or is one object that is too large.
    """
    for items, locators in _chunks(path):
        if len(items) == 1 and isinstance(items[0].get("edges", items[0].get("links")), list):
            _add_whole(items[0], graph, path)
            return
        kind = "edges" if any("source" in i or "child" in i for i in items) else "nodes"
        _add(graph, kind, [_texts(item, kind) for item in items], locators)
    if not graph.input_rows:
        raise SourceError("the file holds no graph", where=path.name, next_step="fetch it again")


def _chunks(path: Path) -> Iterator[tuple[list[dict[str, Any]], list[str]]]:
    limit = max(WHOLE_BYTES, int(load_settings().cell_bytes))
    found = read_values(path, limit)
    while chunk := list(islice(found, BATCH)):
        for item in chunk:
            if item.fault or not isinstance(item.value, dict):
                raise SourceError(
                    f"{item.locator} is no JSON object, or is longer than {limit:,} bytes",
                    where=path.name,
                    next_step="write the edges as JSON lines with source, target and type",
                )
        yield [item.value for item in chunk], [item.locator for item in chunk]


def _add_whole(value: Mapping[str, Any], graph: Graph, path: Path) -> None:
    for kind, names in (("nodes", ("nodes",)), ("edges", ("edges", "links"))):
        lists = [value[name] for name in names if isinstance(value.get(name), list)]
        items: list[Any] = lists[0] if lists else []
        kept = [item for item in items if isinstance(item, dict)]
        lost = [item for item in items if not isinstance(item, dict)]
        graph.rejects += [Reject.of("not_an_object", path.name, item) for item in lost]
        graph.input_rows += len(lost)
        locators = [f"{kind[:-1]} {number}" for number in range(1, len(kept) + 1)]
        _add(graph, kind, [_texts(item, kind) for item in kept], locators)


def _texts(item: Mapping[str, Any], kind: str) -> Item:
    """Return what is read of a JSON object, numbers as their digits."""
    names = (*ID, *_NODE_NAMES) if kind == "nodes" else _EDGE_NAMES
    return {
        name: value if isinstance(value, str) else str(value)
        for name in names
        if (value := item.get(name)) is not None
    }


def _add(graph: Graph, kind: str, items: list[Item], locators: list[str]) -> None:
    if not items:
        return
    names = list(dict.fromkeys(name for item in items for name in item))
    columns = {name: pa.array([item.get(name) for item in items], pa.string()) for name in names}
    if kind == "nodes":
        graph.add_models(pa.table(columns), locators.__getitem__)
    else:
        graph.add_edges(pa.table(columns), locators.__getitem__)
