"""Rolled-up sums are the sums over the counters themselves."""

from __future__ import annotations

import pytest

from modelcensus.contracts.registry import MEASURES
from modelcensus.measures import aggregate, rollup
from modelcensus.measures.census import Census
from modelcensus.measures.selection import select


@pytest.mark.parametrize("by", rollup.ROLLED_UP)
@pytest.mark.parametrize("metric", ["downloads_30d", "likes", "models"])
def test_rolled_up_sums_equal_those_over_the_counters(
    sample_census: Census, by: str, metric: str
) -> None:
    contract = MEASURES["series"].contract(by=by, metric=metric, frame="panel:osir")
    assert rollup.is_rolled_up(contract)
    selection = select(sample_census.release, contract)
    direct = selection.fetch(aggregate._grouped(selection)).to_pylist()
    rolled = rollup.rolled_up(selection)
    assert len(rolled) > len(selection.snapshots)
    keep = ("snapshot_key", "group", "value", "models", "counted", "zeros")
    assert [{k: r[k] for k in keep} for r in direct] == rolled


@pytest.mark.parametrize(
    "values",
    [
        {"by": "namespace"},
        {"by": "country", "lens": "publisher"},
        {"by": "country", "population": "first_party"},
        {"by": "country", "outliers": "cap:10"},
        {"by": "country", "coding": "atom"},
    ],
)
def test_other_questions_read_the_counters(values: dict[str, str]) -> None:
    assert not rollup.is_rolled_up(MEASURES["series"].contract(**values))
