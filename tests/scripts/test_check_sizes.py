import subprocess
from pathlib import Path

import pytest

import check_sizes


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "src" / "product"
    package.mkdir(parents=True)
    (package / "shares.py").write_text("SHARE = 1\n", encoding="utf-8")
    return tmp_path


def write_function(project: Path, body_lines: int, docstring_lines: int = 0) -> None:
    docstring = (
        ['    """First.', *["    more"] * docstring_lines, '    """'] if docstring_lines else []
    )
    body = [f"    x = {number}" for number in range(body_lines)]
    text = "\n".join(["def measure():", *docstring, *body]) + "\n"
    (project / "src" / "product" / "measures.py").write_text(text, encoding="utf-8")


def track(project: Path, name: str, size: int) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    (project / name).write_bytes(b"x" * size)


def test_a_small_project_passes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_sizes.main([str(project)]) == 0
    assert "0 over a limit" in capsys.readouterr().out


def test_nothing_to_look_at_is_no_success(tmp_path: Path) -> None:
    assert check_sizes.main([str(tmp_path)]) == 1


@pytest.mark.parametrize(
    ("lines", "code", "word"),
    [(400, 0, ""), (401, 0, "look"), (600, 0, "look"), (601, 1, "FAIL")],
)
def test_module_length(
    project: Path, capsys: pytest.CaptureFixture[str], lines: int, code: int, word: str
) -> None:
    (project / "src" / "product" / "long.py").write_text("X = 1\n" * lines, encoding="utf-8")
    assert check_sizes.main([str(project)]) == code
    assert (f"{word} src/product/long.py" in capsys.readouterr().out) == bool(word)


@pytest.mark.parametrize(
    ("lines", "code", "word"), [(50, 0, ""), (51, 0, "look"), (60, 0, "look"), (61, 1, "FAIL")]
)
def test_function_length(
    project: Path, capsys: pytest.CaptureFixture[str], lines: int, code: int, word: str
) -> None:
    write_function(project, lines)
    assert check_sizes.main([str(project)]) == code
    assert (f"{word} src/product/measures.py:1" in capsys.readouterr().out) == bool(word)


def test_a_docstring_is_no_part_of_the_body(project: Path) -> None:
    write_function(project, body_lines=60, docstring_lines=40)
    assert check_sizes.main([str(project)]) == 0


def test_a_method_inside_a_class_is_seen(project: Path) -> None:
    body = "\n".join(["        x = 1"] * 61)
    text = f"class Figure:\n    async def draw(self):\n{body}\n"
    (project / "src" / "product" / "figures.py").write_text(text, encoding="utf-8")
    assert check_sizes.main([str(project)]) == 1


@pytest.mark.parametrize("name", ["src/product/utils.py", "tests/helpers.py", "src/common/rows.py"])
def test_attic_names_fail(project: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", encoding="utf-8")
    assert check_sizes.main([str(project)]) == 1
    assert f"FAIL {name}" in capsys.readouterr().out


@pytest.mark.parametrize(("size", "code"), [(2_000_000, 0), (2_000_001, 1)])
def test_file_size(project: Path, size: int, code: int) -> None:
    track(project, "sample.parquet", size)
    assert check_sizes.main([str(project)]) == code


def test_an_ignored_file_may_be_large(project: Path) -> None:
    (project / ".gitignore").write_text("build.bin\n", encoding="utf-8")
    track(project, "build.bin", 2_000_001)
    assert check_sizes.main([str(project)]) == 0
