"""A graph of models as tables: models with lists of their parents, or one edge per row."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.errors import SchemaChanged
from modelcensus.sources.counts import whole_numbers
from modelcensus.sources.identifiers import drop_bad_ids
from modelcensus.sources.instants import instants
from modelcensus.sources.record import INSTANT, Reject
from modelcensus.sources.sieve import Locator, Sieve, map_distinct, one_array, placed
from modelcensus.sources.tables import CsvBlocks, numbered, parquet_batches, parquet_schema
from modelcensus.sources.texts import LIST_OF_TEXT, is_text, list_of_texts, text_or_null

NODES = pa.schema(
    [
        pa.field("model_id", pa.string()),
        pa.field("created_at", INSTANT),
        pa.field("downloads", pa.int64()),
        pa.field("likes", pa.int64()),
        pa.field("licence", pa.string()),
        pa.field("pipeline_tag", pa.string()),
        pa.field("library", pa.string()),
    ]
)
"""Models as the study read them; `downloads` are of the 30 days before it looked, and several
licences stand in one cell, joined by a comma."""

EDGES = pa.schema(
    [
        pa.field("child", pa.string()),
        pa.field("parent", pa.string()),
        pa.field("relation", pa.string()),
    ]
)
"""Declared parents; relation is null where none is given. A pair stands once per relation."""

ID = ("model_id", "id", "modelId")
FACTS: Mapping[str, tuple[str, ...]] = {
    "created_at": ("createdAt", "created_at"),
    "downloads": ("downloads",),
    "likes": ("likes",),
    "licence": ("licenses", "license", "licence"),
    "pipeline_tag": ("pipeline_tag",),
    "library": ("library_name",),
}
PARENTS: Mapping[str, str | None] = {
    "finetune_parent": "finetune",
    "quantized_parent": "quantized",
    "adapter_parent": "adapter",
    "merge_parent": "merge",
    "parent_model": None,
}
"""Columns with lists of parents, and the relation of each; the last also repeats the others."""

ENDS: Mapping[str, tuple[str, ...]] = {
    "child": ("child", "target", "model_id"),
    "parent": ("parent", "source", "base_model"),
    "relation": ("relation", "edge_type", "type"),
}
"""Names of the columns of edges. In the study's graph an edge leads from parent to child."""

_PLAIN_LIST = r"^\['[^'\\]+'(?:, '[^'\\]+')*\]$"


@dataclass
class Graph:
    """What has been read so far."""

    rejects: list[Reject] = field(default_factory=list)
    input_rows: int = 0
    _nodes: list[pa.Table] = field(default_factory=list)
    _edges: list[pa.Table] = field(default_factory=list)

    def nodes(self) -> pa.Table:
        """Return all models: NODES."""
        return pa.concat_tables([NODES.empty_table(), *self._nodes])

    def edges(self) -> pa.Table:
        """Return all edges: EDGES."""
        return pa.concat_tables([EDGES.empty_table(), *self._edges])

    def add_models(self, table: pa.Table, locate: Locator) -> None:
        """Read models: an id, facts and lists of parents, as far as there are columns."""
        sieve = Sieve(table, locate)
        columns = {"model_id": _text(sieve, _present(table.column_names, ID) or "")}
        drop_bad_ids(sieve, columns["model_id"])
        for name, candidates in FACTS.items():
            column = _present(table.column_names, candidates)
            if column:
                columns[name] = _FACT_READERS[name](sieve, column)
        parents = {
            relation: _lists(sieve, column)
            for column, relation in PARENTS.items()
            if column in table.column_names
        }
        kept = sieve.kept()
        rows = [columns.get(f.name, pa.nulls(len(kept), f.type)).cast(f.type) for f in NODES]
        self._nodes.append(pa.Table.from_arrays(rows, schema=NODES).filter(kept))
        self._edges.append(_edges_of(columns["model_id"].filter(kept), kept, parents))
        self._count(sieve, table)

    def add_edges(self, table: pa.Table, locate: Locator) -> None:
        """Read edges: child, parent and, where there is one, relation."""
        sieve = Sieve(table, locate)
        found: dict[str, pa.Array] = {}
        for name, candidates in ENDS.items():
            column = _present(table.column_names, candidates)
            cells = _text(sieve, column) if column else pa.nulls(len(sieve.table), pa.string())
            found[name] = pc.if_else(pc.equal(cells, ""), None, cells)
        is_unknown = pc.fill_null(pc.equal(found["relation"], "unknown"), False)
        found["relation"] = pc.if_else(is_unknown, None, found["relation"])
        drop_bad_ids(sieve, found["child"])
        sieve.drop(pc.is_null(found["parent"]), "missing_parent")
        self._edges.append(pa.table(found, schema=EDGES).filter(sieve.kept()))
        self._count(sieve, table)

    def _count(self, sieve: Sieve, table: pa.Table) -> None:
        self.rejects += sieve.rejects()
        self.input_rows += len(table)


def graph_of_table(path: Path, graph: Graph) -> None:
    """Read a CSV or Parquet file of models or of edges, by the columns it has.

    Raises:
        SourceError: the file is not readable.
        SchemaChanged: it has the columns of neither, or one that cannot be read.
    """
    names = _names(path)
    is_edges = all(_present(names, ENDS[end]) for end in ("child", "parent"))
    if not is_edges and not _present(names, ID):
        raise SchemaChanged(
            "model_id",
            "there is neither a column of models (model_id) nor columns of edges (child, parent)",
            where=f"{path.name}, columns found: {', '.join(names) or 'none'}",
            next_step="rename the columns to child, parent and relation, or fetch the "
            "published table again",
        )
    wanted = [*ID, *[c for cs in FACTS.values() for c in cs], *PARENTS]
    wanted = [c for cs in ENDS.values() for c in cs] if is_edges else wanted
    columns = [name for name in dict.fromkeys(wanted) if names.count(name) == 1]
    blocks = _blocks(path, columns)
    for table, locate in blocks:
        try:
            (graph.add_edges if is_edges else graph.add_models)(table, locate)
        except TypeError as error:
            raise SchemaChanged("columns", str(error), where=path.name) from error
    if isinstance(blocks, CsvBlocks):
        graph.rejects += blocks.rejects
        graph.input_rows += len(blocks.rejects)


def _names(path: Path) -> list[str]:
    return list(parquet_schema(path).names) if _is_parquet(path) else CsvBlocks(path, []).header()


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


def _blocks(path: Path, columns: list[str]) -> CsvBlocks | Iterator[tuple[pa.Table, Locator]]:
    if _is_parquet(path):
        return numbered(parquet_batches(path, columns))
    return CsvBlocks(path, columns)


def _present(names: list[str], candidates: tuple[str, ...]) -> str:
    return next((name for name in candidates if names.count(name) == 1), "")


def _text(sieve: Sieve, column: str) -> pa.Array:
    return text_or_null(sieve.column(column))


def _counts(sieve: Sieve, column: str) -> pa.Array:
    cells = sieve.column(column)
    counts, bad = whole_numbers(cells, digits=is_text(cells.type))
    sieve.drop(bad, "count_not_integer")
    return counts


def _instants(sieve: Sieve, column: str) -> pa.Array:
    found, bad = instants(sieve.column(column))
    sieve.drop(bad, "bad_date")
    return found


def _licence(sieve: Sieve, column: str) -> pa.Array:
    cells = sieve.column(column)
    if is_text(cells.type) and not pc.any(pc.starts_with(cells, "[")).as_py():
        return cells
    joined = pc.binary_join(_lists(sieve, column), ", ")
    return pc.if_else(pc.equal(joined, ""), None, joined)


_FACT_READERS: Mapping[str, Callable[[Sieve, str], pa.Array]] = {
    "created_at": _instants,
    "downloads": _counts,
    "likes": _counts,
    "licence": _licence,
    "pipeline_tag": _text,
    "library": _text,
}


def _lists(sieve: Sieve, column: str) -> pa.Array:
    """Return lists of text, also where they are written as Python writes them."""
    cells = sieve.column(column)
    if not is_text(cells.type):
        return list_of_texts(cells)
    cells = cells.cast(pa.string())
    is_plain = pc.fill_null(pc.match_substring_regex(cells, _PLAIN_LIST), False)
    plain = pc.split_pattern(pc.utf8_trim(pc.if_else(is_plain, cells, None), "[']"), "', '")
    is_other = pc.and_not(pc.is_valid(cells), is_plain)
    others = map_distinct(cells.filter(is_other), _list_of_text, LIST_OF_TEXT)
    sieve.drop(pc.and_(is_other, pc.is_null(placed(plain, is_other, others))), "bad_list")
    return placed(plain, is_other, others)


def _list_of_text(text: str) -> list[str] | None:
    if not text.startswith("["):
        return [text]
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


def _edges_of(
    children: pa.Array, kept: pa.Array, parents: Mapping[str | None, pa.Array]
) -> pa.Table:
    """Return the edges of models, row by row; an untyped twin of a typed edge is left out."""
    parts: list[pa.Table] = []
    for relation, lists in parents.items():
        lists = lists.filter(kept)
        rows = pc.list_parent_indices(lists)
        parts.append(
            pa.table(
                {
                    "row": rows.cast(pa.int64()),
                    "parent": pc.list_flatten(lists),
                    "relation": pa.repeat(pa.scalar(relation, pa.string()), len(rows)),
                }
            )
        )
    if not parts:
        return EDGES.empty_table()
    found = pa.concat_tables(parts).combine_chunks()
    found = found.filter(pc.fill_null(pc.not_equal(found["parent"], ""), False))
    found = found.take(pa.array(np.argsort(found["row"].to_numpy(), kind="stable")))
    found = found.filter(pa.array(_stands(found)))
    child = children.take(one_array(found["row"]))
    return pa.table([child, one_array(found["parent"]), one_array(found["relation"])], schema=EDGES)


def _stands(found: pa.Table) -> list[bool]:
    """Return which edges are neither repeated nor the untyped twin of a typed one."""
    seen: set[tuple[int, str, str | None]] = set()
    typed: set[tuple[int, str]] = set()
    stands: list[bool] = []
    rows = zip(*(found[name].to_pylist() for name in found.column_names), strict=True)
    # typed parents come before the untyped ones: see PARENTS
    for row, parent, relation in rows:
        is_new = (row, parent, relation) not in seen
        is_twin = relation is None and (row, parent) in typed
        stands.append(is_new and not is_twin)
        seen.add((row, parent, relation))
        if relation is not None:
            typed.add((row, parent))
    return stands
