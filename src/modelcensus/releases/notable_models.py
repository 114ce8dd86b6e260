"""The table `notable_models`: an imported list of notable models, countries and makers as sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from modelcensus.contracts.vocabulary import UNKNOWN
from modelcensus.registers.codings import EPOCH_COUNTRIES
from modelcensus.registers.load import Registers
from modelcensus.snapshots.manifest import EvidenceManifest
from modelcensus.snapshots.store import Store

LISTED = "organizations"
MULTINATIONAL = "Multinational"
_COLUMNS = ("model", "organization", "country", "accessibility", "base_model", "parameters",
            "published_on")  # fmt: skip
_BY_PRESENCE = ("training_compute", "hardware")
_OPEN = "Open weights"

SCHEMA = pa.schema(
    [
        ("evidence_id", pa.string()),
        ("as_of", pa.string()),
        ("place", pa.int32()),
        ("model", pa.string()),
        ("organisations", pa.list_(pa.string())),
        ("countries", pa.list_(pa.string())),
        ("is_multinational", pa.bool_()),
        ("weights", pa.string()),
        ("base_model", pa.string()),
        ("published_on", pa.date32()),
        ("parameters", pa.float64()),
        ("training_compute", pa.float64()),
        ("hardware", pa.string()),
    ]
)


def notable_models_table(
    store: Store, evidence: Sequence[EvidenceManifest], registers: Registers
) -> pa.Table:
    """Return the models of the newest imported list (SCHEMA).

    A cell that names a country twice names it once, and `Multinational` is no country: it is
    kept apart. A country whose name no register row has is `unknown`.

    Raises:
        ChecksumMismatch: the stored table is not the one its manifest names.
    """
    found = [m for m in evidence if LISTED in m.files]
    if not found:
        return SCHEMA.empty_table()
    newest = max(found, key=lambda m: (m.as_of, m.id))
    table = store.open_table(newest, LISTED)
    codes = {row["name"]: row["country"] for row in registers.rows["countries"]} | EPOCH_COUNTRIES
    rows = [
        _row(raw, place, newest, codes)
        for place, raw in enumerate(table.select(_present(table)).to_pylist())
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _present(table: pa.Table) -> list[str]:
    return [*_COLUMNS, *(name for name in _BY_PRESENCE if name in table.column_names)]


def _row(
    raw: dict[str, Any], place: int, manifest: EvidenceManifest, codes: Mapping[str, str]
) -> dict[str, Any]:
    countries = parts_of(raw["country"])
    return {
        "evidence_id": manifest.id,
        "as_of": manifest.as_of,
        "place": place,
        "model": raw["model"],
        "organisations": parts_of(raw["organization"]),
        "countries": sorted({codes.get(c, UNKNOWN) for c in countries if c != MULTINATIONAL}),
        "is_multinational": MULTINATIONAL in countries,
        "weights": weights_of(raw["accessibility"]),
        "base_model": raw["base_model"],
        "published_on": raw["published_on"],
        "parameters": raw["parameters"],
        **{name: raw.get(name) for name in _BY_PRESENCE},
    }


def parts_of(cell: str | None) -> list[str]:
    """Return the different values of a cell with commas, sorted; an empty cell has none."""
    return sorted({part.strip() for part in (cell or "").split(",") if part.strip()})


def weights_of(accessibility: str | None) -> str:
    """Return whether weights can be had, by the list's own word; an empty cell is unknown."""
    if not accessibility:
        return UNKNOWN
    return "open" if accessibility.startswith(_OPEN) else "closed"
