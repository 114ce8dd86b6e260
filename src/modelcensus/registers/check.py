"""Looks for everything that is wrong with the registers, or that they do not cover."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.registers.histories import history_problems
from modelcensus.registers.load import Registers, Row, problem_of
from modelcensus.registers.problem import Problem
from modelcensus.registers.schema import REGISTERS, WITHOUT_LINE
from modelcensus.registers.two_sources import source_problems
from modelcensus.settings import Settings

MIN_LICENCE_USES = 5
"""Models that must declare a licence string before a missing row for it is a problem."""

_OPEN_END = "9999-12-31"


def check_registers(
    registers: Registers,
    *,
    today: date,
    settings: Settings,
    known_namespaces: Collection[tuple[str, str]] = (),
    known_models: Collection[tuple[str, str]] | None = None,
    licence_uses: Mapping[str, int] | None = None,
) -> list[Problem]:
    """Return every problem, the severe ones first, then by register and line.

    Args:
        registers: as `read_registers` returns them, so that broken rows are listed too.
        today: the day by which evidence is old.
        settings: `check_age_days`.
        known_namespaces: (hub, namespace) pairs that should have a row.
        known_models: (hub, model id) pairs; patterns are tried on them. None: not tried.
        licence_uses: licence string (the declared name where the tag is `other`) -> models
            that declare it. None: not looked at.
    """
    found = [
        *registers.problems,
        *_evidence_problems(registers, today, settings.check_age_days),
        *_contest_problems(registers),
        *_validity_problems(registers, "developers", ("developer",)),
        *_validity_problems(registers, "namespaces", ("hub", "namespace")),
        *_name_problems(registers),
        *_coverage_problems(registers, known_namespaces),
        *_licence_problems(registers, licence_uses or {}),
        *source_problems(registers),
        *history_problems(registers),
    ]
    if known_models is not None:
        found += _pattern_problems(registers, known_models)
    return sorted(found, key=lambda p: (not p.is_severe, p.register, p.line, p.kind, p.text))


def _evidence_problems(registers: Registers, today: date, max_days: float) -> Iterator[Problem]:
    for register in REGISTERS.values():
        if not register.has_evidence:
            continue
        for row in registers.rows[register.name]:
            if not (row["evidence_url"] and row["paraphrase"]):
                yield problem_of("missing evidence", row, "no evidence is given")
            if row["seen"] == "unread":
                yield problem_of("unread evidence", row, "the evidence was not opened")
            days = _age(row["seen_on"], today)
            if days is not None and days > max_days:
                text = f"the evidence was last seen {days} days ago"
                yield problem_of("old evidence", row, text)


def _age(day: str, today: date) -> int | None:
    try:
        return (today - date.fromisoformat(day)).days
    except ValueError:
        return None


def _contest_problems(registers: Registers) -> Iterator[Problem]:
    for register in REGISTERS.values():
        if not register.contested:
            continue
        for row in registers.rows[register.name]:
            own = row[register.contested]
            if row["contested_because"] and not set(row.alternatives) - {own}:
                text = f"contested, but no alternative differs from {own!r}"
                yield problem_of("idle contest", row, text)


def _validity_problems(
    registers: Registers, name: str, subject: Sequence[str]
) -> Iterator[Problem]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in registers.rows[name]:
        groups.setdefault(tuple(row[c] for c in subject), []).append(row)
    for what, rows in groups.items():
        rows.sort(key=lambda r: (r["valid_from"], r["valid_to"] or _OPEN_END))
        for before, after in pairwise(rows):
            end, start = before["valid_to"] or _OPEN_END, after["valid_from"]
            title = "/".join(what)
            if start < end:
                text = f"{title} also has line {before.line} of {before.file} at the same time"
                yield problem_of("overlapping validity", after, text)
            elif start > end:
                text = f"{title} has no row from {end} to {start}"
                yield problem_of("hole in validity", after, text)


def _name_problems(registers: Registers) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in registers.rows["developers"]:
        other = first.setdefault(plain(row["name"]), row)
        if other["developer"] != row["developer"]:
            text = f"{row['developer']!r} has the name of {other['developer']!r}: {row['name']}"
            yield problem_of("equal names", row, text)


def plain(name: str) -> str:
    """Return a name without case, spaces and punctuation, for comparing."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _coverage_problems(
    registers: Registers, known: Collection[tuple[str, str]]
) -> Iterator[Problem]:
    owners = registers.rows["namespaces"]
    families = registers.rows["families"]
    covered = {(r["hub"], r["namespace"]) for r in owners}
    for hub, namespace in sorted(set(known) - covered):
        text = f"{hub}/{namespace} has no row"
        yield Problem("uncovered namespace", "namespaces", "", "namespaces.csv", 0, text)
    lines = {(r["hub"], r["namespace"]) for r in families}
    for row in owners:
        is_bare = (row["hub"], row["namespace"]) not in lines
        if is_bare and row["role"] not in WITHOUT_LINE:
            text = f"{row['hub']}/{row['namespace']} has no family row"
            yield problem_of("no family", row, text)
    used = {r["developer"] for r in (*owners, *families)}
    used |= {other for r in (*owners, *families) for other in r.alternatives}
    for row in registers.rows["developers"]:
        if row["developer"] not in used:
            text = f"no namespace and no family refers to {row['developer']!r}"
            yield problem_of("unused developer", row, text)


def _licence_problems(registers: Registers, uses: Mapping[str, int]) -> Iterator[Problem]:
    covered = {row["tag"].lower() for row in registers.rows["licences"]}
    for tag, count in sorted(uses.items()):
        if count >= MIN_LICENCE_USES and tag.strip().lower() not in covered:
            text = f"{count} models declare {tag!r}, which has no row"
            yield Problem("uncovered licence", "licences", "", "licences.csv", 0, text)


def _pattern_problems(
    registers: Registers, known: Collection[tuple[str, str]]
) -> Iterator[Problem]:
    names: dict[tuple[str, str], list[str]] = {}
    for hub, model_id in known:
        namespace, _, name = model_id.rpartition("/")
        names.setdefault((hub, namespace), []).append(name)
    broken = {p.row_id for p in registers.problems}
    for row in registers.rows["families"]:
        mine = names.get((row["hub"], row["namespace"]))
        if mine is None or row.id in broken:
            continue
        hits = pc.match_substring_regex(pa.array(mine), row["pattern"], ignore_case=True)
        if not pc.any(hits).as_py():
            text = f"{row['pattern']!r} matches none of {len(mine)} known models"
            yield problem_of("idle pattern", row, text)
