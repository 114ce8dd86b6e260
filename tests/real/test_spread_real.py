"""China v the US on the real panel: how far the answer moves with the definition and one row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.real.conftest import RADAR

from modelcensus.contracts.contract import Contract
from modelcensus.contracts.figure import Figure
from modelcensus.contracts.registry import MEASURES
from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

DATA = RADAR.parent
DAY = "2025-09-07"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not at {DATA}"),
]


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    store = Store(tmp_path_factory.mktemp("panel") / "store")
    for source in ("osir", "atom"):
        import_source(store, source, DATA / source, {}, Settings())
    build_release(store, Settings())
    with open_census(store.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def figure(census: Census) -> Figure:
    return census.spread("CN", "US", by="country", period=DAY, frame="panel:osir")


def test_the_spread_has_many_definitions_and_both_sides_lead_in_some(figure: Figure) -> None:
    assert figure.coverage["definitions_distinct"] >= 24
    assert len(figure.rows) == figure.coverage["definitions"] >= 24
    assert min(figure.details["leads"]["CN"], figure.details["leads"]["US"]) > 0
    spans = figure.details["spans"]
    assert spans["CN"]["lowest"] < 0.20
    assert spans["CN"]["highest"] > 0.50
    assert spans["US"]["lowest"] < 0.40
    assert spans["US"]["highest"] > 0.68


def test_sentence_transformers_is_named_as_the_row_it_hangs_on_most(figure: Figure) -> None:
    hangs_on = figure.sensitivity["hangs_on"]
    assert hangs_on["row_id"].startswith("namespaces:huggingface:sentence-transformers")
    assert "sentence-transformers" in figure.finding
    assert round(hangs_on["share_moved"], 3) == 0.205
    assert round(hangs_on["shares"]["US"], 3) == 0.805


def test_known_shares_are_rows_of_it(census: Census, figure: Figure) -> None:
    asked = next(row for row in figure if row["is_as_asked"])
    assert round(100 * asked["share_CN"], 2) == 18.87
    assert round(100 * asked["share_US"], 2) == 59.94
    theirs = MEASURES["share"].contract(
        subjects=("china", "us"),
        by="country",
        period=DAY,
        frame="panel:osir",
        population="list:atom",
        coding="atom",
    )
    row = next(r for r in figure if r["definition"] == theirs.id)
    assert round(100 * row["share_CN"], 2) == 51.63
    assert round(100 * row["share_US"], 2) == 45.57
    assert census.figure(Contract.from_dict(theirs.to_dict())).contract.id == theirs.id


def test_published_shares_stand_beside_it(figure: Figure) -> None:
    shares = {(p["subject"], round(100 * p["share"], 1)) for p in figure.details["published"]}
    assert {("CN", 17.1), ("US", 15.8), ("CN", 41.0), ("US", 36.5)} <= shares


def test_influence_names_the_same_row_first_and_the_models_that_move_a_crossing(
    census: Census,
) -> None:
    figure = census.influence("CN", "US", by="country", period=DAY, frame="panel:osir")
    first, second = figure.records()[:2]
    assert first["what"].startswith("namespaces:huggingface:sentence-transformers")
    assert round(first["effect"], 3) == 0.205
    assert second["what"] == "sentence-transformers/all-MiniLM-L6-v2"
    crossing = census.influence(
        "Qwen", "meta-llama", by="namespace", headline="crossover", period="all", frame="panel:osir"
    )
    moved = {(r["rule"], r["what"]): r["by"] for r in crossing}
    assert moved["lasting", "Qwen/Qwen2.5-7B-Instruct"] == "2025-05-07"
    assert moved["lasting", "meta-llama/Llama-3.2-1B"] == "2025-03-07"
