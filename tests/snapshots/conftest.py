"""A store, a registered probe source, and inputs for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.report import ImportReport
from modelcensus.snapshots.store import Store
from modelcensus.sources.source import SOURCES

PROBE = Path(__file__).parent / "probe"


@pytest.fixture(autouse=True)
def _probe_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PROBE))
    monkeypatch.setitem(SOURCES, "probe", "probe_source")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def write_input(tmp_path: Path) -> Callable[..., Path]:
    def write(*states: dict[str, Any], name: str = "input.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(states))
        return path

    return write


@pytest.fixture
def run_import(store: Store) -> Callable[..., ImportReport]:
    def run(path: Path, *, settings: Settings | None = None, **options: str) -> ImportReport:
        return import_source(store, "probe", path, options, settings or Settings())

    return run
