"""Which licences the models of each group declare: classes, permissive shares, duties, gating."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ibis
import pyarrow as pa

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.fact_words import LICENCE_CLASSES
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.lineage.duties import Terms, TermsBook
from modelcensus.measures.aggregate import coverage_of, sums_by_snapshot
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.frames import require_instant
from modelcensus.measures.populations import latest_facts
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.terms import (
    CAVEAT,
    UNKNOWN_CLASSES,
    is_permissive,
    licence_frame,
    terms_book,
)
from modelcensus.measures.wording import frame_phrase, group_names, whose
from modelcensus.registers.schema import FACETS, parts
from modelcensus.releases.release import Release

CLASS, PERMISSIVE, DUTY, ACCESS = "class", "permissive", "duty", "access"
STRICT, BROAD = "strict", "broad"
GATED = "gated"
EVERYTHING = ""
"""Name of the tally over all groups."""

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("kind", "", "class, permissive, duty or access"),
    ("terms", "", "L1 to L9 or unknown; strict or broad; a duty of the register; gated"),
    ("value", "as the metric", "sum over the group's models with these terms"),
    ("models", "models", "models of the group with these terms"),
    ("share", "fraction", "value over the whole group"),
    ("share_at_most", "fraction", "the same if all unknown terms were these; null where senseless"),
)
SCHEMA = pa.schema(
    [
        ("group", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("terms", pa.string()),
        ("value", pa.int64()),
        ("models", pa.int64()),
        ("share", pa.float64()),
        ("share_at_most", pa.float64()),
    ]
)


def licences_by_group(release: Release, contract: Contract) -> Figure:
    """Licence classes, permissive shares, duties and gating of each group's models.

    Returns:
        Figure with rows for each group by falling value, `unknown` last: the classes that
        occur, whose shares sum to 1; `permissive` in the strict and the broad reading; every
        facet of the licence register; `gated`. A facet counts only where a read text says yes.

    Raises:
        ContractError: the frame tells of no licences, the period is an interval, or a curated
            sample is asked by month.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#licences
    """
    require_instant(contract)
    if contract.lens == "base":
        raise ContractError(
            "a licence is declared by a model, not by its base",
            where="--lens base",
            next_step="`census duties` sets the terms of models beside those of their bases",
        )
    selection = select(release, contract.with_values(frame=licence_frame(release, contract)))
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, selection.contract)
    selection = with_subjects(selection, sums.values, names)
    subjects = selection.contract.subjects
    listed = list(subjects) or sums.leaders()
    if UNKNOWN in sums.values and UNKNOWN not in listed:
        listed.append(UNKNOWN)
    book = terms_book(release)
    tallies = _tallies(selection, book)
    rows = [row for g in listed for row in _rows(g, names.get(g, g), tallies[g])]
    everything = tallies[EVERYTHING]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(selection, tallies, list(subjects) or sums.leaders()[:2], names),
        coverage=coverage_of(selection, sums, selection.last.key)
        | {
            "undeclared_share": everything.share(CLASS, "L9"),
            "unread_share": everything.share(CLASS, "L8"),
            "not_asked_share": everything.share(CLASS, UNKNOWN),
        },
        bounds=_bounds(everything),
        sensitivity={"contested_rows": _contested(release, everything)},
        caveats=(CAVEAT,),
    )


@dataclass
class _Tally:
    """Sums of one group: by (kind, terms), and what may be these terms as nobody knows.

    Attributes:
        value: the metric, by (kind, terms); `unsure`: of models about which it is not known.
        models: number of models, by (kind, terms).
        whole: the metric over the whole group.
        rows: the metric by register row of the licence.
    """

    value: Counter[tuple[str, str]] = field(default_factory=Counter)
    unsure: Counter[tuple[str, str]] = field(default_factory=Counter)
    models: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    whole: int = 0

    def add(self, row: dict[str, Any], terms: Terms) -> None:
        """Add models that declare the same."""
        value, models = row["value"] or 0, row["models"]
        self.whole += value
        self.rows[row["licence_row"] or ""] += value
        for key, said in _said(row, terms):
            self.value[key] += value if said == "yes" else 0
            self.models[key] += models if said == "yes" else 0
            self.unsure[key] += value if said == "unknown" else 0

    def share(self, kind: str, terms: str) -> float | None:
        """Return the part of the group with these terms; null over nothing."""
        return self.value[kind, terms] / self.whole if self.whole else None

    def at_most(self, kind: str, terms: str) -> float | None:
        """Return the part if all unknown terms were these; null for the unknown ones."""
        if not self.whole or (kind == CLASS and terms in UNKNOWN_CLASSES):
            return None
        return (self.value[kind, terms] + self.unsure[kind, terms]) / self.whole


def _said(row: dict[str, Any], terms: Terms) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield what some models' terms say to each kind of question: yes, no or unknown."""
    found = row["licence_class"] or UNKNOWN
    otherwise = "unknown" if found in UNKNOWN_CLASSES else "no"
    for name in (*LICENCE_CLASSES, UNKNOWN):
        yield (CLASS, name), "yes" if name == found else otherwise
    for name in (STRICT, BROAD):
        is_so = is_permissive(found, terms.licence, broad=name == BROAD)
        yield (PERMISSIVE, name), "yes" if is_so else otherwise
    for facet in FACETS:
        yield (DUTY, facet), terms.facets.get(facet, "unknown") if terms.is_known else "unknown"
    gated = row["gated"]
    yield (ACCESS, GATED), "unknown" if gated is None else "no" if gated == "false" else "yes"


def _tallies(selection: Selection, book: TermsBook) -> dict[str, _Tally]:
    """Return the tally of each group, and of everything."""
    facts = latest_facts(selection.release, selection.contract)
    told = facts.select("model_key", "licence_class", "licence_row", "gated")
    last = selection.values.filter(selection.values.snapshot_key == selection.last.key)
    joined = last.left_join(told, "model_key").drop("model_key_right")
    keys = ["group", "licence_class", "licence_row", "gated"]
    grouped = joined.group_by(keys).agg(
        value=joined.value.sum().cast("int64"), models=joined.count()
    )
    order = [ibis.asc(k, nulls_first=True) for k in keys]
    tallies: dict[str, _Tally] = {EVERYTHING: _Tally()}
    for row in selection.fetch(grouped.order_by(order)).to_pylist():
        key = row["licence_row"] or ""
        terms = book.terms[key]
        for name in (row["group"], EVERYTHING):
            tallies.setdefault(name, _Tally()).add(row, terms)
    return tallies


def _rows(group: str, name: str, tally: _Tally) -> Iterator[dict[str, object]]:
    """Yield the rows of one group; of the classes those that occur."""
    for kind, terms in tally.models:
        if kind != CLASS or tally.models[kind, terms]:
            yield {
                "group": group,
                "name": name,
                "kind": kind,
                "terms": terms,
                "value": tally.value[kind, terms],
                "models": tally.models[kind, terms],
                "share": tally.share(kind, terms),
                "share_at_most": tally.at_most(kind, terms),
            }


def _bounds(everything: _Tally) -> dict[str, Any]:
    spans = {
        name: [everything.share(PERMISSIVE, name), everything.at_most(PERMISSIVE, name)]
        for name in (STRICT, BROAD)
    }
    why = "licences are counted within the frame only"
    return {
        "hub_wide": {"status": "unknown here", "why": why, "groups": {}},
        "permissive_in_the_frame": spans,
    }


def _contested(release: Release, everything: _Tally, most: int = 5) -> list[dict[str, Any]]:
    """Return the register rows with other defensible classes that carry most of the metric."""
    table = release.register("licences")
    rows = release.fetch(table.filter(table.alternatives != "").order_by("row_id")).to_pylist()
    carried = [r for r in rows if everything.rows[r["row_id"]]]
    carried.sort(key=lambda r: (-everything.rows[r["row_id"]], r["row_id"]))
    return [
        {
            "row_id": r["row_id"],
            "licence_class": r["licence_class"],
            "alternatives": list(parts(r["alternatives"])),
            "because": r["contested_because"],
            "share": everything.rows[r["row_id"]] / everything.whole,
        }
        for r in carried[:most]
    ]


def _finding(
    selection: Selection, tallies: dict[str, _Tally], groups: list[str], names: dict[str, str]
) -> str:
    contract, all_ = selection.contract, tallies[EVERYTHING]
    what = contract.metric_term.phrase
    counted = f"of the {all_.whole:,} {what} that {frame_phrase(selection.release, contract)} holds"
    said = [
        f"{whose(contract, g, names)}: {percent(tallies[g].share(PERMISSIVE, STRICT))} "
        f"({percent(tallies[g].share(PERMISSIVE, BROAD))})"
        for g in groups
    ]
    by_group = f" ({'; '.join(said)})" if said and contract.by != "total" else ""
    return (
        f"On {selection.last.label}, {counted}, {percent(all_.share(PERMISSIVE, STRICT))} stood "
        f"under permissive licences (class L1; {percent(all_.share(PERMISSIVE, BROAD))} with CC0, "
        f"CC BY and CDLA-Permissive){by_group}; {percent(all_.share(CLASS, 'L9'))} declared no "
        f"licence and {percent(all_.share(CLASS, 'L8'))} declared terms that nobody has read."
    )
