"""The bundled sample: real, dated, licensed, small, and enough for the demo's answers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from modelcensus.publish.demo import run_demo
from modelcensus.sample.load import import_sample, sample_folder, sample_sources
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo prints, 200 columns wide."""
    stream = io.StringIO()
    out = Console(file=stream, width=200, emoji=False, highlight=False)
    run_demo(Store(tmp_path_factory.mktemp("demo")), Settings(), out)
    return stream.getvalue()


def test_it_is_small_and_complete() -> None:
    assert sum(f.stat().st_size for f in sample_folder().iterdir()) < 3_000_000


def test_it_imports_once_and_names_every_source_and_licence(tmp_path: Path) -> None:
    store = Store(tmp_path)
    report = import_sample(store, Settings())
    assert report.is_new
    lines = "\n".join(sample_sources(report))
    assert all(licence in lines for licence in ("MIT", "Apache-2.0", "CC BY 4.0"))
    assert {m.frame for m in report.snapshots} == {
        "panel:osir",
        "panel:osir-modelscope",
        "sample:declared-hub-api",
        "sample:declared-radar",
    }
    assert not any(m.is_simulated for m in report.snapshots)
    assert not import_sample(store, Settings()).is_new


def test_the_demo_prints_published_and_computed_before_it_names_a_leader(printed: str) -> None:
    published, computed = printed.index("Published, all called"), printed.index("Computed here")
    finding = printed.index("On 2025-09-07, models made by developers based in China held 18.9 %")
    assert published < computed < finding
    for text in ("17.1 %", "15.8 %", "41 %", "36.5 %", "59.9 %", "80.5 %", "7.6 %", "67.3 %"):
        assert text in printed


def test_the_demo_shows_the_crossing_with_both_rules_and_its_instability(printed: str) -> None:
    for text in (
        "between 2025-03-07 and 2025-04-07",
        "this is not stable",
        "without Qwen/Qwen2.5-7B-Instruct: by 2025-05-07",
        "differ because of one model: Qwen/Qwen2.5-1.5B-Instruct",
        "by family instead",
        "2025-09-07 Qwen",
        "the frame grew: 46 accounts",
        "Next",
    ):
        assert text in printed
