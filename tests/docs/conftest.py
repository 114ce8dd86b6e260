"""One store of the bundled sample for all pages; each page works on a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from doc_examples import Workspace, make_store

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE_PAGES = ("README.md", "docs/tutorial.md", "docs/methods.md")


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("docs") / "store"
    make_store(path)
    return path


@pytest.fixture
def workspace(sample_store: Path, tmp_path: Path) -> Workspace:
    store = tmp_path / "store"
    shutil.copytree(sample_store, store)
    folder = tmp_path / "work"
    folder.mkdir()
    return Workspace(folder, store)
