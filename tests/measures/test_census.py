"""The Python face: methods from the registry, on a release that is opened and closed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.worlds import World

import modelcensus
from modelcensus.contracts.canonical import manifest_sum
from modelcensus.contracts.contract import Contract
from modelcensus.contracts.registry import MEASURES
from modelcensus.errors import ContractError, StoreError, UnknownName
from modelcensus.measures.census import Census, open_census
from modelcensus.snapshots.store import Store


def test_every_measure_is_a_method(census: Census) -> None:
    assert set(MEASURES) <= set(dir(census))
    for name, measure in MEASURES.items():
        method = getattr(census, name)
        assert (method.__name__, method.__doc__) == (name, measure.summary)


def test_what_is_no_measure_is_no_attribute(census: Census) -> None:
    with pytest.raises(AttributeError, match="no measure 'shares'"):
        _ = census.shares
    assert not hasattr(census, "_ipython_display_")


def test_a_method_is_the_figure_of_its_contract(census: Census) -> None:
    contract = MEASURES["share"].contract(subjects=("IS",), frame="panel:grove")
    assert census.figure(contract).to_dict() == census.share("IS", frame="panel:grove").to_dict()


def test_a_figure_s_own_contract_gives_the_figure_again(census: Census) -> None:
    figure = census.crossover("beech", "aspen", frame="panel:race")
    read = Contract.from_dict(json.loads(figure.to_json())["contract"])
    assert census.figure(read).to_dict() == figure.to_dict()


@pytest.mark.parametrize(
    "contract",
    [
        Contract("share", measure_version=9, frame="panel:grove"),
        Contract("crossover", subjects=("aspen",), by="family", frame="panel:race", period="all"),
        Contract("totals", by="country", frame="panel:grove"),
    ],
)
def test_a_contract_that_is_not_the_measure_s_is_refused(
    census: Census, contract: Contract
) -> None:
    with pytest.raises(ContractError):
        census.figure(contract)


def test_a_contract_of_no_measure(census: Census) -> None:
    with pytest.raises(UnknownName):
        census.figure(Contract("hearsay"))


def test_a_store_is_opened_by_path_or_environment(
    forest: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with modelcensus.open(forest.store.path) as census:
        assert census.release.name == forest.name
    monkeypatch.setenv("CENSUS_STORE", str(forest.store.path))
    with modelcensus.open(release=forest.name) as census:
        assert census.release.name == forest.name
    with pytest.raises(UnknownName, match="no release named") as caught:
        open_census(release=forest.name[:-1] + "x")
    assert caught.value.nearest == [forest.name]


def test_a_store_without_a_release(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no release") as caught:
        open_census(tmp_path)
    assert "census build" in caught.value.next_step


def test_public_names_are_loaded_when_asked_for() -> None:
    assert modelcensus.Census is Census
    assert modelcensus.Contract is Contract
    assert issubclass(modelcensus.CensusError, Exception)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = modelcensus.Nothing


@pytest.fixture
def simulated(forest: World, tmp_path: Path) -> World:
    """A copy of the forest whose manifest says that the grove was generated."""
    store = Store(tmp_path / "store")
    shutil.copytree(forest.store.path / "releases", store.path / "releases")
    path = store.path / "releases" / forest.name / "manifest.json"
    manifest = json.loads(path.read_text())
    for snapshot in manifest["snapshots"]:
        snapshot["is_simulated"] = snapshot["frame"] == "panel:grove"
    manifest["sum"] = manifest_sum(manifest)
    path.write_text(json.dumps(manifest))
    return World(store, forest.overlay, forest.name)


def test_simulated_data_are_labelled_on_every_output(simulated: World) -> None:
    with simulated.open() as census:
        figure, other = census.share(frame="panel:grove"), census.totals(frame="panel:race")
    assert figure.is_simulated
    assert figure.finding.startswith("SIMULATED: ")
    assert "the SIMULATED frame panel:grove" in figure.finding
    assert "SIMULATED DATA" in figure.cite()
    assert not other.is_simulated
    assert "SIMULATED" not in other.finding + other.cite()
