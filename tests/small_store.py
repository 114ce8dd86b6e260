"""A store filled in this process by the real staging and placing, and registers of invented names.

Nobody here exists: names are made up, and so is every count.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from modelcensus.files import discard_folder, hidden_folder
from modelcensus.registers.load import Registers, Row
from modelcensus.registers.schema import REGISTERS
from modelcensus.snapshots.manifest import ImportReceipt
from modelcensus.snapshots.placing import missing_items, place, staged_items
from modelcensus.snapshots.staging import RowLimits, Staging
from modelcensus.snapshots.store import Store
from modelcensus.sources.record import (
    RECORD_SCHEMA,
    Batch,
    Evidence,
    Reject,
    SourceInfo,
    State,
    absent_columns,
    conform,
)

INFO = SourceInfo("probe", "Probe", "https://example.org/probe", "MIT", "Probe authors")
LIMITS = RowLimits(reader_rows=1_000_000, cell_bytes=1 << 20, reject_raw_bytes=2000)

SEEN = {
    "evidence_url": "https://example.org/page",
    "seen": "primary",
    "seen_on": "2026-11-01",
    "paraphrase": "The page says so.",
    "confidence": "high",
}
FACETS = dict.fromkeys(
    (
        "commercial_use",
        "scale_threshold",
        "field_of_use_limits",
        "naming_duty",
        "training_ban",
        "share_alike",
        "notice_duty",
    ),
    "no",
)


def state(
    label: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    frame: str = "panel:probe",
    hub: str = "huggingface",
    absent: Sequence[str] | None = None,
    rejects: Sequence[Reject] = (),
    complete: bool = False,
    simulated: bool = False,
) -> State:
    """Return one state; `id` stands for model_id, columns that no row names are absent."""
    named = [{"model_id": r["id"], **{k: v for k, v in r.items() if k != "id"}} for r in rows]
    columns = sorted({k for r in named for k in r})
    arrays = {c: pa.array([r.get(c) for r in named], RECORD_SCHEMA.field(c).type) for c in columns}
    return State(
        hub=hub,
        frame=frame,
        label=datetime.fromisoformat(label) if "T" in label else date.fromisoformat(label),
        batches=[Batch(conform(arrays, len(named)), rejects)],
        absent_columns=absent_columns(columns) if absent is None else tuple(absent),
        is_complete_frame=complete,
        is_simulated=simulated,
    )


def lists(name: str, as_of: str, **tables: Mapping[str, Sequence[str]]) -> Evidence:
    """Return evidence with tables of texts."""
    made = {
        k: pa.table({c: pa.array(v, pa.string()) for c, v in t.items()}) for k, t in tables.items()
    }
    return Evidence(name, date.fromisoformat(as_of), made, (), sum(map(len, made.values())))


def put(store: Store, *items: State | Evidence) -> Store:
    """Store states and evidence as an import does, without its child process."""
    with store.lock():
        hidden = hidden_folder(store.path)
        try:
            staging = Staging(hidden, INFO, LIMITS, lambda rows, what: None)
            for item in items:
                staging.add(item)
            staged = staged_items(hidden, staging.folders, Path("probe"))
            place(store, hidden, missing_items(store, staged), _receipt(store))
        finally:
            discard_folder(hidden)
    return store


def _receipt(store: Store) -> ImportReceipt:
    number = len(list(store.imports_path.glob("*"))) if store.imports_path.exists() else 0
    name = hashlib.sha256(str(number).encode()).hexdigest()
    return ImportReceipt(name, "probe", 1, {}, {}, "0")


def cells(register: str, row: Mapping[str, str]) -> dict[str, str]:
    """Return all cells of a register row, the evidence filled in."""
    columns = REGISTERS[register].columns
    defaults = {k: v for k, v in (SEEN | FACETS).items() if k in columns}
    return dict.fromkeys(columns, "") | defaults | row


def registers(**rows: Sequence[Mapping[str, str]]) -> Registers:
    """Return registers that hold these rows and nothing else."""
    made = {name: [] for name in REGISTERS}
    for name, given in rows.items():
        for line, row in enumerate(given, 2):
            filled = cells(name, row)
            key = ":".join((name, *(filled[k] for k in REGISTERS[name].key)))
            made[name].append(Row(key, f"{name}.csv", line, filled))
    ordered = {name: tuple(sorted(found, key=lambda r: r.id)) for name, found in made.items()}
    return Registers(ordered, dict.fromkeys(REGISTERS, "test"))


def overlay(folder: Path, **rows: Sequence[Mapping[str, str]]) -> Path:
    """Write register rows as an overlay; the bundled registers stay below it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, given in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, REGISTERS[name].columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(cells(name, row) for row in given)
    return folder


def developer(name: str, country: str, kind: str = "industry", **more: str) -> dict[str, str]:
    """Return a row of the register `developers`."""
    row = {"developer": name, "name": name.title(), "country": country, "developer_type": kind}
    return row | more


def owned(folder: Path, owners: Mapping[str, tuple[str, str]]) -> Path:
    """Return an overlay in which accounts belong to developers: account -> (developer, country)."""
    return overlay(
        folder,
        developers=[developer(name, country) for name, country in owners.values()],
        namespaces=[namespace(account, name) for account, (name, _) in owners.items()],
    )


def namespace(account: str, owner: str, role: str = "official", **more: str) -> dict[str, str]:
    """Return a row of the register `namespaces`."""
    row = {"hub": "huggingface", "namespace": account, "developer": owner, "role": role}
    return row | more


def family(slug: str, owner: str, account: str, pattern: str, **more: str) -> dict[str, str]:
    """Return a row of the register `families`."""
    row = {"family": slug, "family_name": slug.title(), "developer": owner, "hub": "huggingface"}
    return row | {"namespace": account, "pattern": pattern, "priority": "50"} | more


def rename(old: str, new: str, kind: str = "namespace", **more: str) -> dict[str, str]:
    """Return a row of the register `renames`."""
    return {"hub": "huggingface", "kind": kind, "old": old, "new": new, "by": "2025-01-01"} | more


def licence(tag: str, slug: str, letter: str, **more: str) -> dict[str, str]:
    """Return a row of the register `licences`."""
    return {"tag": tag, "licence": slug, "name": slug.title(), "licence_class": letter} | more
