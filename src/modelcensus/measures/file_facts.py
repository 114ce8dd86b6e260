"""Facts about the files of repositories, from what sources tell of them; nothing is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from modelcensus.contracts.combinations import OF_DEVELOPERS
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure, columns, percent
from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.errors import ContractError
from modelcensus.measures.aggregate import coverage_of, sums_by_snapshot
from modelcensus.measures.frame_figure import make_figure
from modelcensus.measures.frames import require_instant
from modelcensus.measures.populations import latest_facts
from modelcensus.measures.selection import Selection, select
from modelcensus.measures.subjects import with_subjects
from modelcensus.measures.telling import telling_frame
from modelcensus.measures.weights import (
    BOTH,
    NONE_TOLD,
    OTHER,
    PICKLE,
    SAFETENSORS,
    weight_format,
)
from modelcensus.measures.wording import frame_phrase, group_names
from modelcensus.releases.release import Release

ALLOWED = ("library", "weight_format", "created_year", "total")
"""Groupings that facts about files may be split by."""

NOT_TOLD = "not told by this source"
OWN_CODE = "custom_code"
"""Tag of repositories that ask whoever loads them to run the repository's own code."""

IN_SAFETENSORS, GATED, LICENSED = "weights in safetensors", "gated", "licence declared"
RUNS_CODE, FLAGGED, SIZE = "asks to run its own code", "flagged by the hub's scan", "size"
FACTS = (IN_SAFETENSORS, PICKLE, OTHER, NONE_TOLD, GATED, LICENSED, RUNS_CODE, FLAGGED)
EVERYTHING = ""
"""Name of the tally over all groups."""

COLUMNS = columns(
    ("group", "", "group of the definition; `unknown` is one of them"),
    ("name", "", "its printable name"),
    ("fact", "", "what is counted"),
    ("models", "models", "models of the group of which the source tells that it is so"),
    ("known", "models", "models of which it tells whether it is so; of size, whose size it tells"),
    ("share", "fraction", "models over known; null where the source never tells"),
    ("share_at_least", "fraction", "models over the whole group; null as above"),
    ("share_at_most", "fraction", "the same if it were so of all that is not known"),
    ("median_bytes", "bytes", "median storage of the group's repositories; of size only"),
)
SCHEMA = pa.schema(
    [
        *[(name, pa.string()) for name in ("group", "name", "fact")],
        *[(name, pa.int64()) for name in ("models", "known")],
        *[(name, pa.float64()) for name in ("share", "share_at_least", "share_at_most")],
        ("median_bytes", pa.float64()),
    ]
)


def facts_by_group(release: Release, contract: Contract) -> Figure:
    """Weight formats, gating, declared licence, own code and sizes of each group's models.

    Returns:
        Figure with the rows of FACTS and one of sizes for each group, by falling number of
        models, `unknown` last. What the source never tells is null, not 0.

    Raises:
        ContractError: a split by country or by who made the models, an interval, a frame that
            tells of no formats, or a curated sample by year.
        UnknownName: a subject is no group of this question.

    Method: docs/methods.md#file_facts
    """
    _refuse_split(contract)
    require_instant(contract)
    sources = "hub-stats, hub-api, radar"
    frame = telling_frame(release, contract, "formats", "weight formats", sources)
    selection = select(release, contract.with_values(frame=frame))
    sums = sums_by_snapshot(selection)[selection.last.key]
    names = group_names(release, selection.contract)
    selection = with_subjects(selection, sums.values, names)
    listed = list(selection.contract.subjects) or sums.leaders()
    if UNKNOWN in sums.values and UNKNOWN not in listed:
        listed.append(UNKNOWN)
    tallies = _tallies(selection)
    rows = [row for g in listed for row in _rows(g, names.get(g, g), tallies[g], tallies)]
    everything = tallies[EVERYTHING]
    return make_figure(
        selection,
        columns=COLUMNS,
        rows=pa.Table.from_pylist(rows, schema=SCHEMA),
        finding=_finding(selection, everything),
        coverage=coverage_of(selection, sums, selection.last.key) | {"told": _told(everything)},
        bounds=_bounds(everything),
        sensitivity={
            "why_none": "it counts what sources tell of files, model by model: no counter, cap or "
            "developer enters it; `share_at_least` and `share_at_most` say how far it could move"
        },
        caveats=(
            "facts are what sources tell of files; no file was opened, and a format says how "
            "weights can be read, not what is in them",
        ),
    )


def _refuse_split(contract: Contract) -> None:
    if contract.by in ALLOWED:
        return
    where, next_step = f"--by {contract.by}", f"--by {', '.join(ALLOWED)}"
    if contract.by in OF_DEVELOPERS:
        raise ContractError(
            "facts about files are not split by country or by who made the models: formats and "
            "gating follow tools and dates, and such a split would be read as the security of a "
            "country or a developer",
            where=where,
            next_step=next_step,
        )
    raise ContractError(
        f"facts about files are not split by {contract.by}", where=where, next_step=next_step
    )


@dataclass
class _Tally:
    """Numbers of models of one group.

    Attributes:
        yes: by fact, models of which it is told; `known`: models of which it is told whether.
        maybe: by fact, models of which it could be so besides.
        median_bytes: of the repositories whose size is told; None when none is.
    """

    models: int = 0
    yes: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    maybe: Counter[str] = field(default_factory=Counter)
    sized: int = 0
    median_bytes: float | None = None

    def add(self, row: dict[str, Any]) -> None:
        """Add models of which the same is told."""
        count = row["models"]
        self.models += count
        for fact, said in _said(row):
            self.known[fact] += count if said is not None else 0
            self.yes[fact] += count if said else 0
            # a list without any format may be one that its source has no word for
            is_open = said is None or (
                fact in (IN_SAFETENSORS, PICKLE, OTHER) and row["word"] == NONE_TOLD
            )
            self.maybe[fact] += count if is_open else 0


def _said(row: dict[str, Any]) -> Iterator[tuple[str, bool | None]]:
    """Yield what is told of some models: yes, no, or nothing."""
    word, licence, gated = row["word"], row["licence_class"], row["gated"]
    yield IN_SAFETENSORS, None if word is None else word in (SAFETENSORS, BOTH)
    for fact in (PICKLE, OTHER, NONE_TOLD):
        yield fact, None if word is None else word == fact
    yield GATED, None if gated is None else gated != "false"
    yield LICENSED, None if licence is None else licence != "L9"
    yield RUNS_CODE, row["own_code"]
    yield FLAGGED, None


def _tallies(selection: Selection) -> dict[str, _Tally]:
    """Return the tally of each group, and of everything."""
    facts = latest_facts(selection.release, selection.contract)
    told = facts.select(
        "model_key",
        "licence_class",
        "gated",
        "size_bytes",
        word=weight_format(facts.formats),
        own_code=facts.tags.contains(OWN_CODE),
    )
    last = selection.values.filter(selection.values.snapshot_key == selection.last.key)
    joined = last.left_join(told, "model_key").drop("model_key_right")
    keys = ["group", "word", "licence_class", "gated", "own_code"]
    grouped = joined.group_by(keys).agg(models=joined.count())
    tallies: dict[str, _Tally] = {EVERYTHING: _Tally()}
    order = [ibis.asc(k, nulls_first=True) for k in keys]
    for row in selection.fetch(grouped.order_by(order)).to_pylist():
        for name in (row["group"], EVERYTHING):
            tallies.setdefault(name, _Tally()).add(row)
    _add_sizes(selection, joined, tallies)
    return tallies


def _add_sizes(selection: Selection, joined: ir.Table, tallies: dict[str, _Tally]) -> None:
    sized = joined.filter(joined.size_bytes.notnull())
    by_group = sized.group_by("group").agg(
        sized=sized.count(), median=sized.size_bytes.median().cast("float64")
    )
    whole = sized.agg(
        group=ibis.literal(EVERYTHING),
        sized=sized.count(),
        median=sized.size_bytes.median().cast("float64"),
    )
    for question in (by_group.order_by("group"), whole):
        for row in selection.fetch(question).to_pylist():
            tally = tallies[row["group"]]
            tally.sized = row["sized"]
            tally.median_bytes = row["median"] if row["sized"] else None


def _is_told(everything: _Tally, fact: str) -> bool:
    """Return whether the source ever tells of a fact; pickle only where one repository has it."""
    if fact == PICKLE:
        return bool(everything.yes[PICKLE])
    return bool(everything.known[fact])


def _rows(
    group: str, name: str, tally: _Tally, tallies: dict[str, _Tally]
) -> Iterator[dict[str, Any]]:
    for fact in FACTS:
        is_told = _is_told(tallies[EVERYTHING], fact)
        yes, known = tally.yes[fact], tally.known[fact]
        yield {
            "group": group,
            "name": name,
            "fact": fact,
            "models": yes if is_told else None,
            "known": known if is_told else 0,
            "share": yes / known if is_told and known else None,
            "share_at_least": yes / tally.models if is_told and tally.models else None,
            "share_at_most": _at_most(tally, fact),
            "median_bytes": None,
        }
    yield {
        **{"group": group, "name": name, "fact": SIZE, "models": None, "known": tally.sized},
        **dict.fromkeys(("share", "share_at_least", "share_at_most")),
        "median_bytes": tally.median_bytes,
    }


def _at_most(tally: _Tally, fact: str) -> float | None:
    if not tally.models:
        return None
    return (tally.yes[fact] + tally.maybe[fact]) / tally.models


def _told(everything: _Tally) -> dict[str, Any]:
    """Return of what part of the models each fact is told; in words where of none."""
    found: dict[str, Any] = {}
    for fact in FACTS:
        is_told = _is_told(everything, fact)
        found[fact] = everything.known[fact] / everything.models if is_told else NOT_TOLD
    found[SIZE] = everything.sized / everything.models if everything.sized else NOT_TOLD
    return found


def _bounds(everything: _Tally) -> dict[str, Any]:
    why = "facts about files are counted within the frame only"
    spans = {
        fact: [everything.yes[fact] / everything.models, _at_most(everything, fact)]
        for fact in FACTS
        if everything.models
    }
    return {
        "hub_wide": {"status": "unknown here", "why": why, "groups": {}},
        "in_the_frame": spans,
    }


def _finding(selection: Selection, everything: _Tally) -> str:
    contract = selection.contract
    said = [f"{_share(everything, fact)} {words}" for fact, words in _WORDS.items()]
    untold = [fact for fact in FACTS if not _is_told(everything, fact)]
    text = (
        f"On {selection.last.label}, of the {everything.models:,} models that "
        f"{frame_phrase(selection.release, contract)} holds, "
        f"{', '.join(s for s in said if not s.startswith('unknown'))}"
    )
    return f"{text}; {NOT_TOLD}: {', '.join(untold)}." if untold else f"{text}."


_WORDS = {
    IN_SAFETENSORS: "had weights in safetensors",
    PICKLE: "in pickle without safetensors",
    GATED: "were gated",
    LICENSED: "declared a licence",
    RUNS_CODE: "asked to run their own code",
}


def _share(tally: _Tally, fact: str) -> str:
    known = tally.known[fact] if _is_told(tally, fact) else 0
    return percent(tally.yes[fact] / known if known else None)
