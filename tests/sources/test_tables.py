from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from modelcensus.errors import SchemaChanged, SourceError
from modelcensus.sources.sieve import Sieve
from modelcensus.sources.tables import CsvBlocks, parquet_batches, parquet_schema, read_parquet


def text_with_bad_byte(rows: int, bad: int) -> pa.Array:
    """Return text of which one cell holds a byte that is no UTF-8."""
    cells = [b"\xff" if row == bad else b"a/b" for row in range(rows)]
    return pa.array(cells, pa.binary()).view(pa.string())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        parquet_schema(tmp_path / "absent.parquet")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a folder"):
        parquet_schema(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all", b"PAR1" + b"\0" * 500])
def test_a_broken_parquet_file_says_what_next(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.parquet"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        parquet_schema(path)
    assert caught.value.where == "broken.parquet"
    assert "fetch it again" in caught.value.next_step


def test_damage_inside_a_parquet_file_shows_while_reading(
    parquet: Callable[..., Path],
) -> None:
    path = parquet("damaged.parquet", [{"id": f"a/{n * 7919 % 10007}"} for n in range(5000)])
    content = bytearray(path.read_bytes())
    content[100 : len(content) // 2] = b"\xab" * (len(content) // 2 - 100)
    path.write_bytes(content)
    with pytest.raises(SourceError, match="Parquet"):
        list(parquet_batches(path, ["id"]))


def test_missing_columns_are_named_with_those_found(parquet: Callable[..., Path]) -> None:
    path = parquet("x.parquet", [{"a": 1, "b": 2}])
    with pytest.raises(SchemaChanged) as caught:
        read_parquet(path, ["a", "id"])
    assert caught.value.field == "id"
    assert "a, b" in caught.value.where


def test_a_file_without_rows_is_refused(parquet: Callable[..., Path]) -> None:
    path = parquet("x.parquet", [], pa.schema([("id", pa.string())]))
    with pytest.raises(SourceError, match="no rows"):
        read_parquet(path, ["id"])


def csv(tmp_path: Path, content: bytes) -> CsvBlocks:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    return CsvBlocks(path, ["id", "n"])


def test_csv_rows_keep_their_numbers_beside_bad_ones(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbfid,n\na/b,1\nbad\n"c\nd",2\n\nx,y,z\ne/f,\n'
    blocks = csv(tmp_path, content)
    rows = [
        (locate(row), *table.slice(row, 1).to_pylist()[0].values())
        for table, locate in blocks
        for row in range(len(table))
    ]
    assert rows == [("row 1", "a/b", "1"), ("row 3", "c\nd", "2"), ("row 5", "e/f", None)]
    assert [(r.reason, r.locator, r.raw) for r in blocks.rejects] == [
        ("wrong_number_of_cells", "row 2", "bad"),
        ("wrong_number_of_cells", "row 4", "x,y,z"),
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\n", SourceError),
        (b"\xff\xfei\0d\0\n\0", SourceError),
        (b"i\xe9d,n\n1,2\n", SourceError),
        (b"id,id,n\n1,2,3\n", SchemaChanged),
        (b"id;n\n1;2\n", SchemaChanged),
    ],
)
def test_broken_csv_files(tmp_path: Path, content: bytes, error: type[SourceError]) -> None:
    with pytest.raises(error):
        list(csv(tmp_path, content))


def test_bytes_that_are_no_text_cost_their_row_only() -> None:
    table = pa.table({"id": text_with_bad_byte(1000, 437), "n": pa.array(range(1000))})
    sieve = Sieve(table, lambda row: f"row {row + 1}")
    assert len(sieve.table) == 999
    sieve.drop(pa.array([n == 600 for n in sieve.column("n").to_pylist()]), "no_reason")
    assert [(r.reason, r.locator) for r in sieve.rejects()] == [
        ("bad_text", "row 438"),
        ("no_reason", "row 601"),
    ]
    assert sieve.kept().to_pylist().count(True) == 998


def test_bad_bytes_inside_lists_are_found_too() -> None:
    texts = text_with_bad_byte(40, 13)
    lists = pa.ListArray.from_arrays(pa.array(range(0, 41, 4), pa.int32()), texts)
    table = pa.table({"id": [f"a/{n}" for n in range(10)], "tags": lists})
    sieve = Sieve(table, lambda row: f"row {row + 1}")
    assert [(r.reason, r.locator, r.raw) for r in sieve.rejects()] == [
        ("bad_text", "row 4", "id=a/3")
    ]
    assert sieve.table["id"].to_pylist() == [f"a/{n}" for n in range(10) if n != 3]


@pytest.mark.parametrize(
    "kind",
    [pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("s", "X/Y")],
)
def test_a_lost_row_is_shown_whatever_its_date(kind: pa.DataType) -> None:
    width = np.int32 if kind == pa.date32() else np.int64
    days = pa.array(np.array([86_400_000 * 10], dtype=width)).view(kind)
    sieve = Sieve(pa.table({"day": days}), str)
    sieve.drop(pa.array([True]), "bad_date")
    assert "day" in sieve.rejects()[0].raw


def test_the_first_reason_stands() -> None:
    sieve = Sieve(pa.table({"n": [1, 2]}), str)
    sieve.drop(pa.array([True, None]), "first")
    sieve.drop(pa.array([True, False]), "second")
    assert [r.reason for r in sieve.rejects()] == ["first"]
    assert not sieve.is_whole
    assert {key: len(found) for key, found in sieve.rejects_by(pa.array(["x", "y"])).items()} == {
        None: 0,
        "x": 1,
    }
