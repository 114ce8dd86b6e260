"""The table `openness`: what an index of openness says of each system, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from modelcensus.registers.check import plain
from modelcensus.registers.load import Registers
from modelcensus.releases.makers import Maker, Makers
from modelcensus.snapshots.manifest import EvidenceManifest
from modelcensus.snapshots.store import Store
from modelcensus.sources.openness import OPENNESS, OPENNESS_SCHEMA

HUB = "huggingface"

SCHEMA = pa.schema(
    [
        ("evidence_id", pa.string()),
        ("as_of", pa.string()),
        ("place", pa.int32()),
        ("system", pa.string()),
        ("kind", pa.string()),
        ("released_in", pa.string()),
        ("organisation", pa.string()),
        ("developer", pa.string()),
        ("developer_type", pa.string()),
        ("country", pa.string()),
        ("maker_rule", pa.string()),
        ("model_id", pa.string()),
        ("licence_text", pa.string()),
        ("licence_class", pa.string()),
        ("criterion", pa.string()),
        ("assessed", pa.string()),
    ]
)


def openness_table(
    store: Store, evidence: Sequence[EvidenceManifest], registers: Registers
) -> pa.Table:
    """Return what the newest imported index says: a row per system and criterion (SCHEMA).

    A system is its developer's: of the account that its link names, else of its organisation, as
    of the month of its release (of the index, where none is given). A system of several
    organisations whose link names no account has no one developer.

    Raises:
        ChecksumMismatch: the stored table is not the one its manifest names.
    """
    found = [m for m in evidence if OPENNESS in m.files]
    if not found:
        return SCHEMA.empty_table()
    newest = max(found, key=lambda m: (m.as_of, m.id))
    rows = store.open_table(newest, OPENNESS, OPENNESS_SCHEMA.names).to_pylist()
    makers, classes = Makers.of(registers), _licence_classes(registers)
    return pa.Table.from_pylist(
        [
            row
            for place, system in enumerate(rows)
            for row in _rows({**system, "place": place}, newest, makers, classes)
        ],
        schema=SCHEMA,
    )


def _rows(
    system: dict[str, Any], manifest: EvidenceManifest, makers: Makers, classes: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    maker = _maker(system, manifest, makers)
    common = {
        name: system[name] for name in ("place", "system", "kind", "released_in", "organisation")
    }
    common |= {
        "evidence_id": manifest.id,
        "as_of": manifest.as_of,
        "developer": maker.developer,
        "developer_type": maker.developer_type,
        "country": maker.country,
        "maker_rule": maker.rule,
        "model_id": system["model_id"],
        "licence_text": system["licence"],
        "licence_class": classes.get(plain(system["licence"] or "")),
    }
    for criterion, assessed in system["criteria"]:
        yield common | {"criterion": criterion, "assessed": assessed}


def _maker(system: dict[str, Any], manifest: EvidenceManifest, makers: Makers) -> Maker:
    month = system["released_in"]
    at = datetime.fromisoformat(f"{month}-01" if month else manifest.as_of).replace(tzinfo=UTC)
    found = makers.of_account(HUB, system["model_id"], at)
    return found or makers.of_name(system["organisation"], at) or Maker()


def _licence_classes(registers: Registers) -> dict[str, str]:
    """Return the class of each licence by its plain tag, SPDX id and name, read ones only."""
    found: dict[str, str] = {}
    for row in registers.usable("licences"):
        for name in (row["name"], row["spdx_id"], row["tag"]):
            if name:
                found[plain(name)] = row["licence_class"]
    return found
