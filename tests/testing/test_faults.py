from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from modelcensus.errors import StoreError
from modelcensus.testing import FaultFigures


def test_figures_are_merged_by_test_and_sorted(tmp_path: Path) -> None:
    path = tmp_path / "build" / "faults.json"
    figures = FaultFigures(path)
    assert figures.read() == {}
    figures.record("T7", flips_caught=1000)
    figures.record("T1", kinds=11, pages=30)
    figures.record("T1", pages=31)
    assert json.loads(path.read_text()) == {
        "T1": {"kinds": 11, "pages": 31},
        "T7": {"flips_caught": 1000},
    }
    assert path.read_text().index("T1") < path.read_text().index("T7")


def test_several_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    code = (
        "import sys; from modelcensus.testing.faults import FaultFigures\n"
        "for n in range(10): FaultFigures(sys.argv[1]).record(f'{sys.argv[2]}-{n:02d}', value=n)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("A", "B")
    ]
    assert [process.wait(30) for process in started] == [0, 0]
    assert len(FaultFigures(path).read()) == 20


def test_what_is_no_figure_is_refused(tmp_path: Path) -> None:
    figures = FaultFigures(tmp_path / "faults.json")
    with pytest.raises(ValueError, match="test id"):
        figures.record("", value=1)
    with pytest.raises(ValueError, match="JSON"):
        figures.record("T1", value=float("nan"))
    assert figures.read() == {}
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        FaultFigures(tmp_path / "file" / "faults.json").record("T1", value=1)
