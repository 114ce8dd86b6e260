"""Sizes of the radar list: implausible counts are found, and quantiles are those of the file."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.real.conftest import RADAR

from modelcensus.contracts.fact_words import PRECISIONS
from modelcensus.measures.census import Census
from modelcensus.measures.named_sizes import named_sizes

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


def test_names_tell_about_the_size_that_the_source_counts(radar: Census) -> None:
    release = radar.release
    facts = release.table("facts").select("model_key", "parameters", "tags", "formats")
    named = named_sizes(release).join(facts, "model_key")
    rows = {row["model_key"]: row for row in release.fetch(named).to_pylist()}
    few_bits = {t for w, tags in PRECISIONS.items() if int(w.split("-")[0]) < 16 for t in tags}
    both = [
        (row["named_total"], row["parameters"])
        for row in rows.values()
        if row["named_total"]
        and 0 < (row["parameters"] or 0) < 10**13
        and not few_bits & {tag.lower() for tag in row["tags"] or ()}
        and not {"gguf", "mlx"} & set(row["formats"] or ())
    ]
    near = sum(abs(counted / told - 1) <= 0.25 for told, counted in both)

    assert (len(both), near) == (1_605, 1_356)
