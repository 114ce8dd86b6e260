"""Intervals hold what they promise where the truth is known: simulated two-way clusters."""

from __future__ import annotations

import pytest
from tests.vet.simulated import CELLS, GOALS, RARE, SCENARIOS, USERS, coverage, one_sided


def test_the_grid_is_that_of_agentdojo() -> None:
    assert (USERS, GOALS, len(CELLS)) == (97, 27, 629)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_the_headline_holds_the_truth(scenario: object) -> None:
    found = coverage(scenario, draws=400)  # type: ignore[arg-type]
    # 400 draws: two standard errors of a share of 0.94 are 0.024
    assert 0.92 - 0.024 <= found["t"] <= 0.97 + 0.024
    assert found["z"] <= found["t"]


def test_the_naive_interval_does_not() -> None:
    found = coverage(SCENARIOS[3], draws=400)
    assert found["naive"] < 0.75


@pytest.mark.parametrize("scenario", RARE[:2], ids=lambda s: s.name)
def test_at_least_so_many_times_holds_without_a_hit_of_the_reference(scenario: object) -> None:
    found = one_sided(scenario, draws=60)  # type: ignore[arg-type]
    assert found["effective"] >= 0.95


@pytest.mark.long
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_coverage_is_92_to_97_per_cent(
    scenario: object, record_property: pytest.RecordProperty
) -> None:
    found = coverage(scenario, draws=10_000, seed=11)  # type: ignore[arg-type]
    for name, share in found.items():
        record_property(name, share)
    print({name: round(share, 4) for name, share in found.items()})
    assert 0.92 <= found["t"] <= 0.97
    assert found["z"] < found["t"]


@pytest.mark.long
@pytest.mark.parametrize("scenario", RARE, ids=lambda s: s.name)
def test_one_sided_limits_hold(scenario: object) -> None:
    found = one_sided(scenario, draws=400, seed=11)  # type: ignore[arg-type]
    print({name: round(share, 4) for name, share in found.items()})
    assert found["effective"] >= 0.975
