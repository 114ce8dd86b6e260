"""Fails on a lock that names an address, lacks a hash, or no longer fits the project.

Usage: python scripts/check_locks.py [ROOT]

A lock must install from whatever index the user's pip is set to, so no line
may hold an address or an index option. Every requirement is one exact version
with a hash; every lock agrees with locks/all.txt; and what pyproject.toml asks
for directly is in all.txt at a version that fits.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ADDRESS_MARKS = (
    "://",
    "--index",
    "--extra-index",
    "--find-links",
    "--trusted-host",
    "file:",
    " @ ",
)
REQUIRED = ("all.txt", "core.txt", "spark.txt", "vet.txt", "dev.txt", "build.txt")


@dataclass(frozen=True)
class Pin:
    """One locked version: `name==version`, and the hashes that may stand for it."""

    name: str
    version: str
    hashes: int


def check_addresses(name: str, text: str) -> Iterator[str]:
    """Yields every line of a lock that ties it to one place."""
    for number, line in enumerate(text.splitlines(), start=1):
        for mark in ADDRESS_MARKS:
            if mark in line:
                yield f"{name}:{number}: holds '{mark.strip()}'"


def parse_lock(text: str) -> list[Pin]:
    """The pins of a lock, in order.

    Raises:
        ValueError: a line is not an exact version with its hashes.
    """
    pins = []
    lines = text.replace("\\\n", " ").splitlines()
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        specification, *hashes = line.split(" --hash=")
        requirement = Requirement(specification.strip())
        exact = [s.version for s in requirement.specifier if s.operator == "=="]
        if len(exact) != 1 or len(requirement.specifier) != 1:
            raise ValueError(f"'{specification.strip()}' is no exact version")
        pins.append(Pin(canonicalize_name(requirement.name), exact[0], len(hashes)))
    return pins


def check_pins(name: str, pins: list[Pin], complete: set[tuple[str, str]]) -> Iterator[str]:
    """Yields pins without a hash, and pins that locks/all.txt does not have."""
    if not pins:
        yield f"{name}: empty"
    for pin in pins:
        if not pin.hashes:
            yield f"{name}: {pin.name}=={pin.version} has no hash"
        if (pin.name, pin.version) not in complete:
            yield f"{name}: {pin.name}=={pin.version} is not in all.txt"


def direct_requirements(project: dict[str, Any]) -> list[Requirement]:
    """What a parsed pyproject.toml asks for itself: core, extras and groups."""
    table = project.get("project", {})
    groups = project.get("dependency-groups", {})
    lists = [
        table.get("dependencies", []),
        *table.get("optional-dependencies", {}).values(),
        *groups.values(),
    ]
    return [Requirement(text) for texts in lists for text in texts]


def check_requirements(requirements: list[Requirement], complete: list[Pin]) -> Iterator[str]:
    """Yields requirements that locks/all.txt lacks, or holds at a version that does not fit."""
    versions: dict[str, list[str]] = {}
    for pin in complete:
        versions.setdefault(pin.name, []).append(pin.version)
    for requirement in requirements:
        locked = versions.get(canonicalize_name(requirement.name))
        if not locked:
            yield f"pyproject.toml: {requirement} is not in all.txt (run `make lock`)"
        elif not all(requirement.specifier.contains(v, prereleases=True) for v in locked):
            yield f"pyproject.toml: {requirement} does not fit {locked} (run `make lock`)"


def check_project(root: Path) -> list[str]:
    """Everything wrong with the locks of a project, empty if nothing is."""
    texts = {path.name: path.read_text("utf-8") for path in sorted((root / "locks").glob("*.txt"))}
    problems = [f"{name}: missing" for name in REQUIRED if name not in texts]
    locks: dict[str, list[Pin]] = {}
    for name, text in texts.items():
        problems += check_addresses(name, text)
        try:
            locks[name] = parse_lock(text)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    complete = locks.get("all.txt", [])
    known = {(pin.name, pin.version) for pin in complete}
    for name, pins in locks.items():
        problems += check_pins(name, pins, known)
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    problems += check_requirements(direct_requirements(project), complete)
    return problems


def main(arguments: list[str]) -> int:
    """Prints every problem; returns 1 if there is one."""
    root = Path(arguments[0] if arguments else ".")
    problems = check_project(root)
    for problem in problems:
        print(f"FAIL {problem}")
    print(f"locks: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
