"""Ollama's library: order by stock and by flow under every rule, with holes kept as holes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.real.conftest import RADAR

from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources.ollama import read
from modelcensus.sources.record import State

PULLS = RADAR.parent / "ollama" / "pulls_daily.parquet"
MODELSCOPE = RADAR.parent / "osir" / "modelscope_monthly.parquet"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PULLS.is_file(), reason=f"the real data are not at {PULLS}"),
]

DAYS = (
    *("2025-07-17", "2025-08-05", "2025-09-25", "2025-10-23", "2025-12-15", "2026-02-18"),
    *("2026-03-20", "2026-04-18", "2026-06-01", "2026-07-14", "2026-08-17", "2026-08-21"),
)
"""Both ends, both sides of the hole, and days soon after the larger new models came."""


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """A release of twelve days of Ollama's library and of ModelScope's panel."""
    folder = tmp_path_factory.mktemp("hubs")
    table = pq.read_table(PULLS)
    days = pc.strftime(table["observed_on"], "%Y-%m-%d")
    kept = folder / "pulls.parquet"
    pq.write_table(table.filter(pc.is_in(days, pc.cast(list(DAYS), "string"))), kept)
    store = Store(folder / "store")
    import_source(store, "ollama", kept, {}, Settings())
    import_source(store, "osir", MODELSCOPE, {}, Settings())
    build_release(store, Settings())
    with open_census(store.path) as opened:
        yield opened


def test_every_row_is_read_and_what_is_missing_stays_missing() -> None:
    states = [s for s in read(Path(PULLS), {}) if isinstance(s, State)]
    rows = [row for s in states for b in s.batches for row in b.records.to_pylist()]
    assert (len(states), len(rows)) == (367, 75_028)
    assert not [r for s in states for b in s.batches for r in b.rejects]
    assert sum(row["pulls"] is None for row in rows) == 553
    labels = [s.label for s in states]
    spans = {(b - a).days: (a, b) for a, b in pairwise(labels)}
    assert spans.pop(34) == (date(2026, 7, 14), date(2026, 8, 17))
    assert set(spans) == {1, 2}
    steps = Counter(row["pulls_rounding"] for row in rows)
    assert set(steps) == {None, 1, 100, 100_000}
    series: dict[str, list[int]] = {}
    for row in rows:
        if row["pulls"] is not None:
            series.setdefault(row["model_id"], []).append(row["pulls"])
    falls = [m for m, counts in series.items() if any(b < a for a, b in pairwise(counts))]
    assert falls == ["library/lfm2"]


@pytest.mark.parametrize(
    ("naming", "stock", "flow"),
    [("developer", 250_000_000, 106_071_400), ("begins", 257_676_400, 112_053_200)],
)
def test_llama_comes_to_what_was_recounted_by_each_rule(
    hubs: Census, naming: str, stock: int, flow: int
) -> None:
    figure = hubs.hubs("qwen", "llama", "gemma", naming=naming)
    found = {(r["metric"], r["group"]): r for r in figure if r["hub"] == "ollama"}
    assert found["pulls", "llama"]["value"] == stock
    assert found["pulls_in_period", "llama"]["value"] == pytest.approx(flow, abs=1_000)
    by_stock = [r["group"] for r in figure if r["metric"] == "pulls"]
    by_flow = [r["group"] for r in figure if r["metric"] == "pulls_in_period"]
    assert by_stock == ["llama", "qwen", "gemma"]
    assert by_flow == ["qwen", "llama", "gemma"]
    gemma = found["pulls_in_period", "gemma"]
    # +85.1M and +90.4M with all of what the models that are new came to
    assert gemma["at_least"] <= {"developer": 90_440_000, "begins": 85_050_000}[naming]
    assert gemma["at_most"] >= {"developer": 90_440_000, "begins": 85_050_000}[naming]


def test_the_resets_are_incidents(hubs: Census) -> None:
    frames = {f["frame"]: f for f in hubs.hubs("qwen").coverage["frames"]}
    scope = frames["panel:osir-modelscope"]
    resets = [f for f in scope["falls"] if f["by"] == "2025-02-14"]
    assert len(resets) == 31
    assert (24_693_512, 2) in [(f["from"], f["to"]) for f in resets]
    # our first count said 23 and 5; docs/corrections.md tells why it is 25 and 4
    assert (scope["repeated_rows"], len(scope["conflicting_rows"])) == (25, 4)


def test_a_fall_is_never_a_negative_flow(hubs: Census) -> None:
    for row in hubs.hubs(by="developer"):
        assert row["at_least"] is None or row["at_least"] >= 0
        assert row["value"] is None or row["value"] >= 0
