"""The import contracts of pyproject.toml hold, and would break if they were violated."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]


def layers() -> list[str]:
    lines = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
    return [name.strip(" ()") for line in lines for name in line.split("|")]


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A package with every layer of the contract, all of them empty."""
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    package = tmp_path / "modelcensus"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in layers():
        (package / f"{name}.py").touch()
    return tmp_path


def lint(folder: Path) -> tuple[int, str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    # no path of this environment, or the installed package would be found instead
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout + run.stderr


def test_an_empty_skeleton_keeps_the_contracts(skeleton: Path) -> None:
    code, words = lint(skeleton)
    assert code == 0, words
    assert "2 kept, 0 broken" in words


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("errors", "import modelcensus.clock", "Layers"),
        ("measures", "from modelcensus.cli import main", "Layers"),
        ("measures", "from modelcensus import vet", "Layers"),
        ("web", "import modelcensus.assistant", "Layers"),
        ("attic", "", "Layers"),
        ("files", "import modelcensus", "Nothing inside"),
        ("files", "from modelcensus import __version__", "Nothing inside"),
        ("files", "from . import __version__", "Nothing inside"),
    ],
)
def test_a_violation_is_found(skeleton: Path, module: str, line: str, broken: str) -> None:
    (skeleton / "modelcensus" / f"{module}.py").write_text(f"{line}\n", encoding="utf-8")
    code, words = lint(skeleton)
    assert code == 1, words
    assert any(broken in found and "BROKEN" in found for found in words.splitlines()), words
