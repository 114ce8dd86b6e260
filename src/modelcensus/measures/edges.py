"""What the models of a frame declare as their bases, by relation and by what came of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.measures.bases import DECLARED, require_lineage, require_lineage_of
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.newcomers import lineage_frame
from modelcensus.measures.selection import select
from modelcensus.measures.wording import frame_phrase
from modelcensus.releases.release import Release

COLUMNS = columns(
    ("kind", "", "declared, or inferred"),
    ("relation", "", "finetune, adapter, quantized, merge, unspecified, same_model"),
    ("status", "", "resolved, named_only, self_reference, unresolvable_reference, inferred"),
    ("rule", "", "rule of an inferred edge; empty for declared ones"),
    ("edges", "edges", "how many"),
    ("models", "models", "derivatives they start from"),
)
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("relation", pa.string()),
        ("status", pa.string()),
        ("rule", pa.string()),
        ("edges", pa.int64()),
        ("models", pa.int64()),
    ]
)
TYPED = ("finetune", "adapter", "quantized", "merge")


def edges_by_relation(release: Release, contract: Contract) -> Figure:
    """Edges of a frame by kind, relation and status, as of its last snapshot.

    Returns:
        Figure with one row per combination that occurs, declared ones first. The coverage
        counts what a reader of lineage must know: self references, bases that name no
        repository, models that only a card gives a base, the most bases of one model, models
        on cycles.

    Raises:
        ContractError: the frame tells of no bases.

    Method: docs/methods.md#edges
    """
    contract = contract.with_values(frame=lineage_frame(release, contract))
    require_lineage(release, contract)
    selection = select(release, contract)
    require_lineage_of(release, contract, selection.last)
    edges = release.table("edges")
    mine = edges.filter(edges.frame == contract.frame)
    is_declared = mine.kind == DECLARED
    told = mine.mutate(rule=is_declared.ifelse("", mine.rule))
    grouped = told.group_by(["kind", "relation", "status", "rule"]).agg(
        edges=told.count(), models=told.child_key.nunique()
    )
    rows = release.fetch(grouped.order_by(["kind", "relation", "status", "rule"])).to_pylist()
    facts = _facts(release, mine.filter(is_declared), contract.frame)
    typed = sum(r["edges"] for r in rows if r["kind"] == DECLARED and r["relation"] in TYPED)
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(release, contract, rows, typed, facts),
        coverage={
            "frame": contract.frame,
            "hub": selection.last.hub,
            "is_complete_frame": selection.last.is_complete_frame,
            "label": selection.last.label,
            "models": _count(release, selection.values),
            "typed_edges": typed,
            **facts,
        },
        bounds={"hub_wide": {"status": "not a share", "groups": {}}},
        sensitivity={
            "declared_edges": sum(r["edges"] for r in rows if r["kind"] == DECLARED),
            "typed_edges_only": typed,
            "inferred_edges": sum(r["edges"] for r in rows if r["kind"] != DECLARED),
        },
    )


def _count(release: Release, table: Any) -> int:
    return int(release.fetch(table.agg(n=table.count()))["n"][0].as_py())


def _facts(release: Release, declared: Any, frame: str) -> dict[str, int]:
    is_typed = declared.relation.isin(TYPED)
    by_model = declared.group_by("child_key").agg(
        typed=is_typed.cast("int64").sum(), edges=declared.count()
    )
    models = by_model.agg(
        derivatives=by_model.count(),
        card_or_untyped_only=(by_model.typed == 0).cast("int64").sum(),
        most_bases=by_model.typed.max(),
    )
    found: dict[str, int] = release.fetch(models).to_pylist()[0]
    roots = release.table("roots")
    traced = roots.filter((roots.frame == frame) & (roots.reading == DECLARED))
    more = traced.agg(
        traced_models=traced.model_key.nunique(),
        models_on_cycles=traced.model_key.nunique(where=traced.is_in_cycle),
        longest_way=traced.depth.max(),
    )
    nodes = release.table("nodes")
    known = traced.join(nodes.select("country", root_key="node_key"), "root_key")
    unknown = known.filter(known.country == UNKNOWN)
    counted = release.fetch(unknown.agg(n=unknown.model_key.nunique()))["n"][0].as_py()
    return (
        {k: v or 0 for k, v in found.items()}
        | {k: v or 0 for k, v in release.fetch(more).to_pylist()[0].items()}
        | {"models_with_a_root_of_unknown_country": counted}
    )


def _finding(
    release: Release,
    contract: Contract,
    rows: list[dict[str, Any]],
    typed: int,
    facts: dict[str, int],
) -> str:
    by_relation: dict[str, int] = {}
    by_status: dict[str, int] = {}
    for row in rows:
        if row["kind"] == DECLARED and row["relation"] in TYPED:
            by_relation[row["relation"]] = by_relation.get(row["relation"], 0) + row["edges"]
            by_status[row["status"]] = by_status.get(row["status"], 0) + row["edges"]
    parts = ", ".join(f"{by_relation[r]:,} {r}" for r in TYPED if r in by_relation)
    return (
        f"{frame_phrase(release, contract)} declares {typed:,} typed edges ({parts or 'none'}), "
        f"of which {by_status.get('self_reference', 0):,} lead to the model itself and "
        f"{by_status.get('unresolvable_reference', 0):,} name no repository; "
        f"{facts['card_or_untyped_only']:,} models have a base without a type only, "
        f"{facts['models_on_cycles']:,} stand on a cycle, and one model names "
        f"{facts['most_bases']:,} bases."
    )
