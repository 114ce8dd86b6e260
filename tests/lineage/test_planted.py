"""A simulated Hub with its truth: the roots of a release are those that were planted."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.lineage.planted import Roots, planted_roots, released_roots

from modelcensus.releases.build import build_release
from modelcensus.settings import Settings
from modelcensus.snapshots.importing import import_source
from modelcensus.snapshots.store import Store
from modelcensus.testing import Simulation


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    simulation = Simulation(11, 4000, snapshots=1)
    (label,) = simulation.labels
    listing = simulation.write_hub_stats(folder / "listing.parquet", label)
    store = Store(folder / "store")
    import_source(store, "hub-stats", listing, {"label": label.isoformat()}, Settings())
    simulation.write_truth(folder / "truth")
    build_release(store, Settings()).path.rename(folder / "release")
    return folder


@pytest.fixture(scope="module")
def truth(folder: Path) -> Roots:
    return planted_roots(folder / "truth")


def test_declared_roots_are_the_planted_ones(folder: Path, truth: Roots) -> None:
    found = released_roots(folder / "release", folder / "truth")
    assert len(found) > 900
    assert any("+" in root for roots in found.values() for root in roots)  # a closed cycle
    assert any(len(roots) > 2 for roots in found.values())  # a merge of merges
    assert found == truth


def test_only_ids_written_in_another_case_are_inferred(folder: Path, truth: Roots) -> None:
    """The simulator plants no other copy whose base a rule could know."""
    found = released_roots(folder / "release", folder / "truth", "inferred")
    differ = {model for model in truth | found if truth.get(model) != found.get(model)}
    texts = {root for roots in truth.values() for root in roots if root.isupper()}
    assert texts
    assert differ == texts | {m for m, roots in truth.items() if roots & texts}
    assert not any(root.isupper() for roots in found.values() for root in roots)
