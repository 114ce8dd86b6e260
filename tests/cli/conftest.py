"""Running `census` in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from modelcensus.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What a command line did: its exit code, data and words."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """The words, whatever lines they stand on."""
        return " ".join(self.err.split())


@pytest.fixture
def census_command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command line and return what it did."""

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        captured = capsys.readouterr()
        code = stop.value.code
        return Ran(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run
