"""Sizes of the radar list: implausible counts are found, and quantiles are those of the file."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.real.conftest import RADAR

from modelcensus.measures.census import Census

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not RADAR.is_dir(), reason=f"the real data are not at {RADAR}"),
]


def test_two_absurd_counts_and_twelve_zeros_are_left_out(radar: Census) -> None:
    figure = radar.sizes(by="total")
    (row,) = figure
    assert figure.coverage["models"] == 15_904
    assert (row["models"], row["models_implausible"]) == (7_860, 14)
    assert row["models_without_size"] == 15_904 - 7_860
    assert row["largest"] == 2_779_931_837_184


def test_quantiles_and_mean_are_those_of_the_file(radar: Census) -> None:
    (row,) = radar.sizes(by="total")
    (file,) = RADAR.glob("models_*.parquet")
    sizes = pq.read_table(file, columns=["parameters"])["parameters"].drop_null()
    believed = pc.and_(pc.greater(sizes, 0), pc.less(sizes, pa.scalar(10**13)))
    values = sorted(sizes.filter(believed).to_pylist())
    assert row["mean"] == sum(values) / len(values)
    for percent, name in ((10, "p10"), (50, "median"), (99, "p99")):
        assert row[name] == values[-(-percent * len(values) // 100) - 1]
    assert row["median"] < row["mean"] / 3
