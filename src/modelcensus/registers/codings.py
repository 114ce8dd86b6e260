"""Our coding beside three others': ATOM's regions, Epoch's countries, the panel's own groups.

A comparison that rests on rows which cite the other side would agree with itself, so each comes
twice: over all subjects, and over those whose rows have evidence of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

import pyarrow as pa

from modelcensus.registers.agreement import UNKNOWN, Agreement, measure_agreement, only
from modelcensus.registers.check import plain
from modelcensus.registers.load import Registers, Row
from modelcensus.registers.schema import NO_COUNTRY

if TYPE_CHECKING:
    from modelcensus.snapshots.store import Store

HUGGINGFACE = "huggingface"

_EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
EUROPE = frozenset(f"{_EU} IS LI NO GB CH".split())
"""What ATOM calls `eu`: it codes British and Swiss developers so, hence EU, EEA, GB and CH."""

EPOCH_COUNTRIES = {
    "United States of America": "US",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
    "Korea (Republic of)": "KR",
    "Iran (Islamic Republic of)": "IR",
}
"""Epoch's country names that differ from ours."""

MARKS = {"atom": "tracked-models", "epoch": "epoch.ai", "osir": "OSIR-LMTS"}
"""What the address of a piece of evidence contains when it is the other coding itself."""

SAME, APART = "same", "apart"


@dataclass(frozen=True)
class Comparison:
    """One other coding beside ours.

    Attributes:
        coding: `atom`; `epoch`, or `epoch:named country`; `osir:` with a hub.
        agreement: over all subjects.
        independent: over the subjects of which none of our rows cites the other coding.
        skipped: subjects of theirs that cannot be compared, sorted; the coding's rule says why.
    """

    coding: str
    agreement: Agreement
    independent: Agreement
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Owner:
    """Who stands behind a namespace on a day, and the rows that say so."""

    developer: str
    country: str
    namespace_row: Row
    developer_row: Row


def owners_on(registers: Registers, day: date) -> dict[tuple[str, str], Owner]:
    """Return (hub, namespace) -> owner on a day, from rows whose evidence was seen."""
    homes = {r["developer"]: r for r in registers.usable("developers") if _holds(r, day)}
    return {
        (row["hub"], row["namespace"]): Owner(home["developer"], home["country"], row, home)
        for row in registers.usable("namespaces")
        if _holds(row, day) and (home := homes.get(row["developer"]))
    }


def compare_atom(registers: Registers, regions: pa.Table, day: date) -> Comparison:
    """Compare with ATOM's region of each Hugging Face namespace.

    Args:
        registers: our coding.
        day: the day whose owners are compared.
        regions: namespace, region (`us`, `china`, `eu`, `other`, `unknown`; null is unknown).
    """
    owners = {n: o for (h, n), o in owners_on(registers, day).items() if h == HUGGINGFACE}
    ours = {name: atom_region(owner.country) for name, owner in owners.items()}
    theirs = {n: region or UNKNOWN for n, region in _pairs(regions, "namespace", "region")}
    ids = {name: owner.developer_row.id for name, owner in owners.items()}
    free = {n for n, o in owners.items() if not cites("atom", o.namespace_row, o.developer_row)}
    return _compare("atom", _Subjects(ours, theirs, ids, free))


def atom_region(country: str) -> str:
    """Return ATOM's region of one of our countries.

    US is `us`; CN is `china`, and HK, MO and TW, which have codes of their own here, are
    `other`; EUROPE is `eu`; every other country is `other`. `international` is `unknown`, as
    ATOM calls collaborations without a single base, and so are our `unknown` and `unresolvable`.
    """
    if country in NO_COUNTRY:
        return UNKNOWN
    if country in ("US", "CN"):
        return {"US": "us", "CN": "china"}[country]
    return "eu" if country in EUROPE else "other"


def compare_epoch(
    registers: Registers, models: pa.Table, day: date, *, reads_multinational: bool = True
) -> Comparison:
    """Compare with Epoch's country of each organisation that is one of our developers.

    A model by several organisations says nothing of any one of them and is left out. An
    organisation is ours when its name is a developer's name or slug, or is listed in the register
    `coding_aliases`; the others are in `skipped`. Where Epoch's rows differ, its most frequent
    word counts.

    Args:
        registers: our coding.
        day: the day whose developers' bases are compared.
        models: organization, country, one row per model; texts as Epoch writes them.
        reads_multinational: False passes over the word `Multinational`, which Epoch often puts
            beside the one country where the organisation sits.
    """
    words = _epoch_words(models)
    found = _match_names(registers, words)
    homes = {r["developer"]: r for r in registers.usable("developers") if _holds(r, day)}
    mine = {name: homes[d] for name, d in found.items() if d in homes}
    ours = {name: _one_unknown(row["country"]) for name, row in mine.items()}
    names = {r["name"]: r["country"] for r in registers.rows["countries"]} | EPOCH_COUNTRIES
    meaning = {
        word: epoch_country(word if reads_multinational else _without_multinational(word), names)
        for word in words.values()
    }
    ids = {name: row.id for name, row in mine.items()}
    free = {name for name, row in mine.items() if not cites("epoch", row)}
    theirs = only(mine.keys(), words)
    skipped = tuple(sorted(words.keys() - mine.keys()))
    coding = "epoch" if reads_multinational else "epoch:named country"
    return _compare(coding, _Subjects(ours, theirs, ids, free, meaning), skipped)


def epoch_country(word: str, names: Mapping[str, str]) -> str:
    """Return what Epoch's country cell means here.

    One country, however often it is named, is that country; several, or `Multinational`, are
    `international`, except that Hong Kong with China is Hong Kong; nothing is `unknown`. A name
    that no register has stands for itself.
    """
    found = {names.get(part.strip(), part.strip()) for part in word.split(",") if part.strip()}
    if found == {"HK", "CN"}:
        return "HK"
    if len(found) > 1 or "Multinational" in found:
        return "international"
    return found.pop() if found else UNKNOWN


def compare_groups(registers: Registers, hub: str, groups: pa.Table, day: date) -> Comparison:
    """Compare the panel's groups with our developers: which pairs of namespaces belong together.

    Each pair of namespaces is a subject, `same` or `apart` on either side. Namespaces without a
    group, or whose owner we do not know, are in `skipped`.

    Args:
        registers: our coding.
        hub: the hub whose accounts the namespaces are.
        day: the day whose owners are compared.
        groups: namespace, source_group; further rows of a namespace must say the same.
    """
    theirs = {n: g for n, g in _pairs(groups, "namespace", "source_group") if g}
    owners = owners_on(registers, day)
    mine = {n: owners[hub, n] for n in sorted(theirs) if (hub, n) in owners}
    everyone = {n for n, _ in _pairs(groups, "namespace", "source_group")}
    pairs = _Subjects({}, {}, {}, set())
    for first, second in combinations(mine, 2):
        pair = f"{first} + {second}"
        one, two = mine[first], mine[second]
        pairs.ours[pair] = SAME if one.developer == two.developer else APART
        pairs.theirs[pair] = SAME if theirs[first] == theirs[second] else APART
        pairs.row_ids[pair] = f"{one.namespace_row.id} + {two.namespace_row.id}"
        if not cites("osir", one.namespace_row, two.namespace_row):
            pairs.independent.add(pair)
    return _compare(f"osir:{hub}", pairs, tuple(sorted(everyone - mine.keys())))


def cites(coding: str, *rows: Row) -> bool:
    """Return whether one of some rows has the other coding as its evidence."""
    return any(MARKS[coding] in row["evidence_url"] for row in rows)


def agreement_from_store(store: Store, registers: Registers) -> list[Comparison]:
    """Compare with whatever other codings a store holds: the newest of each, else nothing."""
    evidence = {m.name: m for m in store.evidence()}
    regions = {m.as_of: m for m in store.evidence() if "regions" in m.files}
    comparisons = []
    if atom := regions[max(regions)] if regions else None:
        table = store.open_table(atom, "regions")
        comparisons.append(compare_atom(registers, table, _day(atom.as_of)))
    if epoch := evidence.get("epoch"):
        table = store.open_table(epoch, "organizations")
        for reads in (True, False):
            day = _day(epoch.as_of)
            comparisons.append(compare_epoch(registers, table, day, reads_multinational=reads))
    panels = {m.hub: m for m in store.snapshots() if m.frame == "panel:osir"}
    for hub, newest in sorted(panels.items()):
        metadata = store.open_table(newest, "metadata", ["model_id", "source_group"])
        groups = _by_namespace(metadata)
        if any(groups["source_group"].to_pylist()):
            comparisons.append(compare_groups(registers, hub, groups, _day(newest.label)))
    return comparisons


def _day(label: str) -> date:
    return date.fromisoformat(label[:10])


def _by_namespace(metadata: pa.Table) -> pa.Table:
    rows = sorted(
        {
            (model_id.rpartition("/")[0], group or "")
            for model_id, group in _pairs(metadata, "model_id", "source_group")
        }
    )
    return pa.table(
        {
            "namespace": pa.array([n for n, _ in rows], pa.string()),
            "source_group": pa.array([g for _, g in rows], pa.string()),
        }
    )


@dataclass(frozen=True)
class _Subjects:
    """What is compared; `independent` are the subjects whose rows do not cite the other side."""

    ours: dict[str, str]
    theirs: dict[str, str]
    row_ids: dict[str, str]
    independent: set[str]
    words: Mapping[str, str] = field(default_factory=dict)


def _compare(coding: str, of: _Subjects, skipped: tuple[str, ...] = ()) -> Comparison:
    free = of.independent
    return Comparison(
        coding,
        measure_agreement(of.ours, of.theirs, of.words, of.row_ids),
        measure_agreement(only(free, of.ours), only(free, of.theirs), of.words, of.row_ids),
        skipped,
    )


def _holds(row: Row, day: date) -> bool:
    text = day.isoformat()
    return row["valid_from"] <= text and (not row["valid_to"] or text < row["valid_to"])


def _pairs(table: pa.Table, first: str, second: str) -> Iterable[tuple[str, str]]:
    return zip(table[first].to_pylist(), table[second].to_pylist(), strict=True)


def _epoch_words(models: pa.Table) -> dict[str, str]:
    """Return organisation -> the country cell that Epoch most often gives it alone."""
    said: dict[str, Counter[str]] = {}
    for organisation, country in _pairs(models, "organization", "country"):
        if organisation and "," not in organisation:
            said.setdefault(organisation.strip(), Counter())[country or ""] += 1
    return {name: min(c, key=lambda word: (-c[word], word)) for name, c in sorted(said.items())}


def _without_multinational(word: str) -> str:
    return ",".join(part for part in word.split(",") if part.strip() != "Multinational")


def _match_names(registers: Registers, names: Iterable[str]) -> dict[str, str]:
    developers = registers.rows["developers"]
    aliases = [r for r in registers.rows["coding_aliases"] if r["coding"] == "epoch"]
    known = {plain(r["developer"]): r["developer"] for r in developers}
    known |= {plain(r["name"]): r["developer"] for r in (*developers, *aliases)}
    return {name: known[plain(name)] for name in names if plain(name) in known}


def _one_unknown(country: str) -> str:
    """Return our country, with `unresolvable` called unknown: Epoch has one word for both."""
    return UNKNOWN if country in ("unknown", "unresolvable") else country
