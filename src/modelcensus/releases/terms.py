"""The tables `terms` and `chains`: what is declared along edges, and below all ancestors.

The verdict about a pair of models follows from their two terms alone, so each pair of terms is
judged once, in lineage/duties.py, and joined to the edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.lineage.chains import terms_above
from modelcensus.lineage.duties import VERDICTS, TermsBook, judge_pairs
from modelcensus.registers.load import Registers

_STEPS = ("resolved", "named_only")
"""Edges that lead to another model; see lineage/declared.py."""

CHAINS_SCHEMA = pa.schema(
    [
        pa.field("frame", pa.string()),
        pa.field("model_key", pa.int32()),
        pa.field("ancestor_key", pa.int32()),
        pa.field("steps", pa.int32()),
        pa.field("model_terms", pa.string()),
        pa.field("ancestor_terms", pa.string()),
    ]
)


class DeclaredTerms:
    """The terms of models beside those of what they are built on, in all frames.

    Attributes:
        edges: the table `terms` of a release.
        chains: the table `chains`.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        facts: ir.Table,
        snapshots: ir.Table,
        edges: ir.Table,
        registers: Registers,
    ) -> None:
        """Judge every declared edge, and every model beside all its ancestors.

        Args:
            engine: where the tables are.
            facts: the table `facts`: frame, model_key, snapshot_key, licence, licence_class
                and licence_row.
            snapshots: frame and is_simulated.
            edges: the table `edges`.
            registers: the licence register.
        """
        self._engine = engine
        self._book = TermsBook((r.id, r.cells) for r in registers.usable("licences"))
        frames = snapshots.group_by("frame").agg(is_simulated=snapshots.is_simulated.any())
        known = engine.stage("declared_terms", _last_terms(facts, frames))
        steps = edges.filter(edges.status.isin(_STEPS)).join(frames, "frame")
        steps = steps.select("frame", "is_simulated", "child_key", "parent_key", "relation")
        steps = engine.stage("declared_steps", steps.distinct())
        self._beside = engine.stage("terms_beside", _beside(steps, known))
        texts = engine.local(self._texts())
        self.edges = _named(self._judged(self._beside), texts, "child", "parent")
        above = self._judged(engine.local(self._gravest()), "model", "ancestor")
        self.chains = _named(above, texts, "model", "ancestor")

    def _texts(self) -> pa.Table:
        """Return key, licence, class and row of all terms; null where there is none."""
        terms = list(self._book.terms.values())
        columns = {
            "key": [t.key for t in terms],
            "licence": [t.licence or None for t in terms],
            "class": [t.licence_class or None for t in terms],
            "row": [t.key if t.facets else "" for t in terms],
        }
        return pa.table({name: pa.array(v, pa.string()) for name, v in columns.items()})

    def _judged(self, rows: ir.Table, below: str = "child", above: str = "parent") -> ir.Table:
        """Return rows with the verdict and the duties of their two terms."""
        keys = (f"{below}_terms", f"{above}_terms")
        found = self._engine.fetch(rows.select(*keys).distinct().order_by(keys))
        pairs = zip(*(found[k].to_pylist() for k in keys), strict=True)
        judged = self._engine.local(judge_pairs(self._book, pairs))
        return rows.join(judged, [(keys[0], "child_terms"), (keys[1], "parent_terms")])

    def _gravest(self) -> pa.Table:
        """Return each derivative's ancestor under the gravest verdict (CHAINS_SCHEMA)."""
        rows = self._engine.fetch(
            self._beside.drop("relation").distinct().order_by(["frame", "child_key", "parent_key"])
        )
        frames = rows["frame"].unique().to_pylist()
        parts = [self._of_frame(rows.filter(pc.equal(rows["frame"], f)), f) for f in frames]
        return pa.concat_tables([CHAINS_SCHEMA.empty_table(), *parts])

    def _of_frame(self, rows: pa.Table, frame: str) -> pa.Table:
        names = sorted({*_texts_of(rows, "child_terms"), *_texts_of(rows, "parent_terms")})
        child, parent = (rows[c].to_numpy() for c in ("child_key", "parent_key"))
        top = int(max(child.max(), parent.max())) + 1
        own, as_base = np.zeros(top, np.int64), np.zeros(top, np.int64)
        own[child], as_base[parent] = (
            _coded(rows, "child_terms", names),
            _coded(rows, "parent_terms", names),
        )
        above = terms_above(child, parent, as_base)
        grade = self._grades(names)[own[above.models], above.terms]
        order = np.lexsort((above.ancestors, above.steps, grade, above.models))
        models = above.models[order]
        is_first = np.ones(len(models), bool)
        is_first[1:] = models[1:] != models[:-1]
        best = order[is_first]
        texts = pa.array(names, pa.string())
        columns: dict[str, Any] = {
            "frame": pa.array([frame] * len(best), pa.string()),
            "model_key": above.models[best].astype(np.int32),
            "ancestor_key": above.ancestors[best].astype(np.int32),
            "steps": above.steps[best].astype(np.int32),
            "model_terms": texts.take(pa.array(own[above.models[best]])),
            "ancestor_terms": texts.take(pa.array(above.terms[best])),
        }
        return pa.table(columns, schema=CHAINS_SCHEMA)

    def _grades(self, names: list[str]) -> npt.NDArray[np.int64]:
        """Return the place among VERDICTS of every pair of terms: [model, ancestor]."""
        verdicts = [[self._book.judge(a, b).verdict for b in names] for a in names]
        return np.array([[VERDICTS.index(v) for v in row] for row in verdicts], np.int64)


def _last_terms(facts: ir.Table, frames: ir.Table) -> ir.Table:
    """Return what each model last declared in each frame that was asked about licences.

    Returns:
        frame, node_key, terms (key of lineage/duties.Terms), snapshot_key, is_simulated.
    """
    window = ibis.window(group_by=["frame", "model_key"], order_by=ibis.desc("snapshot_key"))
    asked = facts.filter(facts.licence_class.notnull())
    last = asked.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth == 0)
    joined = last.join(frames, "frame")
    row = joined.licence_row
    return joined.select(
        "frame",
        "snapshot_key",
        "is_simulated",
        node_key="model_key",
        terms=ibis.ifelse(row == "", joined.licence_class, row),
    )


def _beside(steps: ir.Table, known: ir.Table) -> ir.Table:
    """Return the steps with the terms at both ends; "" where they were not collected.

    What a base declares is read in the same frame, or in the frame that asked last where the
    same one does not show it. Simulated frames speak for nothing but simulated ones.
    """
    bases = steps.select("frame", "is_simulated", node_key="parent_key").distinct()
    seen = known.select("node_key", "is_simulated", "snapshot_key", "terms", where="frame")
    found = bases.join(seen, ["node_key", "is_simulated"])
    order = [(found.where == found.frame).desc(), ibis.desc("snapshot_key"), ibis.asc("where")]
    window = ibis.window(group_by=["frame", "node_key"], order_by=order)
    best = found.mutate(nth=ibis.row_number().over(window)).filter(lambda t: t.nth == 0)
    above = best.select("frame", parent_key="node_key", parent_terms="terms")
    below = known.select("frame", child_key="node_key", child_terms="terms")
    joined = steps.left_join(below, ["frame", "child_key"])
    joined = joined.select(*steps.columns, "child_terms")
    joined = joined.left_join(above, ["frame", "parent_key"])
    return joined.select(
        *steps.columns,
        child_terms=ibis.coalesce(joined.child_terms, ibis.literal("")),
        parent_terms=ibis.coalesce(joined.parent_terms, ibis.literal("")),
    )


def _named(rows: ir.Table, texts: ir.Table, *sides: str) -> ir.Table:
    """Return rows with licence, class and register row of each side beside its terms."""
    for side in sides:
        names = texts.select(
            **{
                f"{side}_terms": "key",
                f"{side}_licence": "licence",
                f"{side}_licence_class": "class",
                f"{side}_licence_row": "row",
            }
        )
        rows = rows.join(names, f"{side}_terms")
    return rows


def _texts_of(rows: pa.Table, column: str) -> Iterator[str]:
    yield from rows[column].unique().to_pylist()


def _coded(rows: pa.Table, column: str, names: list[str]) -> npt.NDArray[np.int64]:
    places: npt.NDArray[np.int64] = pc.index_in(rows[column], pa.array(names)).to_numpy()
    return places.astype(np.int64)
