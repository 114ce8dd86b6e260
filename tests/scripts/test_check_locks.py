from pathlib import Path

import pytest

import check_locks

ROOT = Path(__file__).parents[2]

DUCKDB = "duckdb==1.5.6 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
HATCHLING = "hatchling==1.33.0 ; python_version >= '3.11' \\\n    --hash=sha256:cc\n"
PROJECT = """
[project]
dependencies = ["duckdb>=1.5.6,<2"]
[dependency-groups]
build = ["hatchling>=1.27"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    locks = tmp_path / "locks"
    locks.mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    for name in ("core", "spark", "vet", "dev"):
        (locks / f"{name}.txt").write_text(DUCKDB, encoding="utf-8")
    (locks / "build.txt").write_text(HATCHLING, encoding="utf-8")
    (locks / "all.txt").write_text(DUCKDB + HATCHLING, encoding="utf-8")
    return tmp_path


def problems_after(project: Path, name: str, old: str, new: str) -> str:
    path = project / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert check_locks.main([str(project)]) == 1
    return "\n".join(check_locks.check_project(project))


def test_sound_locks_pass(project: Path) -> None:
    assert check_locks.check_project(project) == []
    assert check_locks.main([str(project)]) == 0


def test_the_locks_of_this_project_pass() -> None:
    assert check_locks.check_project(ROOT) == []


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("--index-url wheels", "--index"),
        ("--extra-index-url wheels", "--extra-index"),
        ("--find-links wheels", "--find-links"),
        ("# from https://index.invalid", "://"),
    ],
)
def test_an_address_fails(project: Path, line: str, mark: str) -> None:
    found = problems_after(project, "locks/core.txt", "duckdb", f"{line}\nduckdb")
    assert f"core.txt:1: holds '{mark}'" in found


def test_a_pin_without_a_hash_fails(project: Path) -> None:
    found = problems_after(project, "locks/build.txt", " \\\n    --hash=sha256:cc", "")
    assert found == "build.txt: hatchling==1.33.0 has no hash"


def test_a_range_is_no_pin(project: Path) -> None:
    found = problems_after(project, "locks/dev.txt", "==1.5.6", ">=1.5.6")
    assert "no exact version" in found


def test_a_lock_that_disagrees_with_the_complete_one_fails(project: Path) -> None:
    found = problems_after(project, "locks/core.txt", "1.5.6", "1.5.7")
    assert found == "core.txt: duckdb==1.5.7 is not in all.txt"


def test_a_missing_lock_fails(project: Path) -> None:
    (project / "locks" / "spark.txt").unlink()
    assert check_locks.check_project(project) == ["spark.txt: missing"]


def test_an_empty_lock_fails(project: Path) -> None:
    (project / "locks" / "spark.txt").write_text("# nothing\n", encoding="utf-8")
    assert check_locks.check_project(project) == ["spark.txt: empty"]


def test_a_new_requirement_needs_a_new_lock(project: Path) -> None:
    found = problems_after(project, "pyproject.toml", '["duckdb', '["rich", "duckdb')
    assert found == "pyproject.toml: rich is not in all.txt (run `make lock`)"


def test_a_raised_limit_needs_a_new_lock(project: Path) -> None:
    found = problems_after(project, "pyproject.toml", ">=1.5.6,<2", ">=1.6")
    assert found.startswith("pyproject.toml: duckdb>=1.6 does not fit ['1.5.6']")
