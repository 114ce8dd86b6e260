"""The table `benchmarks`: results of every imported list, each with who made the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import pyarrow as pa

from modelcensus.registers.load import Registers
from modelcensus.releases.makers import Maker, Makers
from modelcensus.snapshots.manifest import EvidenceManifest
from modelcensus.snapshots.store import Store
from modelcensus.sources.benchmarks import BENCHMARK_SCHEMA, BENCHMARKS

HUB = "huggingface"
SCHEMA = pa.schema(
    [
        *BENCHMARK_SCHEMA,
        ("account", pa.string()),
        ("developer", pa.string()),
        ("developer_type", pa.string()),
        ("country", pa.string()),
        ("source", pa.string()),
        ("evidence_id", pa.string()),
    ]
)


def benchmarks_table(
    store: Store, evidence: Sequence[EvidenceManifest], registers: Registers
) -> pa.Table:
    """Return the results of all evidence (SCHEMA).

    A model is its account's developer's where its name holds one, else of its organisation as
    written; as of the day that it counts from, or of the list.

    Raises:
        ChecksumMismatch: a stored table is not the one its manifest names.
    """
    makers = Makers.of(registers)
    rows = [
        _row(result, manifest, makers)
        for manifest in evidence
        if BENCHMARKS in manifest.files
        for result in store.open_table(manifest, BENCHMARKS, BENCHMARK_SCHEMA.names).to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _row(result: dict[str, Any], manifest: EvidenceManifest, makers: Makers) -> dict[str, Any]:
    day = result["dated_on"]
    at = datetime.combine(day, time(), UTC) if day else datetime.fromisoformat(manifest.as_of)
    account, slash, _ = result["model"].partition("/")
    maker = makers.of_account(HUB, result["model"], at.replace(tzinfo=UTC)) if slash else None
    maker = maker or makers.of_name(result["organisation"], at.replace(tzinfo=UTC)) or Maker()
    return {
        **result,
        "account": account if slash else result["organisation"],
        "developer": maker.developer,
        "developer_type": maker.developer_type,
        "country": maker.country,
        "source": manifest.name,
        "evidence_id": manifest.id,
    }
