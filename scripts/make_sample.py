"""Writes the bundled sample from the real data sets beside the checkout.

Only facts are taken over: ids, dates, counts, licence ids, declared bases, list membership and
region codes; no text of others. Run it as `python scripts/make_sample.py DATA_FOLDER`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from modelcensus.files import write_json, write_parquet
from modelcensus.sample.load import sample_folder
from modelcensus.snapshots.identity import instant_text, label_text
from modelcensus.sources import atom, hub_api, osir, radar
from modelcensus.sources.record import METADATA_SCHEMA, RECORD_SCHEMA, Evidence, State

DECLARED = (
    "model_id",
    "created_at",
    "licence_tag",
    "licence_name",
    "pipeline_tag",
    "library",
    "parameters",
    "formats",
    "base_models",
)
"""What is taken from sources that describe models: facts they declare, no counters."""


def main(data: Path, folder: Path) -> None:
    """Write every part of the sample and its index."""
    panel = [s for s in osir.read(data / "osir", {}) if isinstance(s, State)]
    namespaces = {i.partition("/")[0] for s in panel for i in _table(s)["model_id"].to_pylist()}
    states = [
        _write_states(folder, [s for s in panel if s.hub == hub], osir.INFO, f"osir-{hub}")
        for hub in ("huggingface", "modelscope")
    ]
    file = data / "hub_api" / "models_full_2025-11.json"
    described = [s for s in hub_api.read(file, {"label": "2025-11-24"}) if isinstance(s, State)]
    states.append(_write_declared(folder, described[-1], "hub-api", namespaces, _HUB_API))
    observed = [s for s in radar.read(data / "radar", {}) if isinstance(s, State)]
    states.append(_write_declared(folder, observed[-1], "radar", namespaces, asdict(radar.INFO)))
    lists = [e for e in atom.read(data / "atom", {}) if isinstance(e, Evidence)]
    evidence = [_write_evidence(folder, lists[0])]
    write_json(folder / "index.json", {"format": 1, "states": states, "evidence": evidence})


_HUB_API = {
    "name": "hub-api",
    "title": "Hugging Face Hub API records kept by ai-nexus",
    "url": "https://github.com/mosesy5688-cell/ai-nexus",
    "licence": "MIT",
    "attribution": "ai-nexus authors",
}


def _write_states(folder: Path, states: Sequence[State], info: Any, name: str) -> dict[str, Any]:
    """Write all states of one frame as they are; columns that hold nothing are left out."""
    tables = [_labelled(_table(state), label_text(state.label)) for state in states]
    _write(folder / f"{name}.parquet", pa.concat_tables(tables))
    return _part(f"{name}.parquet", states, asdict(info), states[0].frame, states[0].absent_columns)


def _write_declared(
    folder: Path, state: State, name: str, namespaces: set[str], info: dict[str, str]
) -> dict[str, Any]:
    """Write what models of the panel's namespaces declare, as a sample frame of its own."""
    table = _table(state)
    spaces = pc.list_element(pc.split_pattern(table["model_id"], "/"), 0)
    wanted = table.filter(pc.is_in(spaces, pa.array(sorted(namespaces)))).select(DECLARED)
    _write(folder / f"declared-{name}.parquet", _labelled(wanted, label_text(state.label)))
    absent = [n for n in RECORD_SCHEMA.names if n not in (*DECLARED, "absent")]
    return _part(f"declared-{name}.parquet", [state], info, f"sample:declared-{name}", absent)


def _part(
    file: str, states: Sequence[State], info: dict[str, str], frame: str, absent: Iterable[str]
) -> dict[str, Any]:
    return {
        "file": file,
        "hub": states[0].hub,
        "frame": frame,
        "absent_columns": list(absent),
        "source": info,
        "labels": [
            {
                "label": label_text(s.label),
                "window": [instant_text(w) for w in s.window] if s.window else None,
                "rejects": [asdict(r) for batch in s.batches for r in batch.rejects],
            }
            for s in states
        ],
    }


def _write_evidence(folder: Path, found: Evidence) -> dict[str, Any]:
    """Write list membership and region codes; the source's notes are its own text."""
    kept = {
        "population": found.tables["population"].select(["list", "model_id"]),
        "regions": found.tables["regions"].select(["namespace", "region"]),
    }
    for name, table in kept.items():
        write_parquet(folder / f"atom-{name}.parquet", table)
    return {
        "name": "atom-lists",
        "as_of": found.as_of.isoformat(),
        "tables": {name: f"atom-{name}.parquet" for name in kept},
        "source": asdict(atom.INFO),
    }


def _table(state: State) -> pa.Table:
    return pa.concat_tables([batch.records for batch in state.batches])


def _labelled(table: pa.Table, label: str) -> pa.Table:
    column = pa.array([label] * len(table), pa.string())
    return table.append_column("label", column)


def _write(path: Path, table: pa.Table) -> None:
    known = {*METADATA_SCHEMA.names, *RECORD_SCHEMA.names}
    empty = [n for n in table.column_names if n in known and table[n].null_count == len(table)]
    write_parquet(path, table.drop_columns(empty))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sample_folder())
