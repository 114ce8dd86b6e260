"""Facts beside the counters: licences and sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest
from tests.small_store import licence, registers

from modelcensus.catalogue import facts
from modelcensus.engine.duckdb import DuckDBEngine
from modelcensus.errors import RegisterError
from modelcensus.registers.load import load_registers
from modelcensus.settings import Settings

REGISTER = registers(
    licences=[
        licence("mit", "mit", "L1"),
        licence("Acre-Limits", "acre-limits", "L4"),
        licence("hidden", "hidden", "L2", seen="unread"),
        licence("other", "other", "L8"),
    ]
)


@pytest.fixture
def classify(
    engine: DuckDBEngine, table: Callable[..., ir.Table], rows: Callable[..., Any]
) -> Callable[..., tuple[Any, ...]]:
    def run(
        tag: str | None, name: str | None = None, has_licence: bool = True
    ) -> tuple[str | None, str | None, str]:
        metadata = table(
            [{"k": 1, "licence_tag": tag, "licence_name": name, "has_licence": has_licence}],
            k=pa.int32(), licence_tag=pa.string(), licence_name=pa.string(),
            has_licence=pa.bool_(),
        )  # fmt: skip
        lookup = engine.local(facts.licence_lookup(REGISTER))
        (row,) = rows(facts.classify_licences(metadata, lookup))
        assert (row["licence_tag"], row["licence_name"]) == (tag, name)
        return row["licence"], row["licence_class"], row["licence_row"]

    return run


@pytest.mark.parametrize(
    ("tag", "name", "expected"),
    [
        ("mit", None, ("mit", "L1", "licences:mit")),
        (" MIT ", None, ("mit", "L1", "licences:mit")),
        ("acre-limits", None, ("acre-limits", "L4", "licences:Acre-Limits")),
        ("other", "Acre-Limits", ("acre-limits", "L4", "licences:Acre-Limits")),
        ("unknown", "mit", ("mit", "L1", "licences:mit")),
        ("other", None, ("other", "L8", "licences:other")),
        ("other", "own terms", (None, "L8", "")),
        ("mit", "acre-limits", ("mit", "L1", "licences:mit")),  # a tag that says enough
        (None, "acre-limits", ("acre-limits", "L4", "licences:Acre-Limits")),
        ("hidden", None, (None, "L8", "")),
        ("never-heard-of", None, (None, "L8", "")),
        (None, None, (None, "L9", "")),
    ],
)
def test_a_licence_is_read_by_tag_or_declared_name(
    classify: Callable[..., Any], tag: str | None, name: str | None, expected: tuple[str, ...]
) -> None:
    assert classify(tag, name) == expected


def test_a_source_without_licences_says_nothing_about_them(classify: Callable[..., Any]) -> None:
    assert classify(None, has_licence=False) == (None, None, "")


def test_tags_that_differ_in_case_only_are_refused_not_both_taken() -> None:
    twice = registers(licences=[licence("MIT", "other-mit", "L2"), licence("mit", "mit", "L1")])
    with pytest.raises(RegisterError, match="in case only") as caught:
        facts.licence_lookup(twice)
    assert caught.value.file == "licences.csv"
    keys = facts.licence_lookup(load_registers())["key"].to_pylist()
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (None, None),
        (-1, None),
        (0, None),
        (1, "<1B"),
        (999_999_999, "<1B"),
        (1_000_000_000, "1B-7B"),
        (6_999_999_999, "1B-7B"),
        (7_000_000_000, "7B-20B"),
        (20_000_000_000, "20B-100B"),
        (99_999_999_999, "20B-100B"),
        (100_000_000_000, ">=100B"),
        (9_999_999_999_999, ">=100B"),
        (10_000_000_000_000, None),
        (20_000_000_000_000_000, None),
        (2**63 - 1, None),
    ],
)
def test_size_classes_begin_where_they_say_and_end_where_counts_are_absurd(
    table: Callable[..., ir.Table],
    rows: Callable[..., Any],
    parameters: int | None,
    expected: str | None,
) -> None:
    made = table([{"parameters": parameters}], parameters=pa.int64())
    largest = int(Settings().largest_parameters)
    found = made.select(size=facts.size_class(made.parameters, largest))
    assert rows(found) == [{"size": expected}]
