"""Keeps the figures that fault tests measure, so that documentation can quote them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelcensus.files import write_json, writing

Number = int | float | str | bool | None

DEFAULT_PATH = Path("build/faults.json")


class FaultFigures:
    """A JSON file with one entry per test id, shared by tests in several processes."""

    def __init__(self, path: Path | str = DEFAULT_PATH) -> None:
        """Name the file; it is made by the first `record`."""
        self.path = Path(path)

    def record(self, test: str, **figures: Number) -> None:
        """Keep the figures of a test; those of other tests, and its own others, stay.

        Args:
            test: the id, such as `T1`.
            figures: names and numbers (or short texts); NaN is refused.

        Raises:
            StoreError: the file cannot be written.
            ValueError: the id is empty, or a figure is not a number or text.
        """
        if not test:
            raise ValueError("a test id is needed, such as T1")
        with self._locked():
            found = self.read()
            found[test] = {**found.get(test, {}), **figures}
            write_json(self.path, found)

    def read(self) -> dict[str, dict[str, Number]]:
        """Return all figures by test id; empty when none were kept."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        found: dict[str, dict[str, Number]] = json.loads(text)
        return found

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Wait for other writers; the lock ends with the process, however it ends."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        with writing(lock):
            lock.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
