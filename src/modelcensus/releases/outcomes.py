"""The table `outcomes`: the security test cases of every imported list, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from modelcensus.snapshots.manifest import EvidenceManifest
from modelcensus.snapshots.store import Store
from modelcensus.sources.outcome_record import OUTCOME_SCHEMA, OUTCOMES

_ADDED = pa.schema([("source", pa.string()), ("evidence_id", pa.string())])


def outcomes_table(store: Store, evidence: Sequence[EvidenceManifest]) -> pa.Table:
    """Return the outcomes of all evidence, with the list and the evidence they are from.

    Lists stay apart: whether two of them agree about a case is asked when they are compared.

    Raises:
        ChecksumMismatch: a stored table is not the one its manifest names.
    """
    found = [_with_origin(store, manifest) for manifest in evidence if OUTCOMES in manifest.files]
    schema = pa.schema([*_ADDED, *OUTCOME_SCHEMA])
    return pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in found)])


def _with_origin(store: Store, manifest: EvidenceManifest) -> pa.Table:
    rows = store.open_table(manifest, OUTCOMES, OUTCOME_SCHEMA.names)
    origin = [pa.array([text] * len(rows), pa.string()) for text in (manifest.name, manifest.id)]
    return pa.table([*origin, *rows.columns], names=[*_ADDED.names, *OUTCOME_SCHEMA.names])
