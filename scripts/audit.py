"""Looks up the locked versions in a vulnerability service, as far as one is reachable.

Usage: python scripts/audit.py [LOCK ...]       (default: every lock in locks/)

Every version is looked up once: locks/all.txt holds what the others hold (check_locks.py sees to
it), so they are covered with it; a lock that holds more is looked up itself. What is found is
told with every lock that installs it.

Exit code 1 means that a known vulnerability was found, or that the audit itself
is broken. Where no service can be reached the words are "not checked", never
"none found": pip-audit alone says the latter when an index answers without any
vulnerability data, as package mirrors do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from check_locks import parse_lock

LOCKS = Path("locks")
COMPLETE = "all.txt"
SERVICE_TIMEOUT_S = 15
RUN_TIMEOUT_S = 180
CACHE = Path("build/audit-cache")

UNREACHABLE_MARKS = (
    "requests.exceptions.",
    "urllib3.exceptions.",
    "ServiceError",
    "ConnectionError",
)
"""What pip-audit's words hold when the service, not the lock, is at fault."""


@dataclass(frozen=True)
class Run:
    """What one run of pip-audit left behind.

    Attributes:
        report: its JSON report, "" if it wrote none.
        words: its error output.
    """

    report: str
    words: str


Version = tuple[str, str]
"""Name and version of a package."""


@dataclass
class Verdict:
    """What an audit found.

    Attributes:
        vulnerable: the version and one line, per vulnerability.
        unchecked: names of the packages that the service knew nothing about.
        broken: why the audit itself could not be made, "" if it could.
        reached: false where no service answered.
    """

    checked: int = 0
    vulnerable: list[tuple[Version, str]] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    broken: str = ""
    reached: bool = True

    @property
    def fails(self) -> bool:
        """Whether the audit must stop a submission."""
        return bool(self.vulnerable or self.broken)


def judge(run: Run) -> Verdict:
    """The verdict on one run of pip-audit."""
    if not run.report.strip():
        if any(mark in run.words for mark in UNREACHABLE_MARKS):
            return Verdict(reached=False)
        return Verdict(broken=run.words.strip() or "pip-audit wrote no report")
    verdict = Verdict()
    for package in json.loads(run.report)["dependencies"]:
        if "skip_reason" in package:
            verdict.unchecked.append(package["name"])
            continue
        verdict.checked += 1
        for found in package["vulns"]:
            fixed = ", ".join(found.get("fix_versions", [])) or "no version yet"
            line = f"{package['name']} {package['version']}: {found['id']} (fixed in: {fixed})"
            version = (canonicalize_name(package["name"]), package["version"])
            verdict.vulnerable.append((version, line))
    if not verdict.checked:
        if not verdict.unchecked:
            return Verdict(broken="the lock holds no package")
        verdict.reached = False
    return verdict


def versions_of(lock: Path) -> frozenset[Version]:
    """The versions that a lock installs; none where it cannot be read."""
    try:
        return frozenset((pin.name, pin.version) for pin in parse_lock(lock.read_text("utf-8")))
    except ValueError:
        return frozenset()


def locks_to_audit(versions: Mapping[Path, frozenset[Version]]) -> list[Path]:
    """The complete lock, every lock that holds more, and those that could not be read."""
    complete = {v for path, held in versions.items() if path.name == COMPLETE for v in held}
    return [
        path
        for path, held in versions.items()
        if path.name == COMPLETE or not held or not held <= complete
    ]


def describe(lock: str, verdict: Verdict, holders: Mapping[Version, list[str]]) -> list[str]:
    """The lines to print for one lock; `holders` are the locks that install a version."""
    if verdict.broken:
        return [f"FAIL audit of {lock} could not be made: {verdict.broken}"]
    if not verdict.reached:
        return [f"audit of {lock}: not checked: no vulnerability service reachable"]
    lines = [
        f"FAIL {', '.join(holders.get(version, [lock]))}: {line}"
        for version, line in verdict.vulnerable
    ]
    counts = f"{verdict.checked} checked, {len(verdict.vulnerable)} known vulnerabilities"
    lines.append(f"audit of {lock}: {counts}")
    if verdict.unchecked:
        lines.append(f"audit of {lock}: not checked: {', '.join(sorted(verdict.unchecked))}")
    return lines


def run_pip_audit(lock: str) -> Run:
    """Runs pip-audit on one lock."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"]
        command += ["--requirement", lock, "--format", "json", "--output", str(report)]
        command += ["--cache-dir", str(CACHE), "--timeout", str(SERVICE_TIMEOUT_S)]
        command += ["--progress-spinner", "off"]
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, timeout=RUN_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return Run("", f"ConnectionError: no answer in {RUN_TIMEOUT_S} s")
        return Run(report.read_text("utf-8") if report.exists() else "", done.stderr)


def main(
    arguments: list[str], run: Callable[[str], Run] = run_pip_audit, folder: Path = LOCKS
) -> int:
    """Prints the verdict on every lock; returns 1 if one fails."""
    locks = list(map(Path, arguments)) or sorted(folder.glob("*.txt"))
    if not locks:
        print(f"FAIL audit: no lock in {folder}")
        return 1
    versions = {lock: versions_of(lock) for lock in locks} if not arguments else {}
    holders: dict[Version, list[str]] = {}
    for lock, held in versions.items():
        for version in held:
            holders.setdefault(version, []).append(str(lock))
    chosen = locks_to_audit(versions) if versions else locks
    failed = False
    for lock in chosen:
        verdict = judge(run(str(lock)))
        print("\n".join(describe(str(lock), verdict, holders)))
        failed = failed or verdict.fails
    if len(locks) > len(chosen):
        covered = ", ".join(lock.name for lock in locks if lock not in chosen)
        print(f"audit: {COMPLETE} holds every version of {covered}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
