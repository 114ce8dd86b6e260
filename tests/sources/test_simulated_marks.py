"""Generated data through every source of the Hub's shape, from the file to the share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.evolution_files import FIRST_YEAR, MODELS, build_evolution, open_evolution

from modelcensus.errors import SourceError
from modelcensus.measures.census import Census
from modelcensus.releases.build import build_release
from modelcensus.releases.release import open_release
from modelcensus.settings import Settings
from modelcensus.snapshots.collecting import collect
from modelcensus.snapshots.crawl_journals import CollectRequest
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.sources import hub_api
from modelcensus.sources.hub.endpoint import read_endpoint
from modelcensus.sources.record import State
from modelcensus.sources.tables import SIMULATED_FIELD, SIMULATED_KEY
from modelcensus.testing import FakeHub, FixedClock, Simulation

LABEL = "2025-01-06"
Fill = Callable[[Simulation, Store, Path], str]


def by_hub_stats(world: Simulation, store: Store, folder: Path) -> str:
    path = world.write_hub_stats(folder / "models.parquet")
    import_source(store, "hub-stats", path, {"label": LABEL}, Settings())
    return "simulated:hub"


def by_hub_weekly(world: Simulation, store: Store, folder: Path) -> str:
    (folder / LABEL).mkdir()
    world.write_hub_stats(folder / LABEL / "models.parquet")
    import_source(store, "hub-weekly", folder, {}, Settings())
    return "simulated:hub"


def by_hub_api(world: Simulation, store: Store, folder: Path) -> str:
    path = folder / "models.jsonl"
    path.write_text("\n".join(world.api_lines()), encoding="utf-8")
    import_source(store, "hub-api", path, {"label": LABEL}, Settings())
    return "simulated:sample:hub-api"


def by_a_crawl(world: Simulation, store: Store, folder: Path) -> str:
    with FakeHub(world.rows()) as hub:
        request = CollectRequest(read_endpoint(hub.url, Settings()))
        collect(store, request, Settings(), FixedClock(datetime(2025, 1, 6, tzinfo=UTC)))
    return "simulated:hub"


def by_observations(world: Simulation, store: Store, folder: Path) -> str:
    table = world.state(columns=["id", "downloads"])
    dated = table.append_column("date", pa.array([LABEL] * len(table)))
    path = folder / "mine.parquet"
    pq.write_table(dated.replace_schema_metadata(table.schema.metadata), path)
    import_source(store, "observations", path, {"frame": "panel:mine"}, Settings())
    return "simulated:panel:mine"


@pytest.fixture(scope="module")
def small() -> Simulation:
    return Simulation(5, 400, snapshots=1)


@pytest.mark.parametrize(
    "fill", [by_hub_stats, by_hub_weekly, by_hub_api, by_a_crawl, by_observations]
)
def test_simulated_data_are_labelled_down_to_the_figure(
    small: Simulation, tmp_path: Path, fill: Fill
) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "files").mkdir()
    frame = fill(small, store, tmp_path / "files")
    build_release(store, Settings())
    with Census(open_release(store)) as census:
        figure = census.share(by="namespace", frame=frame)
    holds_mark(figure, frame)


def holds_mark(figure: Any, frame: str) -> None:
    assert figure.is_simulated
    assert figure.contract.frame == figure.coverage["frame"] == frame
    assert figure.finding.startswith("SIMULATED: ")
    assert "the SIMULATED " in figure.finding
    assert "SIMULATED DATA" in figure.cite()
    assert "SIMULATED DATA" in figure._repr_html_()
    assert all(source.startswith("SIMULATED data in the shape of ") for source in figure.sources)
    assert json.loads(figure.to_json())["is_simulated"] is True


def test_a_simulated_panel_of_first_years_is_labelled_and_answers(tmp_path: Path) -> None:
    store = build_evolution(tmp_path, {FIRST_YEAR: MODELS}, simulated=True)
    with open_evolution(store) as census:
        figure = census.share(
            metric="downloads_first_year_in_period", period="2024-08..2025-08", by="country"
        )
    holds_mark(figure, "simulated:panel:evolution-first-year")
    assert "the SIMULATED panel of downloads in models' first year" in figure.finding
    assert figure.bounds["hub_wide"]["status"] == "unknown here"


def test_simulated_and_real_data_of_a_day_are_two_series(small: Simulation, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "files").mkdir()
    by_hub_stats(small, store, tmp_path / "files")
    real = tmp_path / "real.parquet"
    pq.write_table(pa.table({"id": ["o/a"], "downloads": [7], "likes": [0]}), real)
    import_source(store, "hub-stats", real, {"label": LABEL}, Settings())
    build_release(store, Settings())
    with Census(open_release(store)) as census:
        assert census.release.frames == ("hub", "simulated:hub")
        # a question that real data can answer is not made ambiguous by simulated ones
        figure = census.share(by="namespace")
        totals = census.totals(frame="simulated:hub").records()
    assert (figure.contract.frame, figure.is_simulated) == ("hub", False)
    assert figure.coverage["total"] == 7
    assert totals[0]["models"] > 300


def records(folder: Path, rows: list[dict[str, Any]]) -> State:
    path = folder / "x.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    (state,) = hub_api.read(path, {"label": LABEL})
    assert isinstance(state, State)
    return state


def test_records_with_and_without_the_mark_are_not_mixed(tmp_path: Path) -> None:
    marked, plain = {"id": "o/a", SIMULATED_FIELD: "seed=1"}, {"id": "o/b"}
    assert records(tmp_path, [marked, marked]).is_simulated
    assert not records(tmp_path, [plain]).is_simulated
    for rows in ([marked, plain], [plain, marked], [plain] * hub_api.BATCH_RECORDS + [marked]):
        state = records(tmp_path, rows)
        with pytest.raises(SourceError, match="others do not"):
            list(state.batches)


def test_the_mark_is_one_key() -> None:
    assert SIMULATED_FIELD.encode() == SIMULATED_KEY
