"""Writes docs/data-dictionary.md from the schemas, and the generated tables of other pages.

    python scripts/make_data_dictionary.py [--check]

A generated table stands between `<!-- begin NAME -->` and `<!-- end NAME -->`; the rest of those
pages is written by hand. `--check` writes nothing and exits with 1 where a page is not up to date.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from doc_tables import code, filled, table
from modelcensus.registers.problem import KINDS, STOPPING
from modelcensus.registers.schema import REGISTERS, Register
from modelcensus.releases.tables import TABLES
from modelcensus.snapshots.manifest import EvidenceManifest, ImportReceipt, SnapshotManifest
from modelcensus.snapshots.manifest_fields import FileEntry
from modelcensus.sources.record import (
    COUNTERS,
    METADATA_SCHEMA,
    OBSERVATION_SCHEMA,
    REJECT_SCHEMA,
    SourceInfo,
)
from modelcensus.sources.source import SOURCES, get_source

ROOT = Path(__file__).resolve().parents[1]
DICTIONARY = "docs/data-dictionary.md"

RECORD_MEANINGS = {
    "model_id": "id of the repository, exactly as the source writes it",
    "absent": "counters that this row did not speak of; null when none",
    "observed_at": "when the source looked at this row; null when unknown",
    "hub_key": "the hub's own lasting key (`_id`), where the source gives it",
    "created_at": "creation of the repository, not the release of the model",
}
"""What columns of a snapshot mean that no release table describes."""

REJECT_MEANINGS = {
    "reason": "why the row could not become a record",
    "locator": "where it stood: `row 17`, `line 3`, a file name",
    "raw": "its text, cut at the setting `reject_raw_bytes`",
}

MANIFEST_MEANINGS = {
    "id": "SHA-256 that follows from the content; a changed manifest is refused",
    "source": "name, title, address, licence and attribution of the source",
    "hub": "site the models are on",
    "frame": "what the source can see",
    "label": "day (`2025-09-07`) or instant (`2026-08-19T12:00:25Z`) it stands for",
    "window": "first and last moment at which the source looked; null when unknown",
    "rows": "rows stored",
    "input_rows": "rows of the input that these account for, `applied_rows` included",
    "applied_rows": "input rows that only changed or removed the record of another row",
    "rejects": "lost rows by reason",
    "files": "stored tables by name: SHA-256, bytes, rows",
    "schema_fingerprint": "SHA-256 over names and types of the columns",
    "absent_columns": "counters and facts that the whole source does not have",
    "is_complete_frame": "whether absence means that the frame lost the model",
    "is_simulated": "whether the data were generated",
    "tool_version": "version of the tool that wrote it",
    "status": "`imported` or `collected`",
    "name": "name of the list",
    "as_of": "day the list describes",
    "reader_version": "raised when reading changes so that the same input gives other snapshots",
    "options": "options of the source, defaults filled in",
    "inputs": "SHA-256 of every input file by relative name",
    "snapshots": "identities of the snapshots that the import led to",
    "evidence": "identities of the evidence lists that the import led to",
}

RELEASE_MANIFEST = {
    "name": "name of the release: newest label and a hash of all inputs",
    "format": "version of the layout",
    "tool_version": "version of the tool that built it; part of the name",
    "snapshots": "per snapshot: id, hub, frame, label, source, input_rows, rejects, counters "
    "(those with at least one value), has_metadata, is_complete_frame, is_simulated",
    "evidence": "per evidence list: id, name, as_of, source",
    "registers": "register name -> version (hash of its rows)",
    "settings": "the settings that the bytes depend on, with their values",
    "rows": "rows by table",
    "incidents": "number of incidents by kind",
    "files": "SHA-256 and bytes of every file",
    "sum": "SHA-256 of all the above; a changed manifest is refused",
}


def release_tables() -> Iterator[str]:
    """Yield the section of each table of a release."""
    for name, (meaning, columns) in TABLES.items():
        yield f"### {name}\n\n{_sentence(meaning)}\n\n" + table(
            ("column", "unit", "meaning"),
            ((code(column), unit, text) for column, (unit, text) in columns.items()),
        )


def register_sections() -> Iterator[str]:
    """Yield the section of each register."""
    for register in REGISTERS.values():
        yield (
            f"### {register.name}\n\n{_sentence(register.description)} "
            f"Key: {', '.join(map(code, register.key))}.\n\n"
            + table(("column", "needed", "refers to"), _register_rows(register))
        )


def _register_rows(register: Register) -> Iterator[tuple[str, str, str]]:
    for column in register.columns:
        target, key = register.references.get(column, ("", ""))
        needed = "yes" if column in register.required else ""
        yield code(column), needed, f"{code(key)} of {target}" if target else ""


def schema_rows(schema: pa.Schema, meanings: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield column, type and meaning of each field."""
    for field in schema:
        yield code(field.name), _type_name(field.type), meanings[field.name]


def _type_name(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_type_name(kind.value_type)}"
    if pa.types.is_struct(kind):
        return f"structure ({', '.join(field.name for field in kind)})"
    return {"string": "text", "bool": "yes or no", "int64": "whole number"}.get(
        str(kind), "instant in UTC" if pa.types.is_timestamp(kind) else str(kind)
    )


def record_meanings() -> dict[str, str]:
    """Return what each record column means, as the tables of a release say it."""
    known: dict[str, str] = {}
    for name in ("observations", "facts"):
        known |= {column: text for column, (_, text) in TABLES[name][1].items()}
    return known | RECORD_MEANINGS


def manifest_rows(kind: type[Any]) -> Iterator[tuple[str, str]]:
    """Yield field and meaning of a manifest."""
    for item in dataclasses.fields(kind):
        yield code(item.name), MANIFEST_MEANINGS[item.name]


def dictionary() -> str:
    """Return the whole page."""
    meanings = record_meanings()
    parts = [
        _HEAD,
        "## Tables of a release\n\n" + _RELEASE,
        *release_tables(),
        "### registers/NAME\n\nEvery register as it was when the release was built: `row_id` "
        "(`register:key parts`, stable when lines move) and the columns below.\n",
        "## Registers\n\n" + _REGISTERS,
        *register_sections(),
        "### What a check can find\n\n" + table(("kind", "severe", "meaning"), _problem_rows()),
        "## Tables of a snapshot\n\n" + _SNAPSHOT,
        "### observations (snapshot)\n\n"
        + table(("column", "type", "meaning"), schema_rows(OBSERVATION_SCHEMA, meanings)),
        "### metadata\n\n"
        + table(("column", "type", "meaning"), schema_rows(METADATA_SCHEMA, meanings)),
        "### rejects (snapshot)\n\n"
        + table(("column", "type", "meaning"), schema_rows(REJECT_SCHEMA, REJECT_MEANINGS)),
        "## Manifests\n\n" + _MANIFESTS,
        *_manifests(),
        "## Sources\n\n" + _SOURCES,
        *source_sections(),
    ]
    return "\n".join(parts)


def _manifests() -> Iterator[str]:
    for title, kind in (
        ("Snapshot", SnapshotManifest),
        ("Evidence list", EvidenceManifest),
        ("Import receipt", ImportReceipt),
    ):
        yield f"### {title}\n\n" + table(("field", "meaning"), manifest_rows(kind))
    entry, info = (
        ", ".join(code(f.name) for f in dataclasses.fields(kind))
        for kind in (FileEntry, SourceInfo)
    )
    yield f"A file entry holds {entry}; a source holds {info}.\n"
    rows = ((code(name), text) for name, text in RELEASE_MANIFEST.items())
    yield "### Release\n\n" + table(("field", "meaning"), rows)


def _problem_rows() -> Iterator[tuple[str, str, str]]:
    for kind, (is_severe, meaning) in KINDS.items():
        severe = "yes, stops a build" if kind in STOPPING else "yes" if is_severe else ""
        yield kind, severe, meaning


def source_sections() -> Iterator[str]:
    """Yield the section of each source with its licence and options."""
    for name in SOURCES:
        source = get_source(name)
        info = source.INFO
        text = f"### {name}\n\n{info.title}{f' ({info.url})' if info.url else ''}; "
        text += f"licence: {info.licence}; attribution: {info.attribution}.\n"
        rows = [
            (
                code(o.name),
                code(o.default) or ("needed" if o.is_required else ""),
                o.description + (f": {', '.join(map(code, o.choices))}" if o.choices else ""),
            )
            for o in source.OPTIONS
        ]
        yield text + ("\n" + table(("option", "default", "meaning"), rows) if rows else "")


def pages(root: Path) -> dict[Path, str]:
    """Return every page that holds something generated, as it should be."""
    found = {root / DICTIONARY: dictionary()}
    for path in sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")]):
        text = path.read_text(encoding="utf-8")
        if "<!-- begin " in text:
            found[path] = filled(text)
    return found


def main(arguments: Sequence[str]) -> int:
    """Write or check the pages."""
    stale = [
        (path, text)
        for path, text in pages(ROOT).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        state = "not up to date" if "--check" in arguments else "written"
        sys.stdout.write(f"{path.relative_to(ROOT)}: {state}\n")
    return int(bool(stale) and "--check" in arguments)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_HEAD = """# Data dictionary

Printed by `scripts/make_data_dictionary.py` from the code; do not edit it by hand. Words are
explained in the [glossary](glossary.md), figures in [methods](methods.md).

Three things hold everywhere. **Unknown is a value**: null means "not known", and a group called
`unknown` is counted like any other. **Null, absent and 0 differ**: null is a counter that the
source left open, absent one that it did not speak of, 0 a count. **Instants are in UTC**, and
intervals hold their start and not their end.
"""

_RELEASE = """A release is a folder of Parquet files and a `manifest.json` that names each with its
checksum. `observations` has one file per snapshot; every other table is one file.
"""

_REGISTERS = f"""A register is a CSV file in `src/modelcensus/registers/data`. An overlay is a
folder of files with the same names and columns: its rows replace those with the same key and add
the others. Registers with evidence say where a fact was seen (`evidence_url`), how (`seen`:
`primary`, `secondary` or `unread`), when (`seen_on`), in one sentence (`paraphrase`), and how sure
we are (`confidence`). Rows that are `unread` enter no figure. `alternatives` holds other defensible
readings, separated by semicolons, and `contested_because` the reason. `valid_from` is the first day
a row holds and `valid_to` the first day it no longer does; an empty cell leaves that side open.

The package holds {len(REGISTERS)} registers.
"""

_SNAPSHOT = f"""A snapshot is what a source said about one frame at one label, uninterpreted.
`metadata` and `rejects` are there only where they are not empty. Counters are whole numbers from 0
up; {", ".join(code(c) for c in COUNTERS)}.
"""

_MANIFESTS = """Manifests hold no path and no clock time. They are read strictly: an unknown or
missing field, or an identity that does not follow from the content, is an error.
"""

_SOURCES = """`census import SOURCE PATH --option NAME=VALUE` reads one of these. Figures carry the
attribution of the sources they rest on. `census import sample` needs no path.
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
