"""The look-up file of a release: answers about one model in milliseconds.

It is a cut file (`cut_file`) in the store's folder `lookups`: it may be deleted at any time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from modelcensus.engine.database_file import DatabaseFile
from modelcensus.releases.cut_file import CutFile, Progress
from modelcensus.releases.lookup_tables import LAYOUT, MODEL, fill
from modelcensus.settings import Settings, load_settings
from modelcensus.snapshots.store import Store

Row = dict[str, Any]

LOOKUP_FILE = CutFile("lookups", "look-up file", LAYOUT, fill)
"""The kind of file."""

NEAREST = 5
"""Names that are offered where one is not known."""

_ENDS = {True: ("child_key", "parent_key"), False: ("parent_key", "child_key")}
"""Columns of an edge's near and far end, for those who look up and for those who look down."""

_PAIRS = """
    SELECT {near} AS near, {far} AS far, min(kind) AS kind,
           arg_min(relation, kind || ' ' || relation) AS relation
    FROM edges
    WHERE frame = ? AND {near} IN ({marks}) AND parent_key IS NOT NULL AND parent_key <> child_key
    GROUP BY ALL
"""
"""Pairs of models that edges join, each once: a model that names itself is no pair."""


class Lookup:
    """An open look-up file. Its questions take foreign texts as bound values only."""

    def __init__(self, file: DatabaseFile, release: str) -> None:
        """Take over an open file.

        Args:
            file: a file that `open_lookup` found fit.
            release: the release it is cut from.
        """
        self.release = release
        self._file = file

    @cached_property
    def snapshots(self) -> tuple[Row, ...]:
        """Return the snapshots in order of their labels, with source and counters."""
        return tuple(self._file.rows("SELECT * FROM snapshots ORDER BY snapshot_key"))

    @cached_property
    def evidence(self) -> dict[str, Row]:
        """Return what each register row rests on, by row id."""
        return {r["row_id"]: r for r in self._file.rows("SELECT * FROM evidence ORDER BY row_id")}

    @cached_property
    def licences(self) -> dict[str, Row]:
        """Return the licence register by row id."""
        return {r["row_id"]: r for r in self._file.rows("SELECT * FROM licences ORDER BY row_id")}

    @cached_property
    def adoption(self) -> tuple[Row, ...]:
        """Return the rows of the register `adoption` by row id."""
        return tuple(self._file.rows("SELECT * FROM adoption ORDER BY row_id"))

    @cached_property
    def developer_names(self) -> dict[str, str]:
        """Return the name of each developer by slug; none of natural persons."""
        rows = self._file.rows("SELECT * FROM developers ORDER BY row_id")
        return {r["developer"]: r["name"] for r in rows if r["developer_type"] != "individual"}

    @cached_property
    def contested(self) -> dict[str, list[Row]]:
        """Return other defensible readings by register row."""
        found: dict[str, list[Row]] = {}
        for row in self._file.rows("SELECT * FROM contested ORDER BY row_id, alternative"):
            found.setdefault(row["row_id"], []).append(row)
        return found

    @cached_property
    def frames_with_edges(self) -> frozenset[str]:
        """Return the frames whose source tells of bases."""
        rows = self._file.rows("SELECT frame FROM lineage_frames")
        return frozenset(r["frame"] for r in rows)

    @cached_property
    def _ranked(self) -> dict[str, tuple[int, str]]:
        """Return the last snapshot of each frame that has a counter to rank by, and the counter."""
        rows = self._file.rows("SELECT * FROM ranked_snapshots")
        return {r["frame"]: (r["snapshot_key"], r["metric"]) for r in rows}

    @cached_property
    def _card_parts(self) -> list[tuple[str, list[str]]]:
        """Return the parts of a card in order, with their columns."""
        rows = self._file.rows("SELECT name, columns FROM card_parts")
        return [(row["name"], row["columns"]) for row in rows]

    def called(self, model_id: str) -> list[Row]:
        """Return who has or had exactly this name: node_key, hub, is_observed and rule.

        Models that are only named as a base count, too. Observed ones come first.
        """
        rows = self._file.rows("SELECT * FROM names WHERE model_id = ?", [model_id])
        return sorted(rows, key=lambda r: (not r["is_observed"], r["hub"], r["node_key"]))

    def nearest(self, model_id: str) -> list[str]:
        """Return the names that come closest: same but for case, same account or name, similar."""
        folded = model_id.lower()
        rows = self._file.rows(
            "SELECT DISTINCT model_id FROM names WHERE folded = ? ORDER BY model_id", [folded]
        )
        if rows:
            return [r["model_id"] for r in rows][:NEAREST]
        rows = self._file.rows(
            "SELECT DISTINCT model_id, folded, jaro_winkler_similarity(folded, $name) AS likeness "
            "FROM names WHERE is_observed ORDER BY likeness DESC, model_id LIMIT 50",
            {"name": folded},
        )
        names = {r["folded"]: r["model_id"] for r in rows}
        return [names[n] for n in get_close_matches(folded, list(names), NEAREST, cutoff=0.6)]

    def card(self, key: int) -> Row:
        """Return all that is known of one model but its counters and what lies further off.

        Returns:
            node_key, hub, model_id, namespace, hub_key, created_at, first_label, last_label,
            family, family_row, is_observed, and lists of structures, empty where there is
            nothing: names, attribution, facts (the last of each frame), changes (of licence and
            gating), populations, incidents, standings (ranks at each frame's last snapshot),
            bases (its edges, inferred ones included), terms (verdicts about them), chains (the
            gravest verdict above it), roots, root_of (how many it is a root of), derivatives
            (how many, by frame and relation) and largest (derivatives by downloads).
        """
        text = self._file.rows("SELECT card FROM cards WHERE node_key = ?", [key])[0]["card"]
        card: Row = {}
        for (name, columns), values in zip(self._card_parts, json.loads(text), strict=True):
            if name == MODEL:
                card |= zip(columns, values, strict=True)
            else:
                card[name] = [dict(zip(columns, row, strict=True)) for row in values]
        return card

    def observations(self, key: int) -> list[Row]:
        """Return the model's counters at every snapshot that shows it, in order."""
        rows = self._file.rows("SELECT * FROM observations WHERE model_key = ?", [key])
        return sorted(rows, key=lambda r: r["snapshot_key"])

    def bases(self, keys: Sequence[int]) -> list[Row]:
        """Return the edges from some models to their bases, inferred ones included."""
        rows = self._among("edges", "child_key", keys)
        return sorted(rows, key=edge_order)

    def derivatives(self, keys: Sequence[int], limit: int) -> list[Row]:
        """Return up to `limit` edges from some models to what is built on them."""
        rows = self._file.rows(
            f"SELECT * FROM edges WHERE parent_key IN ({_marks(keys)}) LIMIT ?",  # noqa: S608  # nosec B608
            [*keys, limit],
        )
        return sorted(rows, key=edge_order)

    def neighbours(
        self, keys: Sequence[int], frame: str, *, is_above: bool, limit: int
    ) -> list[Row]:
        """Return the bases, or the derivatives, of some models in a frame, the largest first.

        Returns:
            Up to `limit` rows of near, far, kind, relation and value: a pair of models has one
            row, a declared edge before an inferred one; value is null where nobody counted.
        """
        near, far = _ENDS[is_above]
        pairs = _PAIRS.format(near=near, far=far, marks=_marks(keys))
        metric = self.ranked_by(frame)
        if not metric:
            question = f"SELECT *, NULL AS value FROM ({pairs}) ORDER BY far, near LIMIT ?"  # noqa: S608  # nosec B608
            return self._file.rows(question, [frame, *keys, limit])
        question = (
            f"SELECT p.*, o.value FROM ({pairs}) p LEFT JOIN (SELECT model_key, "  # noqa: S608  # nosec B608
            f"max({metric}) AS value FROM observations WHERE snapshot_key = ? GROUP BY ALL) o "
            "ON o.model_key = p.far ORDER BY o.value DESC NULLS LAST, far, near LIMIT ?"
        )
        return self._file.rows(question, [frame, *keys, self._ranked[frame][0], limit])

    def count_neighbours(
        self, keys: Sequence[int], frame: str, *, is_above: bool, without: Sequence[int]
    ) -> list[Row]:
        """Return how many bases, or derivatives, some models have beside those in `without`.

        Returns:
            Rows of near, relation, kind (inferred where none is declared) and models, by near,
            then from the most on; none without any.
        """
        if not keys:
            return []
        near, far = _ENDS[is_above]
        pairs = _PAIRS.format(near=near, far=far, marks=_marks(keys))
        return self._file.rows(
            f"SELECT near, relation, min(kind) AS kind, count(*) AS models FROM ({pairs}) "  # noqa: S608  # nosec B608
            f"WHERE far NOT IN ({_marks(without)}) GROUP BY near, relation "
            "ORDER BY near, models DESC, relation",
            [frame, *keys, *without],
        )

    def ranked_by(self, frame: str) -> str:
        """Return the counter that a frame's last snapshot ranks by; empty when it holds none."""
        return self._ranked.get(frame, (0, ""))[1]

    def sizes(self, keys: Sequence[int], frame: str) -> dict[int, int]:
        """Return that counter of some models by key; those without a count are left out."""
        metric = self.ranked_by(frame)
        if not keys or not metric:
            return {}
        rows = self._file.rows(
            f"SELECT model_key, max({metric}) AS value FROM observations "  # noqa: S608  # nosec B608
            f"WHERE snapshot_key = ? AND model_key IN ({_marks(keys)}) GROUP BY model_key",
            [self._ranked[frame][0], *keys],
        )
        return {r["model_key"]: r["value"] for r in rows if r["value"] is not None}

    def terms(self, keys: Sequence[int]) -> list[Row]:
        """Return the verdicts about the declared edges of some models, with the model's key."""
        place, columns = next(
            (place, columns)
            for place, (name, columns) in enumerate(self._card_parts)
            if name == "terms"
        )
        rows = self._file.rows(
            f"SELECT node_key, json_extract_string(card, '$[{place}]') AS said FROM cards "  # noqa: S608  # nosec B608
            f"WHERE node_key IN ({_marks(keys)}) ORDER BY node_key",
            list(keys),
        )
        return [
            dict(zip(columns, values, strict=True))
            for row in rows
            for values in json.loads(row["said"])
        ]

    def nodes(self, keys: Sequence[int]) -> dict[int, Row]:
        """Return what is known of models that stand in an edge, by key."""
        return {r["node_key"]: r for r in self._among("nodes", "node_key", keys)}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _among(self, table: str, column: str, keys: Sequence[int]) -> list[Row]:
        """Return the rows of some keys; table and column are named by this module alone."""
        if not keys:
            return []
        return self._file.rows(
            f"SELECT * FROM {table} WHERE {column} IN ({_marks(keys)})",  # noqa: S608  # nosec B608
            list(keys),
        )


def edge_order(edge: Row) -> tuple[str, int, int, str, str, str]:
    """Return what edges are ordered by: frame, both ends, the reference, relation and kind."""
    parent = -1 if edge["parent_key"] is None else edge["parent_key"]
    words = (edge["reference"], edge["relation"], edge["kind"])
    return (edge["frame"], edge["child_key"], parent, *words)


def _marks(keys: Sequence[int]) -> str:
    return ", ".join("?" * len(keys))


def open_lookup(
    store: Store,
    release: str = "",
    *,
    settings: Settings | None = None,
    on_progress: Progress = lambda _: None,
) -> Lookup:
    """Open the look-up file of a release, the newest by default; write it first where needed.

    Raises:
        StoreError: the store holds no release, or the look-up file cannot be written.
        UnknownName: it holds none of that name.
        ChecksumMismatch: a file of the release is not the one its manifest names.
    """
    return Lookup(*LOOKUP_FILE.open(store, release, settings or load_settings(), on_progress))
