from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcensus.snapshots.cells import NOT_TEXT, TOO_LARGE, split_bad_cells
from modelcensus.sources.record import BASE_MODEL


def invalid_text(values: list[bytes | None], kind: pa.DataType | None = None) -> pa.Array:
    """Return a text array whose bytes were never checked, as a foreign file may hold."""
    binary = pa.array(values, pa.binary())
    return pa.Array.from_buffers(kind or pa.string(), len(values), binary.buffers())


def test_good_rows_pass_untouched() -> None:
    table = pa.table({"id": ["a", None], "tags": [["x"], None], "n": [1, 2]})
    kept, rejects = split_bad_cells(table, 10)
    assert kept is table
    assert rejects == []


def test_a_text_that_is_too_large_loses_its_row() -> None:
    table = pa.table({"id": ["a", "b" * 11, "c" * 10], "n": [1, 2, 3]})
    kept, rejects = split_bad_cells(table, 10)
    assert kept["n"].to_pylist() == [1, 3]
    assert [(r.reason, r.locator, r.raw) for r in rejects] == [(TOO_LARGE, "column id", "b" * 11)]


@pytest.mark.parametrize("offset", [0, 1])
def test_texts_in_lists_and_structures_are_found_in_their_row(offset: int) -> None:
    bases = [
        [{"relation": None, "model_id": "x" * 20, "source": "tag"}],
        None,
        [{"relation": "merge", "model_id": "a", "source": "tag"}] * 2,
        [],
        [{"relation": None, "model_id": "a", "source": "tag"},
         {"relation": None, "model_id": "x" * 20, "source": "tag"}],
    ]  # fmt: skip
    table = pa.table(
        {
            "n": [0, 1, 2, 3, 4],
            "tags": pa.array([["a"], ["a", "x" * 20], None, [], ["b"]], pa.list_(pa.string())),
            "bases": pa.array(bases, pa.list_(BASE_MODEL)),
        }
    ).slice(offset)
    kept, rejects = split_bad_cells(table, 10)
    assert kept["n"].to_pylist() == [2, 3]
    found = {(r.raw, r.locator) for r in rejects}
    expected = {("0", "column bases"), ("1", "column tags"), ("4", "column bases")}
    assert found == {row for row in expected if int(row[0]) >= offset}


@pytest.mark.parametrize("kind", ["first", "later", "list"])
def test_bytes_that_are_no_text_lose_their_row(kind: str) -> None:
    bad = invalid_text([b"good", b"b\xff\xfed", None, "é".encode()])
    if kind == "first":
        table = pa.table({"id": bad})
    elif kind == "later":
        table = pa.table({"id": ["0", "1", "2", "3"], "author": bad})
    else:
        lists = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3, 4], pa.int32()), bad)
        table = pa.table({"id": ["0", "1", "2", "3"], "tags": lists})
    kept, rejects = split_bad_cells(table, 100)
    kept.validate(full=True)
    assert len(kept) == 3
    assert [r.reason for r in rejects] == [NOT_TEXT]
    assert rejects[0].raw == ("b��d" if kind == "first" else "1")


def test_a_row_is_lost_once_however_much_is_wrong_with_it() -> None:
    table = pa.table({"id": ["x" * 20], "author": ["y" * 20], "tags": [["z" * 20] * 3]})
    kept, rejects = split_bad_cells(table, 10)
    assert len(kept) == 0
    assert kept.schema == table.schema
    assert len(rejects) == 1


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=1, max_size=30),
    st.integers(0, 12),
    st.integers(1, 5),
)
def test_every_row_is_kept_or_lost(texts: list[str | None], limit: int, chunks: int) -> None:
    size = -(-len(texts) // chunks)
    parts = [texts[i : i + size] for i in range(0, len(texts), size)]
    table = pa.table({"id": pa.chunked_array(parts, pa.string())})
    kept, rejects = split_bad_cells(table, limit)
    fits = [t for t in texts if t is None or len(t.encode()) <= limit]
    assert kept["id"].to_pylist() == fits
    assert len(kept) + len(rejects) == len(texts)
