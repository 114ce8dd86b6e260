from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from modelcensus.sources.listed import count_providers, count_spaces, providers_of, spaces_of

LIVE = {"status": "live", "task": "conversational"}
STAGING = {"status": "staging", "task": "conversational"}


@pytest.mark.parametrize(
    ("value", "count"),
    [([], 0), (["a/b", "a/c"], 2), (None, None), (0, 0), (4, 4), (-1, None), ("a/b", None),
     ({"a": 1}, None), (True, None), (1.5, None)],
)  # fmt: skip
def test_spaces_are_as_many_as_are_listed(value: Any, count: int | None) -> None:
    assert count_spaces(value) == count


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ([], 0),
        ({}, 0),
        (None, None),
        ("p", None),
        ([{"provider": "p", **LIVE}, {"provider": "q", **STAGING}], 1),
        ({"p": LIVE, "q": STAGING, "r": LIVE, "s": None}, 2),
        # one provider for two tasks is one provider
        ([{"provider": "p", **LIVE}, {"provider": "p", **LIVE, "task": "other"}], 1),
        ([LIVE, LIVE, "p", None], 2),
        ([{"provider": "p"}], 0),
    ],
)
def test_only_live_providers_count_in_a_list_and_in_a_mapping(
    value: Any, count: int | None
) -> None:
    assert count_providers(value) == count


def test_columns_count_as_values_do() -> None:
    assert spaces_of(pa.array([["a"], None, []], pa.list_(pa.string()))).to_pylist() == [1, None, 0]
    texts = pa.array(['["a", "b"]', None, "no json", "[]"])
    assert spaces_of(texts).to_pylist() == [2, None, None, 0]
    assert spaces_of(pa.array([3, -1, None])).to_pylist() == [3, None, None]
    listed = pa.array([[{"provider": "p", **LIVE}], [], None])
    assert providers_of(listed).to_pylist() == [1, 0, None]
    mapped = pa.array([{"p": LIVE, "q": None}, {"p": STAGING, "q": LIVE}, None])
    assert providers_of(mapped).to_pylist() == [1, 1, None]
    assert providers_of(pa.array(['{"p": {"status": "live"}}'])).to_pylist() == [1]
    assert providers_of(pa.nulls(1)).to_pylist() == [None]
    with pytest.raises(TypeError):
        spaces_of(pa.array([{"a": 1}]))
