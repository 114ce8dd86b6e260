"""How the declared task and languages change from a base to what is made from it."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import RELATIONS
from modelcensus.measures.bases import DECLARED, require_lineage, require_lineage_of
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.newcomers import lineage_frame
from modelcensus.measures.populations import latest_facts
from modelcensus.measures.selection import select
from modelcensus.measures.wording import frame_phrase
from modelcensus.releases.release import Release

TASK, LANGUAGES = "task", "languages"
SAME = "the same"

COLUMNS = columns(
    ("what", "", "task, or languages"),
    ("from", "", "what the base declares; for languages what becomes of them"),
    ("to", "", "what the derivative declares; empty for languages"),
    ("edges", "edges", "declared edges between models that both declare it"),
    ("share", "fraction", "edges over all edges on which both ends declare it"),
)
SCHEMA = pa.schema(
    [
        ("what", pa.string()),
        ("from", pa.string()),
        ("to", pa.string()),
        ("edges", pa.int64()),
        ("share", pa.float64()),
    ]
)


def drift_along_edges(release: Release, contract: Contract) -> Figure:
    """How declared tasks and languages change along the declared edges of a frame.

    Returns:
        Figure with one row per pair of tasks and per change of languages (the same, some left
        out, some added, other ones), most edges first. Only edges whose two ends were observed
        and declare it are counted; the coverage says how many are not.

    Raises:
        ContractError: the frame tells of no bases.

    Method: docs/methods.md#drift
    """
    contract = contract.with_values(frame=lineage_frame(release, contract))
    require_lineage(release, contract)
    selection = select(release, contract)
    require_lineage_of(release, contract, selection.last)
    edges = release.table("edges")
    kept = (edges.frame == contract.frame) & (edges.kind == DECLARED)
    mine = edges.filter(kept & (edges.status == "resolved"))
    if contract.relation != "any":
        mine = mine.filter(mine.relation == contract.relation)
    pairs = _with_facts(mine, latest_facts(release, contract))
    tasks, languages = _tasks(release, pairs), _languages(release, pairs)
    rows = [*_shares(TASK, tasks), *_shares(LANGUAGES, languages)]
    counted = release.fetch(pairs.agg(n=pairs.count()))["n"][0].as_py()
    changed = [r for r in tasks if r["from"] != r["to"]]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(release, contract, tasks, changed, languages),
        coverage={
            "frame": contract.frame,
            "hub": selection.last.hub,
            "is_complete_frame": selection.last.is_complete_frame,
            "label": selection.last.label,
            "models": int(release.fetch(mine.agg(n=mine.child_key.nunique()))["n"][0].as_py()),
            "edges_with_observed_ends": counted,
            "edges_with_both_tasks": _sum(tasks),
            "edges_with_both_languages": _sum(languages),
        },
        bounds={"hub_wide": {"status": "not a share of the hub", "groups": {}}},
        sensitivity={
            "why_none": "it counts declared words: no count, register or cap enters them; "
            "--relation asks for other edges"
        },
    )


def _with_facts(edges: ir.Table, facts: ir.Table) -> ir.Table:
    known = facts.select("model_key", "pipeline_tag", "languages")
    child = known.rename(child_key="model_key", task_to="pipeline_tag", spoken_to="languages")
    base = known.rename(parent_key="model_key", task_from="pipeline_tag", spoken_from="languages")
    pairs = edges.select("child_key", "parent_key").distinct()
    return pairs.join(child, "child_key").join(base, "parent_key")


def _tasks(release: Release, pairs: ir.Table) -> list[dict[str, Any]]:
    both = pairs.filter(pairs.task_from.notnull() & pairs.task_to.notnull())
    grouped = both.group_by(**{"from": both.task_from, "to": both.task_to}).agg(edges=both.count())
    rows: list[dict[str, Any]] = release.fetch(grouped.order_by(["from", "to"])).to_pylist()
    return rows


def _languages(release: Release, pairs: ir.Table) -> list[dict[str, Any]]:
    both = pairs.filter((pairs.spoken_from.length() > 0) & (pairs.spoken_to.length() > 0))
    before, after = both.spoken_from.unique(), both.spoken_to.unique()
    shared = before.intersect(after).length()
    left, added = before.length() - shared, after.length() - shared
    change = ibis.cases(
        ((left == 0) & (added == 0), SAME),
        (shared == 0, "other ones"),
        (added == 0, "some left out"),
        (left == 0, "some added"),
        else_="some left out and some added",
    )
    named = both.select(change=change)
    grouped = named.group_by("change").agg(edges=named.count()).order_by("change")
    rows = release.fetch(grouped).to_pylist()
    return [{"from": r["change"], "to": "", "edges": r["edges"]} for r in rows]


def _sum(rows: list[dict[str, Any]]) -> int:
    return sum(row["edges"] for row in rows)


def _shares(what: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    whole = _sum(rows)
    ordered = sorted(rows, key=lambda r: (-r["edges"], r["from"], r["to"]))
    return [{"what": what, **r, "share": r["edges"] / whole} for r in ordered]


def _finding(
    release: Release,
    contract: Contract,
    tasks: list[dict[str, Any]],
    changed: list[dict[str, Any]],
    languages: list[dict[str, Any]],
) -> str:
    what = RELATIONS[contract.relation].phrase
    frame = frame_phrase(release, contract)
    kept = sum(r["edges"] for r in languages if r["from"] == SAME)
    task = percent(_sum(changed) / _sum(tasks)) if tasks else "an unknown part"
    spoken = percent(1 - kept / _sum(languages)) if languages else "an unknown part"
    return (
        f"Among {what} in {frame}, {task} of the {_sum(tasks):,} edges whose two ends declare a "
        f"task lead to another task, and {spoken} of the {_sum(languages):,} whose two ends "
        "declare languages to other languages."
    )
