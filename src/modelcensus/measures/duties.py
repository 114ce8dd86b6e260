"""What models declare beside the terms of what they are built on: counts of verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.catalogue.facts import declared_string
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns
from modelcensus.lineage.duties import COMPATIBLE, DISAGREE, FEWER, UNKNOWN_TERMS, VERDICTS
from modelcensus.lineage.duties import Verdict as Judged
from modelcensus.measures.bases import require_lineage, require_lineage_of
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.newcomers import lineage_frame
from modelcensus.measures.populations import latest_facts
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.terms import CAVEAT, licence_frame, terms_book
from modelcensus.measures.wording import frame_phrase
from modelcensus.releases.release import Release

EDGES, UNEQUAL, CHAINS = "edges", "unequal strings", "chains"
DUTIES, CLASSES, LICENCES = "duties", "classes", "licences"

COLUMNS = columns(
    ("kind", "", "edges, unequal strings, chains, duties, classes or licences"),
    ("base", "", "class or licence of the base; empty where all are counted"),
    ("derivative", "", "class or licence of the derivative; empty where all are counted"),
    ("verdict", "", "one of four; empty where the duty is counted"),
    ("duties", "", "what the base passes on and the declared terms surely lack"),
    ("count", "edges", "pairs of a model and a base it names; for chains models"),
    ("share", "fraction", "count over the kind; for classes and licences over all edges"),
    ("reason", "", "one sentence, for two licences"),
)
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("base", pa.string()),
        ("derivative", pa.string()),
        ("verdict", pa.string()),
        ("duties", pa.list_(pa.string())),
        ("count", pa.int64()),
        ("share", pa.float64()),
        ("reason", pa.string()),
    ]
)


def duties_along_lineage(release: Release, contract: Contract) -> Figure:
    """Verdicts about declared terms along declared edges and chains, as of the last snapshot.

    Returns:
        Figure with rows by kind: `edges`, `unequal strings` (both ends in the frame, both
        strings declared, and not equal) and `chains` by verdict; `duties` by what is missing;
        `classes` by class of base and derivative; `licences` by licence of both, with the
        reason. A pair of models counts once, whatever relations it has.

    Raises:
        ContractError: the frame tells of no bases, or of no licences.

    Method: docs/methods.md#duties
    """
    contract = contract.with_values(frame=lineage_frame(release, contract))
    require_lineage(release, contract)
    licence_frame(release, contract)
    selection = select(release, contract)
    require_lineage_of(release, contract, selection.last)
    pairs = [_pair(row) for row in _pairs(selection)]
    chains = _chains(selection)
    book = terms_book(release)
    judged = {(p.base, p.derivative): book.judge(p.derivative, p.base) for p in pairs}
    by_verdict = _sums(pairs, lambda p: p.verdict)
    unequal = _sums([p for p in pairs if p.is_unequal], lambda p: p.verdict)
    rows = [
        *_by_verdict(EDGES, by_verdict),
        *_by_verdict(UNEQUAL, unequal),
        *_by_verdict(CHAINS, _models(chains)),
        *_missing(pairs, judged),
        *_by_class(pairs),
        *_by_licence(pairs, judged),
    ]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(selection, by_verdict, unequal, chains),
        coverage=_coverage(selection, by_verdict, unequal, chains),
        bounds=_bounds(by_verdict),
        sensitivity={"contested_rows": _contested(selection)},
        caveats=(CAVEAT,),
    )


def _contested(selection: Selection) -> list[dict[str, Any]]:
    """Return the contested licence rows by how many edges rest on them, most first."""
    release, frame = selection.release, selection.contract.frame
    register, table = release.register("licences"), release.table("terms")
    mine = table.filter(table.frame == frame)
    ends = ibis.union(
        mine.select("child_key", "parent_key", row_id="child_licence_row"),
        mine.select("child_key", "parent_key", row_id="parent_licence_row"),
    ).distinct()
    contested = register.filter(register.alternatives != "").select(
        "row_id", "licence_class", "alternatives", because="contested_because"
    )
    joined = ends.join(contested, "row_id")
    counted = joined.group_by(["row_id", "licence_class", "alternatives", "because"]).agg(
        edges=joined.count()
    )
    rows: list[dict[str, Any]] = selection.fetch(
        counted.order_by([ibis.desc("edges"), "row_id"]).limit(int(release.settings.contested_rows))
    ).to_pylist()
    return rows


@dataclass(frozen=True)
class _Pair:
    """Edges whose two ends declare the same; `base` and `derivative` are keys of terms."""

    base: str
    derivative: str
    base_name: str
    derivative_name: str
    base_class: str
    derivative_class: str
    verdict: str
    is_unequal: bool
    count: int


_WITHOUT_LICENCE = {
    "": "(not collected)",
    "L8": "(unread)",
    "L9": "(none declared)",
}


def _pair(row: dict[str, Any]) -> _Pair:
    def side(name: str) -> tuple[str, str, str]:
        letter = row[f"{name}_licence_class"] or ""
        key = row[f"{name}_licence_row"] or letter
        named = row[f"{name}_licence"] or _WITHOUT_LICENCE[letter]
        return key, named, letter or "(not collected)"

    base, derivative = side("parent"), side("child")
    return _Pair(
        base[0],
        derivative[0],
        base[1],
        derivative[1],
        base[2],
        derivative[2],
        row["verdict"],
        row["is_unequal"],
        row["count"],
    )


def _pairs(selection: Selection) -> list[dict[str, Any]]:
    """Return how many pairs of a model and its base declare what, with the verdicts."""
    release, contract = selection.release, selection.contract
    facts = latest_facts(release, contract)
    said = facts.select("model_key", text=declared_string(facts))
    table = release.table("terms")
    mine = _of_selection(selection, table.filter(table.frame == contract.frame), "child_key")
    sides = [f"{side}_{what}" for side in ("parent", "child") for what in _COLUMNS]
    once = mine.group_by(["child_key", "parent_key", *sides, "verdict"]).agg(relations=mine.count())
    child = said.select(child_key="model_key", child_text="text")
    base = said.select(parent_key="model_key", base_text="text")
    joined = once.left_join(child, "child_key").drop("child_key_right")
    joined = joined.left_join(base, "parent_key").drop("parent_key_right")
    unequal = ibis.coalesce(joined.child_text != joined.base_text, ibis.literal(False))
    keys = [*sides, "verdict", "is_unequal"]
    grouped = joined.mutate(is_unequal=unequal).group_by(keys)
    counted = grouped.agg(count=lambda t: t.count())
    rows: list[dict[str, Any]] = selection.fetch(
        counted.order_by([ibis.asc(k, nulls_first=True) for k in keys])
    ).to_pylist()
    return rows


_COLUMNS = ("licence", "licence_class", "licence_row")


def _chains(selection: Selection) -> list[dict[str, Any]]:
    """Return verdict, is_further (the ancestor is no base of it) and models."""
    table = selection.release.table("chains")
    frame = selection.contract.frame
    mine = _of_selection(selection, table.filter(table.frame == frame), "model_key")
    rows = mine.mutate(is_further=mine.steps > 1)
    counted = rows.group_by(["verdict", "is_further"]).agg(models=rows.count())
    found: list[dict[str, Any]] = selection.fetch(
        counted.order_by(["verdict", "is_further"])
    ).to_pylist()
    return found


def _of_selection(selection: Selection, rows: ir.Table, key: str) -> ir.Table:
    """Keep the rows about models that the selection holds at its last snapshot."""
    values = selection.values
    last = values.filter(values.snapshot_key == selection.last.key)
    return rows.semi_join(last.select(**{key: "model_key"}), key)


def _models(chains: list[dict[str, Any]], *, further: bool = False) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in chains:
        if row["is_further"] or not further:
            found[row["verdict"]] += row["models"]
    return found


def _sums(pairs: list[_Pair], key: Any) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for pair in pairs:
        found[key(pair)] += pair.count
    return found


def _row(kind: str, count: int, whole: int, **values: Any) -> dict[str, Any]:
    texts: dict[str, Any] = dict.fromkeys(("base", "derivative", "verdict", "reason"), "")
    share = count / whole if whole else None
    return texts | {"duties": []} | values | {"kind": kind, "count": count, "share": share}


def _by_verdict(kind: str, counts: Counter[str]) -> Iterator[dict[str, Any]]:
    whole = sum(counts.values())
    for verdict in VERDICTS:
        yield _row(kind, counts[verdict], whole, verdict=verdict)


def _missing(pairs: list[_Pair], judged: dict[tuple[str, str], Judged]) -> Iterator[dict[str, Any]]:
    """Yield how often each duty is missing."""
    found: Counter[str] = Counter()
    for pair in pairs:
        for duty in judged[pair.base, pair.derivative].duties:
            found[duty] += pair.count
    whole = sum(pair.count for pair in pairs)
    for duty, count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        yield _row(DUTIES, count, whole, duties=[duty])


def _by_class(pairs: list[_Pair]) -> Iterator[dict[str, Any]]:
    counts = _sums(pairs, lambda p: (p.base_class, p.derivative_class, p.verdict))
    whole = sum(counts.values())
    for (base, derivative, verdict), count in sorted(counts.items()):
        values = {"base": base, "derivative": derivative, "verdict": verdict}
        yield _row(CLASSES, count, whole, **values)


def _by_licence(
    pairs: list[_Pair], judged: dict[tuple[str, str], Judged]
) -> Iterator[dict[str, Any]]:
    """Yield the pairs of licences, gravest verdicts and most edges first."""
    counts = _sums(pairs, lambda p: (p.base_name, p.derivative_name))
    verdicts = {
        (p.base_name, p.derivative_name): judged[p.base, p.derivative]
        for p in sorted(pairs, key=lambda p: (p.base, p.derivative))
    }
    whole = sum(counts.values())
    order = sorted(counts, key=lambda k: (VERDICTS.index(verdicts[k].verdict), -counts[k], k))
    for base, derivative in order:
        found = verdicts[base, derivative]
        yield _row(
            LICENCES,
            counts[base, derivative],
            whole,
            base=base,
            derivative=derivative,
            verdict=found.verdict,
            duties=list(found.duties),
            reason=found.reason,
        )


def _coverage(
    selection: Selection,
    by_verdict: Counter[str],
    unequal: Counter[str],
    chains: list[dict[str, Any]],
) -> dict[str, Any]:
    values = selection.values
    last = values.filter(values.snapshot_key == selection.last.key)
    edges = sum(by_verdict.values())
    return {
        "frame": selection.contract.frame,
        "hub": selection.last.hub,
        "is_complete_frame": selection.last.is_complete_frame,
        "label": selection.last.label,
        "models": int(selection.fetch(last.agg(n=last.count()))["n"][0].as_py()),
        "edges": edges,
        "unknown_edges_share": by_verdict[UNKNOWN_TERMS] / edges if edges else None,
        "unequal_strings": sum(unequal.values()),
        "models_with_ancestors": sum(_models(chains).values()),
    }


def _bounds(by_verdict: Counter[str]) -> dict[str, Any]:
    """Return between which shares of edges the graver verdicts lie, whatever is unknown."""
    edges = sum(by_verdict.values())
    grave = by_verdict[DISAGREE] + by_verdict[FEWER]
    low = grave / edges if edges else None
    high = (grave + by_verdict[UNKNOWN_TERMS]) / edges if edges else None
    why = "edges are judged within the frame only"
    return {
        "hub_wide": {"status": "unknown here", "why": why, "groups": {}},
        "disagree_or_fewer_in_the_frame": [low, high],
    }


def _finding(
    selection: Selection,
    by_verdict: Counter[str],
    unequal: Counter[str],
    chains: list[dict[str, Any]],
) -> str:
    further, every = _models(chains, further=True), _models(chains)
    frame = frame_phrase(selection.release, selection.contract)
    return (
        f"along {sum(by_verdict.values()):,} declared edges of {frame}, declared terms disagree "
        f"on {by_verdict[DISAGREE]:,}, lack a duty of the base on {by_verdict[FEWER]:,}, are "
        f"compatible on {by_verdict[COMPATIBLE]:,} and unknown on {by_verdict[UNKNOWN_TERMS]:,}; "
        f"{sum(unequal.values()):,} pairs declare unequal strings, and {unequal[COMPATIBLE]:,} of "
        f"them are compatible. Beside all their ancestors, terms of {every[DISAGREE]:,} models "
        f"disagree and {every[FEWER]:,} lack a duty ({further[DISAGREE] + further[FEWER]:,} of "
        "these only beside an ancestor further up)."
    )
