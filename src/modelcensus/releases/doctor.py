"""Looks at the installation and the store and says what would not work, and what to do."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.errors import CensusError
from modelcensus.releases.release import damaged_files, open_release, release_names
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

NEEDED_BYTES = 500 * 1024 * 1024
LIBRARIES = ("duckdb", "ibis-framework", "sqlglot", "pyarrow", "pandas", "typer", "rich")
OPTIONAL = {"polars": "figure.to_polars()", "pyspark": "--engine spark"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `ok`, `note` (works without it) or `broken`."""

    name: str
    state: str
    text: str


def examine(store: Store, settings: Settings) -> list[Finding]:
    """Return what was looked at, in order; nothing is changed."""
    findings = [Finding("python", "ok", f"{platform.python_version()} on {platform.system()}")]
    findings += [_library(name) for name in LIBRARIES]
    findings += [_optional(name, use) for name, use in OPTIONAL.items()]
    findings += [_engine(settings), _writable(store.path), _space(store.path), _release(store)]
    return findings


def _library(name: str) -> Finding:
    try:
        return Finding(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "broken", "not installed: install modelcensus again with its lock")


def _optional(name: str, use: str) -> Finding:
    try:
        return Finding(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "note", f"not installed; only {use} needs it")


def _engine(settings: Settings) -> Finding:
    engine = DuckDBEngine(settings)
    try:
        zone = engine.backend.con.execute("SELECT current_setting('TimeZone')").fetchall()[0][0]
    finally:
        engine.close()
    state = "ok" if zone == "UTC" else "broken"
    return Finding("engine", state, f"DuckDB answers in {zone}")


def _writable(path: Path) -> Finding:
    there = next(p for p in (path, *path.parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Finding("store", "broken", f"{there}: {reason}; choose another with --store")
    return Finding("store", "ok", f"{path} ({'exists' if path.exists() else 'will be made'})")


def _space(path: Path) -> Finding:
    there = next(p for p in (path, *path.parents) if p.exists())
    free = shutil.disk_usage(there).free
    state = "ok" if free > NEEDED_BYTES else "note"
    return Finding("disk", state, f"{free / 1e9:.1f} GB free, {os.cpu_count()} processors")


def _release(store: Store) -> Finding:
    names = release_names(store)
    if not names:
        return Finding("release", "note", "none yet: `census demo`, or `census import` and `build`")
    try:
        release = open_release(store)
    except CensusError as error:
        return Finding("release", "broken", error.what)
    release.close()
    if damaged := damaged_files(release.path, release.manifest):
        text = f"{names[-1]}: {', '.join(damaged)} differ from the manifest; `census build` again"
        return Finding("release", "broken", text)
    return Finding("release", "ok", f"{names[-1]} (of {len(names)})")
