"""The invented forest (tests/worlds.py), built once for the whole run and only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from tests.ages_world import build_ages
from tests.indexed_world import build_indexed
from tests.terms_world import build_terms
from tests.tree import build_tree
from tests.worlds import World, build_forest, build_grove

from modelcensus.measures.census import Census, open_census
from modelcensus.releases.build import build_release
from modelcensus.sample.load import import_sample
from modelcensus.settings import Settings
from modelcensus.snapshots.store import Store

# On a busy machine the tables of Unicode alone take seconds to load, once; what is checked stays.
settings.register_profile("modelcensus", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("modelcensus")


UNCOUNTED = (
    *("tests/real/", "tests/faults/", "tests/docs/", "tests/browser/", "tests/claims/"),
    *("tests/cli/test_faces.py", "tests/cli/test_commands.py", "tests/web/test_faces.py"),
    *("tests/web/test_schema.py", "tests/releases/test_determinism.py"),
    *("tests/releases/test_incidents.py", "tests/measures/test_replay.py"),
    *("tests/measures/test_changes.py", "tests/measures/test_definition_space.py"),
    *("tests/measures/test_spread.py", "tests/measures/test_influence.py"),
    *("tests/measures/test_differences.py", "tests/measures/test_relative_adoption.py"),
    *("tests/measures/test_planted_truth.py", "tests/measures/test_concentration.py"),
)
"""Tests of whole runs, in which covered branches are not counted: counting takes two thirds of
their time again, and the limit has to hold by the tests of the parts alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests of whole runs out of the count of covered branches."""
    for item in items:
        if item.nodeid.startswith(UNCOUNTED):
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def forest(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The whole world; tests that write copy it first."""
    return build_forest(tmp_path_factory.mktemp("forest"))


@pytest.fixture(scope="session")
def census(forest: World) -> Iterator[Census]:
    """The forest's release, open."""
    with forest.open() as opened:
        yield opened


@pytest.fixture(scope="session")
def grove(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A store of one frame and one snapshot: the grove at its last label."""
    return build_grove(tmp_path_factory.mktemp("grove"))


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """The invented family tree (tests/tree.py), built and open."""
    with build_tree(tmp_path_factory.mktemp("tree")).open() as opened:
        yield opened


@pytest.fixture(scope="session")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """The invented world about licences (tests/terms_world.py), built and open."""
    with build_terms(tmp_path_factory.mktemp("terms")) as opened:
        yield opened


@pytest.fixture(scope="session")
def ages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """The invented panel of running totals (tests/ages_world.py), built and open."""
    with build_ages(tmp_path_factory.mktemp("ages")) as opened:
        yield opened


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    """The invented index of openness (tests/indexed_world.py), imported, built and open."""
    with build_indexed(tmp_path_factory.mktemp("indexed")).open() as opened:
        yield opened


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with the bundled sample, imported and built; only read."""
    store = Store(tmp_path_factory.mktemp("sample"))
    import_sample(store, Settings())
    build_release(store, Settings())
    return store


@pytest.fixture(scope="session")
def sample_census(sample_store: Store) -> Iterator[Census]:
    """The sample's release, open."""
    with open_census(sample_store.path) as opened:
        yield opened
