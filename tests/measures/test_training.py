"""Notable models: countries as sets, divided models, what is told, and the real list."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from tests.real.conftest import RADAR
from tests.worlds import import_counts

from modelcensus.errors import ContractError, UnknownName
from modelcensus.measures.census import Census, open_census
from modelcensus.measures.training import quantile
from modelcensus.releases.build import build_release
from modelcensus.releases.notable_models import parts_of, weights_of
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store

LIST = RADAR.parent / "epoch" / "models_2025-03.csv"


def test_countries_are_sets_and_models_of_several_are_divided(indexed: Census) -> None:
    figure = indexed.training()
    found = {(r["group"], r["year"], r["quantity"]): r for r in figure}
    iceland = found["IS", "2030", "parameters"]
    # Alpha whole, though its cell names Iceland twice, and half of Beta
    assert (iceland["models"], iceland["told"], iceland["open_models"]) == (1.5, 1.5, 1.0)
    assert (iceland["median"], iceland["largest"]) == (100.0, 300.0)
    assert found["PT", "2031", "parameters"]["median"] is None
    assert found["unknown", "2031", "parameters"]["median"] == 700.0
    assert list(dict.fromkeys(r["group"] for r in figure)) == ["PT", "IS", "unknown"]
    assert sum(r["models"] for r in figure if r["quantity"] == "parameters") == 5.0


def test_counted_whole_in_each_country(indexed: Census) -> None:
    figure = indexed.training("IS", counting="full")
    (row,) = (r for r in figure if r["quantity"] == "parameters")
    assert row["models"] == 2.0
    assert figure.sensitivity["median_parameters_by_counting"]["fractional"] == {"IS": 100.0}


def test_compute_and_hardware_by_presence(indexed: Census) -> None:
    figure = indexed.training(by="total")
    found = {(r["year"], r["quantity"]): r for r in figure}
    compute = found["2030", "training_compute"]
    assert (compute["told"], compute["median"], compute["largest"]) == (2.0, 1e20, 4e20)
    assert figure.details["hardware"] == {
        "all models": [
            {"hardware": "Fir-1", "models": 2},
            {"hardware": "Fir-2", "models": 1},
        ]
    }
    assert figure.coverage["of_several_countries"] == 1
    assert figure.coverage["called_multinational"] == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [({"by": "family"}, "group its models by family"), ({"period": "1999"}, "published in 1999")],
)
def test_what_the_list_does_not_say_is_refused(
    indexed: Census, values: dict[str, str], message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        indexed.training(**values)
    with pytest.raises(UnknownName):
        indexed.training("XX")


def test_without_a_list_the_refusal_says_what_to_import(census: Census) -> None:
    with pytest.raises(ContractError, match="no list of notable models") as caught:
        census.training()
    assert "census import epoch" in caught.value.next_step


def test_cells_and_quantiles_by_hand() -> None:
    assert parts_of("B, A,B,,") == ["A", "B"]
    assert parts_of(None) == []
    words = ("Open weights (restricted use)", "API access", None)
    assert [weights_of(a) for a in words] == ["open", "closed", "unknown"]
    pairs = [(3.0, Fraction(1)), (1.0, Fraction(1, 2)), (2.0, Fraction(1, 2))]
    assert [quantile(pairs, Fraction(n, 4)) for n in (1, 2, 3)] == [1.0, 2.0, 3.0]
    assert quantile([], Fraction(1, 2)) is None


@pytest.mark.real
@pytest.mark.skipif(not LIST.is_file(), reason=f"the real list is not at {LIST}")
def test_the_real_list_keeps_its_models_and_sets(tmp_path: Path) -> None:
    with LIST.open(encoding="utf-8", newline="") as stream:
        cells = [row["Country (from Organization)"] for row in csv.DictReader(stream)]
    store = Store(tmp_path / "store")
    import_counts(store, tmp_path, "panel:grove", ["2031-04-05"], {"alder/aspen": (1,)})
    import_source(store, "epoch", LIST, {}, Settings())
    build_release(store, Settings())
    with open_census(store.path) as census:
        figure = census.training()
    assert figure.coverage["models"] == 2_228
    assert figure.coverage["told"] == {"parameters": 1_376, "training_compute": 0}
    assert figure.coverage["called_multinational"] == sum("Multinational" in c for c in cells)
    sets = [{p.strip() for p in c.split(",")} - {"", "Multinational"} for c in cells]
    assert figure.coverage["of_several_countries"] == sum(len(s) > 1 for s in sets)
    assert figure.coverage["of_no_country"] == sum(not s for s in sets)
    whole = sum(r["models"] for r in figure if r["quantity"] == "parameters")
    assert whole == pytest.approx(2_228)
    americans = sum(1 / len(s) for s in sets if "United States of America" in s)
    rows = [r for r in figure if r["group"] == "US"]
    assert sum(r["models"] for r in rows) == pytest.approx(americans)
