"""Fails on modules, functions or files that grew too large, and on attic names.

Usage: python scripts/check_sizes.py [ROOT]

Looked at: the Python modules under src/ and scripts/ (their length, and the
length of their function bodies without the docstring), the names of all Python
modules and folders of the project, and the size of every file that git tracks
or would track.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MODULE_LINES = (400, 600)
"""Lines of a module: a reason to look, and the limit."""
BODY_LINES = (50, 60)
"""Lines of a function body: a reason to look, and the limit."""
FILE_BYTES = 2_000_000
ATTIC_NAMES = frozenset({"utils", "helpers", "common", "misc", "manager", "base"})

SIZED_FOLDERS = ("src", "scripts")
NAMED_FOLDERS = ("src", "scripts", "tests", "benchmarks")


@dataclass(frozen=True)
class Finding:
    """One thing that is too large or ill named.

    Attributes:
        fails: true at the limit, false where it is only a reason to look.
    """

    where: str
    what: str
    fails: bool


def python_files(root: Path, folders: tuple[str, ...]) -> list[Path]:
    """Every Python file below the given folders of the root, sorted."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def judge(where: str, what: str, lines: int, limits: tuple[int, int]) -> Iterator[Finding]:
    """Yields a finding where a number of lines is over one of the two limits."""
    look, stop = limits
    if lines > look:
        limit = stop if lines > stop else look
        yield Finding(where, f"{what} has {lines} lines (over {limit})", lines > stop)


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Number of lines of a function's body, its docstring left out."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    if not body:
        return 0
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def check_module(path: Path, root: Path) -> Iterator[Finding]:
    """Yields what is too long in one module."""
    text = path.read_text(encoding="utf-8")
    where = path.relative_to(root).as_posix()
    yield from judge(where, "module", len(text.splitlines()), MODULE_LINES)
    for node in ast.walk(ast.parse(text, filename=str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            at = f"{where}:{node.lineno}"
            yield from judge(at, f"body of {node.name}", body_lines(node), BODY_LINES)


def check_names(root: Path) -> Iterator[Finding]:
    """Yields modules and folders whose name says nothing of the domain."""
    for path in python_files(root, NAMED_FOLDERS):
        relative = path.relative_to(root)
        found = ATTIC_NAMES.intersection((*relative.parts[:-1], relative.stem))
        for name in sorted(found):
            yield Finding(
                relative.as_posix(), f"'{name}' says nothing: name it by the domain", True
            )


def project_files(root: Path) -> list[Path] | None:
    """Files that git tracks or would track; None where the root is no git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        run = subprocess.run(command, cwd=root, capture_output=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    names = {name for name in run.stdout.decode("utf-8", "surrogateescape").split("\0") if name}
    return sorted(path for name in names if (path := root / name).is_file())


def check_files(files: list[Path], root: Path) -> Iterator[Finding]:
    """Yields files that are too large for a repository."""
    for path in files:
        size = path.stat().st_size
        if size > FILE_BYTES:
            what = f"file has {size:,} bytes (over {FILE_BYTES:,})"
            yield Finding(path.relative_to(root).as_posix(), what, True)


def main(arguments: list[str]) -> int:
    """Prints every finding; returns 1 if one of them fails, or if nothing was looked at."""
    root = Path(arguments[0] if arguments else ".").resolve()
    modules = python_files(root, SIZED_FOLDERS)
    if not modules:
        print(f"sizes: no Python module below {root}: nothing was checked")
        return 1
    findings = [finding for path in modules for finding in check_module(path, root)]
    findings += check_names(root)
    files = project_files(root)
    if files is None:
        print("sizes: file sizes not checked: no git checkout here")
    findings += check_files(files or [], root)
    for finding in findings:
        print(f"{'FAIL' if finding.fails else 'look'} {finding.where}: {finding.what}")
    failures = sum(finding.fails for finding in findings)
    counted = f"{len(modules)} modules, {len(files or [])} files"
    print(f"sizes: {counted}, {len(findings) - failures} to look at, {failures} over a limit")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
