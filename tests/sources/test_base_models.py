from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.sources.base_models import (
    RELATIONS,
    edges_of_base_models,
    edges_of_lists,
    edges_of_tags,
    edges_of_text,
    gather,
    split_references,
)


def bases_of(tags: list[str] | None) -> list[tuple[str | None, str]]:
    found = gather([edges_of_tags(pa.array([tags], pa.list_(pa.string())))], 1).to_pylist()[0]
    return [(base["relation"], base["model_id"]) for base in found or []]


@pytest.mark.parametrize(
    ("tags", "bases"),
    [
        (None, []),
        ([], []),
        (["transformers", None], []),
        (["base_model:a/b"], [(None, "a/b")]),
        (["base_model:a/b", "base_model:merge:a/b"], [("merge", "a/b")]),
        (
            ["base_model:merge:a/b", "base_model:adapter:a/b"],
            [("merge", "a/b"), ("adapter", "a/b")],
        ),
        (["base_model:merge:a/b", "base_model:merge:a/b"], [("merge", "a/b")]),
        (["base_model:adapter:C:\\Models\\X"], [("adapter", "C:\\Models\\X")]),
        (["base_model:C:\\Models\\X"], [(None, "C:\\Models\\X")]),
        (["base_model:", "base_model:finetune:"], []),
        (["base_model:undefined", "base_model:None"], [(None, "undefined"), (None, "None")]),
        (["base_model:distill:a/b"], [(None, "distill:a/b")]),
        (["xbase_model:a/b", "base_model"], []),
        (["base_model:a\nb"], [(None, "a\nb")]),
    ],
)
def test_bases_in_tags(tags: list[str], bases: list[tuple[str | None, str]]) -> None:
    assert bases_of(tags) == bases


@given(st.sampled_from(RELATIONS), st.text(min_size=1))
def test_a_typed_tag_gives_back_what_it_was_made_of(relation: str, name: str) -> None:
    assert bases_of([f"base_model:{relation}:{name}"]) == [(relation, name)]


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (None, []),
        ("", []),
        ("a/b", ["a/b"]),
        ("a/b, c/d", ["a/b", "c/d"]),
        ('"a/b, c/d"', ["a/b", "c/d"]),
        ("['a/b', 'c/d']", ["a/b", "c/d"]),
        (["a/b", "a/b", None, ""], ["a/b"]),
        (["a/b", ["c/d"]], ["a/b", "c/d"]),
        ("C:\\Models\\X", ["C:\\Models\\X"]),
        ("undefined", ["undefined"]),
        (7, ["7"]),
        ({"name": "a/b"}, ['{"name": "a/b"}']),
    ],
)
def test_bases_in_cards(value: Any, ids: list[str]) -> None:
    assert split_references(value) == ids


@given(st.recursive(st.none() | st.booleans() | st.text() | st.floats(), st.lists, max_leaves=9))
def test_any_card_field_gives_distinct_texts(value: Any) -> None:
    ids = split_references(value)
    assert all(ids)
    assert len(set(ids)) == len(ids)
    assert split_references(ids) == ids


def test_kinds_keep_their_order_and_say_their_source() -> None:
    hub = pa.array(
        [None, {"relation": "finetune", "models": [{"_id": "1", "id": "a/b"}]}],
        pa.struct(
            [
                ("relation", pa.string()),
                ("models", pa.list_(pa.struct([("_id", pa.string()), ("id", pa.string())]))),
            ]
        ),
    )
    tags = pa.array([["base_model:x/y"], ["base_model:finetune:a/b"]])
    card = pa.array(["x/y, z/z", None])
    found = gather([edges_of_base_models(hub), edges_of_tags(tags), edges_of_text(card)], 2)
    assert [[tuple(b.values()) for b in bases] for bases in found.to_pylist()] == [
        [(None, "x/y", "tag"), (None, "x/y", "card"), (None, "z/z", "card")],
        [("finetune", "a/b", "base_models"), ("finetune", "a/b", "tag")],
    ]


def test_no_base_is_null_not_an_empty_list() -> None:
    lists = pa.array([[], None, ["a/b"]], pa.list_(pa.string()))
    assert gather([edges_of_lists(lists)], 3).is_null().to_pylist() == [True, True, False]
    assert gather([edges_of_tags(pa.nulls(2))], 2).to_pylist() == [None, None]
