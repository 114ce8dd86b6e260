from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelcensus.errors import SchemaChanged, SourceError
from modelcensus.sources.radar_changes import Change, change_sets, replay

T = [datetime(2026, 8, 19, hour, tzinfo=UTC) for hour in range(5)]
TEXT = pa.string()
CHANGES = pa.schema(
    [
        ("commit_time", pa.timestamp("us", "UTC")),
        ("status", TEXT),
        ("id", TEXT),
        ("downloads_30d", pa.int64()),
        ("likes", pa.int64()),
        ("trending_score", pa.int64()),
        ("updated_at", pa.timestamp("us", "UTC")),
        ("removed", pa.bool_()),
        ("removed_at", pa.timestamp("us", "UTC")),
        ("license", TEXT),
        ("base_model", TEXT),
        ("gated", pa.bool_()),
    ]
)
MODELS = pa.schema(
    [
        *[(n, TEXT) for n in ("id", "author", "license", "base_model", "pipeline_tag", "library")],
        *[(n, pa.int64()) for n in ("downloads_30d", "likes", "parameters", "storage_bytes")],
        ("created_at", pa.timestamp("us", "UTC")),
        ("languages", pa.list_(TEXT)),
        ("tags", pa.list_(TEXT)),
    ]
)


def change(hour: int, status: str, model: str | None, downloads: int = 1, **cells: Any) -> dict:
    deleted = {"commit_time": T[hour], "status": status, "id": model}
    if status == "D":
        return deleted
    counts = {"downloads_30d": downloads, "likes": 0, "trending_score": 0}
    return deleted | counts | {"removed": False, "gated": False, "updated_at": T[0]} | cells


def model(name: str, downloads: int = 1, **cells: Any) -> dict[str, Any]:
    return {"id": name, "downloads_30d": downloads, "likes": 0, "tags": []} | cells


@pytest.fixture
def radar(
    parquet: Callable[..., Path], read_states: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    def read(
        changes: list[dict[str, Any]], models: list[dict[str, Any]], schema: pa.Schema = MODELS
    ) -> Any:
        parquet("observations_2026-08.parquet", changes, CHANGES)
        parquet("models_2026-08-22.parquet", models, schema)
        states = read_states("radar", tmp_path)
        total = sum(s.input_rows + s.applied_rows for s in states)
        assert total == len(changes) + len(models)
        return states

    return read


def test_changes_are_replayed_to_full_states(radar: Callable[..., Any]) -> None:
    first, second = radar(
        [
            change(0, "A", "o/a"),
            change(0, "A", "o/b"),
            change(1, "M", "o/a", 7, removed=True, removed_at=T[1], gated=True, license="mit"),
            change(1, "A", "o/c", base_model="x/y, z/z"),
        ],
        [model("o/a", 7), model("o/b"), model("o/c")],
    )
    assert first.state.label == T[0]
    assert (first.state.hub, first.state.frame) == ("huggingface", "sample:radar")
    assert first.state.is_complete_frame
    assert sorted(first.by_id()) == ["o/a", "o/b"]
    assert {name: r["downloads_30d"] for name, r in second.by_id().items()} == {
        "o/a": 7,
        "o/b": 1,
        "o/c": 1,
    }
    removed = second.by_id()["o/a"]
    assert (removed["is_removed"], removed["gated"], removed["licence_tag"]) == (
        True,
        "true",
        "mit",
    )
    assert [b["model_id"] for b in second.by_id()["o/c"]["base_models"]] == ["x/y", "z/z"]
    assert (first.input_rows, second.input_rows, second.applied_rows) == (2, 2, 3)


def test_the_last_state_has_the_facts_of_the_models_file(radar: Callable[..., Any]) -> None:
    facts = {
        "author": "o",
        "parameters": 7,
        "storage_bytes": 14,
        "library": "transformers",
        "languages": ["en"],
        "tags": ["license:other", "base_model:x/y", "base_model:quantized:x/y"],
        "created_at": T[0],
        "base_model": "x/y",
    }
    first, last = radar(
        [change(0, "A", "o/a", license="kimi-k3"), change(1, "M", "o/a", license="kimi-k3")],
        [model("o/a", license="kimi-k3", **facts)],
    )
    assert first.records[0]["tags"] is None
    assert "tags" in first.state.absent_columns
    record = last.records[0]
    assert (record["licence_tag"], record["licence_name"]) == ("kimi-k3", "other")
    assert (record["size_bytes"], record["parameters"]) == (14, 7)
    assert [tuple(base.values()) for base in record["base_models"]] == [
        ("quantized", "x/y", "tag"),
        (None, "x/y", "card"),
    ]
    assert "tags" not in last.state.absent_columns


def test_formats_are_read_where_the_models_file_has_them(radar: Callable[..., Any]) -> None:
    changes = [change(0, "A", "o/a"), change(0, "A", "o/b"), change(1, "M", "o/a")]
    models = [model("o/a", formats=["GGUF", "diffusers", "gguf"]), model("o/b", formats=None)]
    with_formats = MODELS.append(pa.field("formats", pa.list_(TEXT)))
    first, last = radar(changes, models, with_formats)
    found = {name: row["formats"] for name, row in last.by_id().items()}
    assert found == {"o/a": ["diffusers", "gguf"], "o/b": None}
    assert "formats" in first.state.absent_columns
    assert "formats" not in last.state.absent_columns


def test_a_models_file_without_formats_leaves_them_absent(radar: Callable[..., Any]) -> None:
    (state,) = radar([change(0, "A", "o/a")], [model("o/a")])
    assert state.records[0]["formats"] is None
    assert "formats" in state.state.absent_columns


def test_deletions_without_an_id_are_told_from_what_comes_later(radar: Callable[..., Any]) -> None:
    states = radar(
        [
            *[change(0, "A", f"o/{name}") for name in "abcd"],
            change(1, "D", None),
            change(1, "D", None),
            change(2, "A", "o/a", 9),
            change(2, "M", "o/c", 5),
        ],
        [model("o/a", 9), model("o/c", 5), model("o/d")],
    )
    assert [sorted(s.by_id()) for s in states] == [
        ["o/a", "o/b", "o/c", "o/d"],
        ["o/c", "o/d"],
        ["o/a", "o/c", "o/d"],
    ]
    assert [s.applied_rows for s in states] == [0, 2, 3]
    assert not any(s.rejects for s in states)


def test_a_model_deleted_and_added_in_one_set_stays(radar: Callable[..., Any]) -> None:
    states = radar(
        [change(0, "A", "o/a"), change(1, "D", None), change(1, "A", "o/a", 3)], [model("o/a", 3)]
    )
    assert [s.by_id()["o/a"]["downloads_30d"] for s in states] == [1, 3]


def test_deletions_that_cannot_be_told_are_rejects(radar: Callable[..., Any]) -> None:
    states = radar(
        [change(0, "A", "o/a"), change(0, "A", "o/b"), change(1, "D", None), change(1, "D", None)],
        [model("o/a")],
    )
    assert states[1].reasons == {"deletion_without_id": 2}
    assert "2 deletions" in states[1].rejects[0].raw
    assert sorted(states[1].by_id()) == ["o/a", "o/b"]


def test_deletions_that_name_their_model(radar: Callable[..., Any]) -> None:
    states = radar(
        [change(0, "A", "o/a"), change(0, "A", "o/b"), change(1, "D", "o/b")], [model("o/a")]
    )
    assert sorted(states[1].by_id()) == ["o/a"]
    assert states[1].applied_rows == 2


def test_lost_changes_are_counted(radar: Callable[..., Any]) -> None:
    (state,) = radar(
        [
            change(0, "A", "o/a"),
            change(0, "A", "o/a", 4),
            change(0, "X", "o/b"),
            change(0, "A", None),
            change(0, "A", "o/c d"),
            change(0, "A", "o/e", -1),
            change(0, "A", "o/f") | {"commit_time": None},
        ],
        [model("o/a", 4)],
    )
    assert state.reasons == {
        "bad_date": 1,
        "bad_id": 1,
        "count_not_integer": 1,
        "missing_id": 1,
        "repeated_in_change_set": 1,
        "unknown_status": 1,
    }
    assert state.by_id()["o/a"]["downloads_30d"] == 4


def test_rows_of_the_models_file_that_do_not_fit_are_rejects(radar: Callable[..., Any]) -> None:
    (state,) = radar(
        [change(0, "A", "o/a"), change(0, "A", "o/b")],
        [
            model("o/a", author="first"),
            model("o/a", author="second"),
            model("o/b", 2, author="o"),
            model("o/z"),
            model("bad id"),
        ],
    )
    assert state.reasons == {
        "bad_id": 1,
        "differs_from_changes": 1,
        "not_in_last_state": 1,
        "repeated_model": 1,
    }
    assert state.by_id()["o/a"]["author"] == "first"
    assert state.by_id()["o/b"]["author"] is None
    assert state.by_id()["o/b"]["downloads_30d"] == 1


def test_what_cannot_be_read_at_all(
    parquet: Callable[..., Path], read_states: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="observations"):
        read_states("radar", tmp_path)
    parquet("observations_1.parquet", [change(0, "X", "o/a")], CHANGES)
    with pytest.raises(SourceError, match="models"):
        read_states("radar", tmp_path)
    parquet("models_1.parquet", [model("o/a")], MODELS)
    with pytest.raises(SourceError, match="no change could be read"):
        read_states("radar", tmp_path)
    parquet("models_2.parquet", [model("o/a")], MODELS)
    with pytest.raises(SourceError, match="more than one models file"):
        read_states("radar", tmp_path)
    parquet("observations_1.parquet", [{"id": "o/a"}])
    with pytest.raises(SchemaChanged, match="commit_time"):
        read_states("radar", tmp_path)


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from("AMD"), st.sampled_from([None, *"abcd"])),
        max_size=25,
    ),
    st.sets(st.sampled_from("abcd")),
)
def test_every_change_is_accounted_for(
    rows: list[tuple[int, str, str | None]], last: set[str]
) -> None:
    changes = [
        Change(number, T[hour], status, name)
        for number, (hour, status, name) in enumerate(rows)
        if name or status == "D"
    ]
    states = list(replay(change_sets(changes), last))
    assert [s.label for s in states] == sorted({c.label for c in changes})
    assert sum(s.input_rows + s.applied_rows for s in states) == len(changes)
    for state in states:
        names = [rows[changes_row][2] for changes_row in state.rows]
        assert len(set(names)) == len(names)
        assert state.input_rows <= len(state.rows) + len(state.rejects)


def test_only_a_deletion_may_lack_an_id() -> None:
    with pytest.raises(ValueError, match="deletion"):
        change_sets([Change(0, T[0], "A", None)])
